package run_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

var update = flag.Bool("update", false, "write what happened into the scripts")

// TestScripts plays every script of testdata: first the flow, then after each "> event" the commands that it gave.
//
//	node b in=a.out,c after=d join=any onError=port retry=3 initial=1s max=5s on=code timeout=1m deadline=5m
//	node each/b                       within the container each; body=catch or body=finally for those of a try
//	timeout 10m | sla 5m              of the whole run
//	targets b c                       the run is for these
//	> start                           "+5s" in front of any event lets time pass
//	> begin b                         attempt 1 begins; "b#2" is the second
//	> ok b out other                  with outputs at those ports
//	> fail b code
//	> retry b | timeout b | deadline  a timer fires
//	> opened each 3 limit=2 collect   three items, or what a loop begins with
//	> decided loop 0 again            the loop goes round; without again it ends
//	> suspend b approval 5m fail      waits for that long (0 is for ever) and then fails, or without fail succeeds
//	> suspend b run child-id
//	> signal b out kind=callback      what is said ends a wait of that kind; without kind, as in old journals, of any
//	> pause ann b c                   b and c are ordered and have not begun
//	> resume ann | refused code
//	> steptime b | wait b | escalate b | sla
//	> cancel ann | recovered b c | show
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, p := play(t, string(text))
			p.record(t, strings.TrimSuffix(filepath.Base(file), ".txt"))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("the script tells another story; -update writes it anew:\n%s", got)
			}
		})
	}
}

// player carries one script.
type player struct {
	t       *testing.T
	doc     flow.Document
	options run.Options
	state   *run.State
	now     run.Instant
	journal []byte
	out     strings.Builder
}

func play(t *testing.T, text string) (string, *player) {
	t.Helper()
	p := &player{t: t, now: run.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "> "):
			fmt.Fprintln(&p.out, line)
			p.event(strings.Fields(line[2:]))
		case strings.HasPrefix(line, "  "): // what happened last time
		case strings.HasPrefix(line, "node "):
			fmt.Fprintln(&p.out, line)
			p.node(strings.Fields(line)[1:])
		case strings.HasPrefix(line, "timeout "):
			fmt.Fprintln(&p.out, line)
			p.doc.Spec.Timeout = flow.Duration(strings.Fields(line)[1])
		case strings.HasPrefix(line, "sla "):
			fmt.Fprintln(&p.out, line)
			p.doc.Spec.SLA = flow.Duration(strings.Fields(line)[1])
		case strings.HasPrefix(line, "targets "):
			fmt.Fprintln(&p.out, line)
			p.options.Targets = strings.Fields(line)[1:]
		default:
			fmt.Fprintln(&p.out, line)
		}
	}
	p.replay()
	return p.out.String(), p
}

func (p *player) node(words []string) {
	n := flow.Node{ID: words[0], Type: "test"}
	list := &p.doc.Spec.Nodes
	body := "nodes"
	for _, w := range words[1:] {
		if b, is := strings.CutPrefix(w, "body="); is {
			body = b
		}
	}
	if i := strings.LastIndexByte(n.ID, '/'); i >= 0 {
		holder := p.doc.Spec.Find(n.ID[strings.LastIndexByte(n.ID[:i], '/')+1 : i])
		if holder == nil {
			p.t.Fatalf("node %s: its container is not there", n.ID)
		}
		list = map[string]*[]flow.Node{"nodes": &holder.Nodes, "catch": &holder.Catch, "finally": &holder.Finally}[body]
		n.ID = n.ID[i+1:]
	}
	retry := func() *flow.Retry {
		if n.Retry == nil {
			n.Retry = &flow.Retry{Backoff: &flow.Backoff{}}
		}
		return n.Retry
	}
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "type":
			n.Type = v
		case "in":
			n.In = map[string]flow.Sources{"in": strings.Split(v, ",")}
		case "after":
			n.After = strings.Split(v, ",")
		case "join":
			n.Join = v
		case "onError":
			n.OnError = v
		case "timeout":
			n.Timeout = flow.Duration(v)
		case "deadline":
			n.Deadline = flow.Duration(v)
		case "result":
			n.With = map[string]any{"result": v}
		case "body":
		case "retry":
			attempts, err := strconv.Atoi(v)
			if err != nil {
				p.t.Fatal(err)
			}
			retry().Attempts = attempts
		case "initial":
			retry().Backoff.Initial = flow.Duration(v)
		case "max":
			retry().Backoff.Max = flow.Duration(v)
		case "on":
			retry().On = strings.Split(v, ",")
		default:
			p.t.Fatalf("node %s: unknown word %q", n.ID, w)
		}
	}
	*list = append(*list, n)
}

func (p *player) event(words []string) {
	if p.state == nil {
		g, err := run.Compile(&p.doc)
		if err != nil {
			fmt.Fprintf(&p.out, "  error %v\n", err)
			return
		}
		p.state = run.New(g, "run", p.options)
	}
	p.now++
	if strings.HasPrefix(words[0], "+") {
		d, err := time.ParseDuration(words[0][1:])
		if err != nil {
			p.t.Fatal(err)
		}
		p.now, words = p.now.Add(d), words[1:]
	}
	if words[0] == "show" {
		p.show()
		return
	}
	e := p.parse(words)
	p.journal = appendRecord(p.journal, e)
	commands, err := p.state.Apply(e)
	if err != nil {
		fmt.Fprintf(&p.out, "  error %v\n", err)
	}
	for _, c := range commands {
		fmt.Fprintf(&p.out, "  %s\n", p.describe(c))
	}
}

func (p *player) parse(words []string) run.Event {
	var path run.Path
	attempt := 1
	if len(words) > 1 {
		id, n, numbered := strings.Cut(words[1], "#")
		path = run.Path(id)
		if numbered {
			attempt, _ = strconv.Atoi(n)
		}
	}
	switch words[0] {
	case "start":
		return run.Started{At: p.now}
	case "begin":
		return run.StepStarted{At: p.now, Path: path, Attempt: attempt}
	case "ok":
		out := value.Outputs{}
		for _, port := range words[2:] {
			out[port] = value.Value{Kind: value.JSON, Data: json.RawMessage(`"` + string(path) + `"`)}
		}
		return run.StepSucceeded{At: p.now, Path: path, Attempt: attempt, Outputs: out}
	case "fail":
		return run.StepFailed{At: p.now, Path: path, Attempt: attempt, Err: errs.Invalid(words[2], "It said %s.", words[2])}
	case "retry":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.RetryTimer, Path: path, Attempt: attempt}}
	case "timeout":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.TimeoutTimer, Path: path, Attempt: attempt}}
	case "deadline":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.DeadlineTimer}}
	case "steptime":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.StepTimer, Path: path}}
	case "wait":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.WaitTimer, Path: path, Attempt: attempt}}
	case "escalate":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.EscalateTimer, Path: path, Attempt: attempt}}
	case "sla":
		return run.TimerFired{At: p.now, Timer: run.Timer{Kind: run.AgreementTimer}}
	case "opened":
		e := run.Opened{At: p.now, Path: path, Attempt: attempt, Limit: 1 << 20, Item: value.Value{Kind: value.JSON, Data: json.RawMessage(words[2])}}
		e.Count, _ = strconv.Atoi(words[2])
		for _, w := range words[3:] {
			if limit, is := strings.CutPrefix(w, "limit="); is {
				e.Limit, _ = strconv.Atoi(limit)
			}
			e.Collect = e.Collect || w == "collect"
		}
		return e
	case "decided":
		e := run.Decided{At: p.now, Path: path, Attempt: attempt, Again: len(words) > 3}
		e.Index, _ = strconv.Atoi(words[2])
		return e
	case "suspend":
		return p.suspend(path, attempt, words[2:])
	case "signal":
		e := run.Signaled{At: p.now, Path: path, By: "ann", Outputs: value.Outputs{}}
		for _, port := range words[2:] {
			if kind, is := strings.CutPrefix(port, "kind="); is {
				e.Kind = waitKinds[kind]
				continue
			}
			e.Outputs[port] = value.Value{Kind: value.JSON, Data: json.RawMessage(`"signal"`)}
		}
		return e
	case "pause":
		e := run.PauseRequested{At: p.now, By: words[1]}
		for _, w := range words[2:] {
			e.Unbegun = append(e.Unbegun, run.Path(w))
		}
		return e
	case "resume":
		return run.ResumeRequested{At: p.now, By: words[1]}
	case "refused":
		return run.Refused{At: p.now, Err: errs.Conflict(words[1], "It said %s.", words[1])}
	case "cancel":
		return run.CancelRequested{At: p.now, By: words[1]}
	case "recovered":
		e := run.Recovered{At: p.now}
		for _, w := range words[1:] {
			e.Interrupted = append(e.Interrupted, run.Path(w))
		}
		return e
	case "broken":
		return run.Broken{At: p.now, Err: errs.Invalid(words[1], "It said %s.", words[1])}
	}
	p.t.Fatalf("unknown event %q", words[0])
	return nil
}

var waitKinds = map[string]run.WaitKind{"time": run.WaitTime, "callback": run.WaitCallback, "approval": run.WaitApproval, "run": run.WaitChild}

func (p *player) suspend(path run.Path, attempt int, words []string) run.Event {
	w := run.Wait{Kind: waitKinds[words[0]]}
	switch {
	case w.Kind == run.WaitChild:
		w.Child = words[1]
	case len(words) > 1:
		d, err := time.ParseDuration(words[1])
		if err != nil {
			p.t.Fatal(err)
		}
		if d > 0 {
			w.Until = p.now.Add(d)
		}
		if w.Kind == run.WaitApproval {
			w.Escalate = p.now.Add(d / 2)
		}
		w.Outputs = value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage("1")}}
		if len(words) > 2 {
			w.Err = errs.Invalid("wait_timeout", "Nobody answered.")
		}
	}
	return run.Suspended{At: p.now, Path: path, Attempt: attempt, Wait: w}
}

func (p *player) describe(c run.Command) string {
	switch c := c.(type) {
	case run.Execute:
		switch c.Phase {
		case run.Action:
			return fmt.Sprintf("execute %s#%d", c.Path, c.Attempt)
		case run.Next:
			return fmt.Sprintf("next %s %d", c.Path, c.Index)
		}
		return fmt.Sprintf("%s %s", c.Phase, c.Path)
	case run.AwaitChild:
		return fmt.Sprintf("await %s for %s#%d", c.Child, c.Path, c.Attempt)
	case run.CancelChild:
		return "cancel run " + c.Child
	case run.Abort:
		return fmt.Sprintf("abort %s#%d", c.Path, c.Attempt)
	case run.SetTimer:
		return fmt.Sprintf("set %s in %s", timerText(c.Timer), c.At.Sub(p.now))
	case run.StopTimer:
		return "stop " + timerText(c.Timer)
	case run.Finish:
		if c.Err != nil {
			return fmt.Sprintf("finish %s %s: %s", c.Status, c.Err.Code, c.Err.Message)
		}
		return fmt.Sprintf("finish %s", c.Status)
	}
	return "unknown command"
}

func timerText(t run.Timer) string {
	if t.Path == "" {
		return t.Kind.String()
	}
	return fmt.Sprintf("%s %s#%d", t.Kind, t.Path, t.Attempt)
}

func (p *player) show() {
	fmt.Fprintf(&p.out, "  run %s, %d of %d\n", p.state.Status(), p.state.Done(), p.state.Total())
	p.state.Each(func(path run.Path, _ *flow.Node, s *run.Step) {
		fmt.Fprintf(&p.out, "  %s", strings.TrimRight(fmt.Sprintf("%s %s#%d", path, s.Status, s.Attempt), " "))
		if items, ok := s.Items(); ok {
			fmt.Fprintf(&p.out, " %d of %d", items.Ended, items.Count)
			if items.Failed > 0 {
				fmt.Fprintf(&p.out, ", %d failed", items.Failed)
			}
		}
		ports := make([]string, 0, len(s.Outputs))
		for port := range s.Outputs {
			ports = append(ports, port)
		}
		sort.Strings(ports)
		if len(ports) > 0 {
			fmt.Fprintf(&p.out, " gave %s", strings.Join(ports, " "))
		}
		if s.Err != nil {
			fmt.Fprintf(&p.out, " (%s)", s.Err.Code)
		}
		fmt.Fprintln(&p.out)
	})
}

// replay makes every script also a test that the journal gives the same state.
func (p *player) replay() {
	if p.state == nil {
		return
	}
	g, err := run.Compile(&p.doc)
	if err != nil {
		p.t.Fatal(err)
	}
	again := run.New(g, "run", p.options)
	for _, e := range readRecords(p.t, p.journal) {
		_, _ = again.Apply(e)
	}
	if want, got := dump(p.state), dump(again); want != got {
		p.t.Errorf("the journal tells another story:\nlive   %s\nreplay %s", want, got)
	}
}
