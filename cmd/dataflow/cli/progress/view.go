package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
)

// View shows a run as it happens. Events of one run come one after the other.
type View interface {
	Show(e engine.Event)
	// Close ends the showing; nothing of it stays half-drawn.
	Close()
}

// jsonView writes each event as one line.
type jsonView struct{ enc *json.Encoder }

func newJSONView(w io.Writer) *jsonView { return &jsonView{json.NewEncoder(w)} }

func (v *jsonView) Show(e engine.Event) { _ = v.enc.Encode(e) } // a reader that has gone away needs nothing more
func (v *jsonView) Close()              {}

// lineView writes a line whenever a step starts or ends, and below them, on a terminal, a bar.
type lineView struct {
	out     io.Writer
	color   bool
	bar     *progressbar.ProgressBar
	seen    map[string]engine.Status
	running map[string]engine.Step
	order   []string
	total   int
	width   int
	ports   Ports
}

func newLineView(out io.Writer, terminal bool, doc *flow.Document) *lineView {
	nodes := make([]string, len(doc.Spec.Nodes))
	for i, n := range doc.Spec.Nodes {
		nodes[i] = n.ID
	}
	v := &lineView{
		out: out, color: terminal, seen: map[string]engine.Status{}, running: map[string]engine.Step{},
		order: nodes, total: len(nodes), ports: NewPorts(doc),
	}
	for _, n := range nodes {
		v.width = max(v.width, len(n))
	}
	if terminal {
		v.bar = progressbar.NewOptions(len(nodes),
			progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(24), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionEnableColorCodes(true), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: "─"}),
			progressbar.OptionThrottle(50*time.Millisecond),
		)
	}
	return v
}

func (v *lineView) Show(e engine.Event) {
	switch {
	case e.Log != nil:
		for _, text := range console.Lines(e.Log.Text) {
			v.line("%s  %s", console.Pad(e.Log.NodeID, v.width), console.Paint(v.color, console.Dim, "│ "+text))
		}
	case e.Step != nil:
		v.step(*e.Step)
	case e.Run != nil && v.bar != nil:
		if total := max(e.Run.StepsTotal, 1); total != v.total { // a container's steps are counted once it has been opened
			v.total = total
			v.bar.ChangeMax(total)
		}
		_ = v.bar.Set(min(e.Run.StepsDone, v.total))
	}
}

func (v *lineView) step(s engine.Step) {
	before := v.seen[s.NodeID]
	v.seen[s.NodeID] = s.Status
	if s.Status == engine.Running {
		v.running[s.NodeID] = s
	} else {
		delete(v.running, s.NodeID)
	}
	v.describe()
	if before == s.Status || !v.worthALine(s) {
		return
	}
	mark, style := MarkOf(s.Status)
	facts := []string{}
	if rows := v.ports.Gave(s); rows != "" {
		facts = append(facts, rows)
	}
	if s.StartedAt != nil && s.EndedAt != nil {
		facts = append(facts, console.Duration(s.EndedAt.Sub(*s.StartedAt)))
	}
	if s.Status == engine.Waiting && s.Why != "" {
		facts = append(facts, console.Printable(s.Why))
	}
	if inItem(s.NodeID) && s.Error != nil { // the run may well succeed, and then nobody says it later
		facts = append(facts, console.Shorten(console.Printable(s.Error.Message), widestError))
	}
	for _, from := range []struct{ detail, text string }{{"adopted", "taken over"}, {"cached", "from the cache"}, {"pinned", "pinned"}} {
		if _, ok := s.Details[from.detail]; ok {
			facts = append(facts, from.text)
		}
	}
	if s.Attempt > 1 {
		facts = append(facts, fmt.Sprintf("attempt %d", s.Attempt))
	}
	v.line("%s %s  %s  %s", console.Paint(v.color, style, mark), console.Pad(s.NodeID, v.width), console.Pad(string(s.Status), 9), strings.Join(facts, "  "))
}

// worthALine says whether a step that has come to its status is told of. Where there is a bar, that shows what is running;
// of the many steps within the items of a map only those that failed are of interest one by one.
func (v *lineView) worthALine(s engine.Step) bool {
	switch {
	case inItem(s.NodeID):
		return s.Status == engine.Failed
	case s.Status == engine.Running:
		return v.bar == nil
	}
	return s.Status.Final() || s.Status == engine.Waiting
}

// inItem says whether a step lies within an item of a map or a round of a loop.
func inItem(path string) bool { return strings.Contains(path, "]/") }

const widestError = 100

// describe says beside the bar what is running.
func (v *lineView) describe() {
	if v.bar == nil {
		return
	}
	names := []string{}
	for _, id := range v.order {
		s, ok := v.running[id]
		if !ok {
			continue
		}
		if n := s.Items; n != nil {
			id = fmt.Sprintf("%s %s/%s", id, console.Count(int64(n.Ended)), console.Count(int64(n.Count)))
		} else if p := s.Progress; p != nil && p.Total > 0 {
			id = fmt.Sprintf("%s %d %%", id, p.Done*100/p.Total)
		} else if p != nil && p.Done > 0 {
			id = fmt.Sprintf("%s %s", id, console.Number(p.Done, strings.TrimSuffix(p.Unit, "s"), p.Unit))
		}
		names = append(names, id)
	}
	text := strings.Join(names, ", ")
	if len(text) > 40 {
		text = text[:37] + "..."
	}
	v.bar.Describe(console.Pad(text, 40))
}

func (v *lineView) line(format string, args ...any) {
	if v.bar != nil {
		_ = v.bar.Clear()
	}
	console.Say(v.out, "%s\n", strings.TrimRight(fmt.Sprintf(format, args...), " "))
	if v.bar != nil {
		_ = v.bar.RenderBlank()
	}
}

func (v *lineView) Close() {
	if v.bar != nil {
		_ = v.bar.Clear()
	}
}

// MarkOf gives the sign and the colour of a status.
func MarkOf(s engine.Status) (mark, style string) {
	switch s {
	case engine.Succeeded:
		return "✓", console.Green
	case engine.Failed:
		return "✗", console.Red
	case engine.Running:
		return "▸", console.Blue
	case engine.Waiting:
		return "…", console.Amber
	}
	return "–", console.Grey
}
