package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/value"
)

// view shows a run as it happens. Events of one run come one after the other.
type view interface {
	show(e engine.Event)
	// close ends the showing; nothing of it stays half-drawn.
	close()
}

// jsonView writes each event as one line.
type jsonView struct{ enc *json.Encoder }

func newJSONView(w io.Writer) *jsonView { return &jsonView{json.NewEncoder(w)} }

func (v *jsonView) show(e engine.Event) { _ = v.enc.Encode(e) } // a reader that has gone away needs nothing more
func (v *jsonView) close()              {}

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
}

func newLineView(out io.Writer, terminal bool, nodes []string) *lineView {
	v := &lineView{
		out: out, color: terminal, seen: map[string]engine.Status{}, running: map[string]engine.Step{},
		order: nodes, total: len(nodes),
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

func (v *lineView) show(e engine.Event) {
	switch {
	case e.Log != nil:
		v.line("%s  %s", pad(e.Log.NodeID, v.width), paint(v.color, dim, "│ "+e.Log.Text))
	case e.Step != nil:
		v.step(*e.Step)
	case e.Run != nil && v.bar != nil:
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
	if before == s.Status || (!s.Status.Final() && s.Status != engine.Running) || (s.Status == engine.Running && v.bar != nil) {
		return
	}
	mark, style := markOf(s.Status)
	facts := []string{}
	if rows := rowsOf(s.Outputs); rows != "" {
		facts = append(facts, rows)
	}
	if s.StartedAt != nil && s.EndedAt != nil {
		facts = append(facts, duration(s.EndedAt.Sub(*s.StartedAt)))
	}
	if s.Attempt > 1 {
		facts = append(facts, fmt.Sprintf("attempt %d", s.Attempt))
	}
	v.line("%s %s  %s  %s", paint(v.color, style, mark), pad(s.NodeID, v.width), pad(string(s.Status), 9), strings.Join(facts, "  "))
}

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
		if p := s.Progress; p != nil && p.Total > 0 {
			id = fmt.Sprintf("%s %d %%", id, p.Done*100/p.Total)
		} else if p != nil && p.Done > 0 {
			id = fmt.Sprintf("%s %s %s", id, count(p.Done), p.Unit)
		}
		names = append(names, id)
	}
	text := strings.Join(names, ", ")
	if len(text) > 40 {
		text = text[:37] + "..."
	}
	v.bar.Describe(pad(text, 40))
}

func (v *lineView) line(format string, args ...any) {
	if v.bar != nil {
		_ = v.bar.Clear()
	}
	say(v.out, "%s\n", strings.TrimRight(fmt.Sprintf(format, args...), " "))
	if v.bar != nil {
		_ = v.bar.RenderBlank()
	}
}

func (v *lineView) close() {
	if v.bar != nil {
		_ = v.bar.Clear()
	}
}

const (
	dim   = "2"
	red   = "31"
	green = "32"
	blue  = "34"
	grey  = "90"
)

func paint(color bool, style, text string) string {
	if !color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func markOf(s engine.Status) (mark, style string) {
	switch s {
	case engine.Succeeded:
		return "✓", green
	case engine.Failed:
		return "✗", red
	case engine.Running:
		return "▸", blue
	}
	return "–", grey
}

// rowsOf says how much left a step.
func rowsOf(outputs value.Outputs) string {
	parts := []string{}
	for _, v := range outputs {
		switch {
		case v.Table != nil:
			parts = append(parts, count(v.Table.Rows)+" rows")
		case v.File != nil:
			parts = append(parts, v.File.Name)
		}
	}
	return strings.Join(parts, ", ")
}

// count writes a number with a comma between thousands.
func count(n int64) string {
	s := fmt.Sprint(n)
	start := len(s) % 3
	if n < 0 {
		start = (len(s)-1)%3 + 1
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for i := start; i < len(s); i += 3 {
		if b.Len() > 0 && b.String() != "-" {
			b.WriteByte(',')
		}
		b.WriteString(s[i : i+3])
	}
	return b.String()
}

func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func pad(s string, width int) string {
	if n := width - len([]rune(s)); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}
