package run_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// appendRecord keeps one event with its length, as a journal does.
func appendRecord(b []byte, e run.Event) []byte {
	record := run.AppendEvents(nil, e)
	return append(binary.AppendUvarint(b, uint64(len(record))), record...)
}

func readRecords(t interface{ Fatalf(string, ...any) }, b []byte) []run.Event {
	var all []run.Event
	for len(b) > 0 {
		n, skip := binary.Uvarint(b)
		events, err := run.DecodeEvents(b[skip : skip+int(n)])
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		all, b = append(all, events...), b[skip+int(n):]
	}
	return all
}

// dump is all of a state that can be seen.
func dump(s *run.State) string {
	type step struct {
		Path run.Path
		run.Step
	}
	var steps []step
	s.Each(func(p run.Path, _ *flow.Node, st *run.Step) { steps = append(steps, step{p, *st}) })
	text, err := json.Marshal(map[string]any{
		"status": s.Status(), "err": s.Err(), "started": s.Started(), "ended": s.Ended(), "by": s.CanceledBy(),
		"again": s.Recoveries(), "done": s.Done(), "total": s.Total(), "late": s.Late(), "paused": s.PausedBy(), "resting": s.Resting(), "steps": steps,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// outcome is what must not depend on the order of completions: all but the times.
func outcome(s *run.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v\n", s.Status(), s.Err())
	s.Each(func(p run.Path, _ *flow.Node, st *run.Step) {
		out, _ := json.Marshal(st.Outputs)
		fmt.Fprintf(&b, "%s %s#%d %s %v\n", p, st.Status, st.Attempt, out, st.Err)
	})
	return b.String()
}

// genFlow draws an acyclic flow: every node waits for some of those before it, and the document lists them shuffled.
// Some nodes are containers, in which the same goes on.
func genFlow(t *rapid.T) *flow.Document {
	g := &flowGen{t: t}
	return &flow.Document{Spec: flow.Spec{Nodes: g.level(rapid.IntRange(1, 9).Draw(t, "nodes"), nil, 2)}}
}

type flowGen struct {
	t *rapid.T
	n int
}

func (g *flowGen) level(n int, outer []string, depth int) []flow.Node {
	t := g.t
	nodes := make([]flow.Node, n)
	before := slices.Clone(outer)
	for i := range nodes {
		node := flow.Node{
			ID: fmt.Sprintf("n%d", g.n), Type: rapid.SampledFrom([]string{"test", "test", "control.merge", "wait", "control.return"}).Draw(t, "type"),
			Join:    rapid.SampledFrom([]string{"", "all", "any", "settled"}).Draw(t, "join"),
			OnError: rapid.SampledFrom([]string{"", "fail", "continue", "port"}).Draw(t, "onError"),
		}
		g.n++
		for _, j := range before {
			switch rapid.IntRange(0, 5).Draw(t, "edge") {
			case 0:
				node.After = append(node.After, j)
			case 1:
				node.In = sources(node.In, j)
			case 2:
				node.In = sources(node.In, j+"."+rapid.SampledFrom([]string{"a", "b", "error"}).Draw(t, "port"))
			}
		}
		inside := func(label string) []flow.Node {
			return g.level(rapid.IntRange(1, 3).Draw(t, label), before, depth-1)
		}
		switch kind := rapid.IntRange(0, 8).Draw(t, "container"); {
		case depth == 0 || kind > 2:
			if rapid.Bool().Draw(t, "retry") {
				node.Retry = &flow.Retry{Attempts: rapid.IntRange(1, 3).Draw(t, "attempts")}
			}
		case kind == 0:
			node.Type, node.Nodes = run.TypeMap, inside("body")
		case kind == 1:
			node.Type, node.Nodes = run.TypeLoop, inside("body")
		default:
			node.Type, node.Nodes = run.TypeTry, inside("body")
			if rapid.Bool().Draw(t, "catches") {
				node.Catch = inside("catch")
			}
			if rapid.Bool().Draw(t, "finally") {
				node.Finally = inside("finally")
			}
		}
		nodes[i] = node
		before = append(before, node.ID)
	}
	return rapid.Permutation(nodes).Draw(t, "order")
}

func sources(in map[string]flow.Sources, s string) map[string]flow.Sources {
	if in == nil {
		in = map[string]flow.Sources{}
	}
	in["in"] = append(in["in"], s)
	return in
}

// fate is what every attempt at a node comes to, whenever and in whichever instance it is carried out. An odd instance
// fares otherwise than an even one.
type fate map[string]struct {
	failures, count, limit int
	ports                  []string
	wait                   bool
}

func genFate(t *rapid.T, doc *flow.Document) fate {
	f := fate{}
	var draw func(nodes []flow.Node)
	draw = func(nodes []flow.Node) {
		for i := range nodes {
			n := &nodes[i]
			x := f[n.ID]
			x.failures = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 9}).Draw(t, "failures")
			x.ports = rapid.SampledFrom([][]string{{"a"}, {"b"}, {"a", "b"}, {}}).Draw(t, "ports")
			x.count, x.limit = rapid.IntRange(0, 3).Draw(t, "count"), rapid.IntRange(1, 3).Draw(t, "limit")
			x.wait = n.Type == "wait"
			f[n.ID] = x
			for _, b := range n.Bodies() {
				draw(b.Nodes)
			}
		}
	}
	draw(doc.Spec.Nodes)
	return f
}

func (f fate) meet(e run.Execute, at run.Instant) run.Event {
	_, id := e.Path.Split()
	x := f[id]
	failures := x.failures
	if strings.Contains(string(e.Path), "[1]") {
		failures = 0
	}
	switch e.Phase {
	case run.Open:
		return run.Opened{At: at, Path: e.Path, Attempt: e.Attempt, Count: x.count, Limit: x.limit, Collect: true, Item: value.Value{Kind: value.JSON, Data: json.RawMessage("[]")}}
	case run.Next:
		return run.Decided{At: at, Path: e.Path, Attempt: e.Attempt, Index: e.Index, Again: e.Index < x.count}
	case run.Close:
		failures = 0
	}
	if e.Attempt <= failures {
		return run.StepFailed{At: at, Began: at - 5, Path: e.Path, Attempt: e.Attempt, Err: errs.Invalid("boom", "attempt %d", e.Attempt)}
	}
	out := value.Outputs{}
	for _, p := range x.ports {
		out[p] = value.Value{Kind: value.JSON, Data: json.RawMessage(fmt.Sprintf("%q", e.Path))}
	}
	if x.wait {
		return run.Suspended{At: at, Path: e.Path, Attempt: e.Attempt, Wait: run.Wait{Kind: run.WaitTime, Until: at + 50, Outputs: out}}
	}
	return run.StepSucceeded{At: at, Began: at - 5, Path: e.Path, Attempt: e.Attempt, Outputs: out}
}

// react turns the commands of one Apply into what will happen because of them.
func (f fate) react(commands []run.Command, now run.Instant) (events []run.Event) {
	for _, c := range commands {
		now += 10
		switch c := c.(type) {
		case run.Execute:
			events = append(events, f.meet(c, now))
		case run.SetTimer:
			events = append(events, run.TimerFired{At: c.At, Timer: c.Timer})
		}
	}
	return events
}

// drive carries a run to its end, choosing the next thing to happen with pick; it gives the journal. Pauses come and go
// when pause says so.
func drive(t *rapid.T, doc *flow.Document, f fate, pick func(n int) int, pause func() bool) (*run.State, []byte) {
	g, err := run.Compile(doc)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	s := run.New(g, "run", run.Options{})
	var journal []byte
	now := run.Instant(1_000_000)
	apply := func(e run.Event) []run.Event {
		journal = appendRecord(journal, e)
		commands, err := s.Apply(e)
		if err != nil {
			t.Fatalf("apply %+v: %v", e, err)
		}
		now += 10
		return f.react(commands, now)
	}
	pending := []run.Event{run.Started{At: now}}
	for steps := 0; len(pending) > 0 || s.PausedBy() != ""; steps++ {
		if steps > 5000 {
			t.Fatalf("the run does not end")
		}
		if s.Status() == run.Running && (pause() || len(pending) == 0) {
			var e run.Event = run.PauseRequested{At: now, By: "ann", Unbegun: s.Unbegun()}
			if s.PausedBy() != "" {
				e = run.ResumeRequested{At: now}
			}
			pending = append(pending, apply(e)...)
			continue
		}
		k := pick(len(pending))
		e := pending[k]
		pending = slices.Delete(pending, k, k+1)
		pending = append(pending, apply(e)...)
	}
	if !s.Status().Final() || !s.Resting() || s.Done() != s.Total() {
		t.Fatalf("nothing is left to happen, and the run is %s, %d of %d:\n%s", s.Status(), s.Done(), s.Total(), outcome(s))
	}
	return s, journal
}

func never() bool { return false }

func TestAnyOrderOfCompletionsGivesTheSameOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genFlow(t)
		f := genFate(t, doc)
		first, _ := drive(t, doc, f, func(int) int { return 0 }, never)
		last, _ := drive(t, doc, f, func(n int) int { return n - 1 }, never)
		some, _ := drive(t, doc, f, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, func() bool { return rapid.IntRange(0, 9).Draw(t, "pause") == 0 })
		want := outcome(first)
		for _, s := range []*run.State{last, some} {
			if got := outcome(s); got != want {
				t.Fatalf("another outcome:\n%s\ninstead of\n%s", got, want)
			}
		}
	})
}

func TestReplayGivesTheLiveState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genFlow(t)
		live, journal := drive(t, doc, genFate(t, doc), func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, func() bool { return rapid.IntRange(0, 9).Draw(t, "pause") == 0 })
		g, err := run.Compile(doc)
		if err != nil {
			t.Fatal(err)
		}
		again := run.New(g, "run", run.Options{})
		for _, e := range readRecords(t, journal) {
			if _, err := again.Apply(e); err != nil {
				t.Fatalf("replay: %v", err)
			}
		}
		if want, got := dump(live), dump(again); want != got {
			t.Fatalf("live   %s\nreplay %s", want, got)
		}
	})
}

// A crash at any moment, and the run comes to the same end without repeating what had ended.
func TestCrashAnywhereGivesTheSameOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genFlow(t)
		f := genFate(t, doc)
		want, journal := drive(t, doc, f, func(int) int { return 0 }, never)
		events := readRecords(t, journal)
		cut := rapid.IntRange(1, len(events)).Draw(t, "cut")
		g, err := run.Compile(doc)
		if err != nil {
			t.Fatal(err)
		}
		s := run.New(g, "run", run.Options{})
		for _, e := range events[:cut] {
			if _, err := s.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		ended := map[run.Path]bool{}
		s.Each(func(p run.Path, _ *flow.Node, st *run.Step) { ended[p] = st.Status.Final() })
		now := run.Instant(9_000_000)
		pending := []run.Event{run.Recovered{At: now}}
		for len(pending) > 0 {
			e := pending[0]
			pending = pending[1:]
			commands, err := s.Apply(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range commands {
				if x, is := c.(run.Execute); is && ended[x.Path] {
					t.Fatalf("%s had ended and is ordered again", x.Path)
				}
			}
			pending = append(pending, f.react(commands, now)...)
		}
		if got := outcome(s); got != outcome(want) {
			t.Fatalf("another outcome:\n%s\ninstead of\n%s", got, outcome(want))
		}
	})
}

// Apply is total: whatever comes in whatever order, it neither panics nor leaves the final state.
func TestApplyIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genFlow(t)
		g, err := run.Compile(doc)
		if err != nil {
			t.Fatal(err)
		}
		s := run.New(g, "run", run.Options{})
		var final string
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			_, _ = s.Apply(genEvent(t, doc))
			if final != "" && dump(s) != final {
				t.Fatalf("a finished run changed")
			}
			if s.Status().Final() {
				final = dump(s)
			}
		}
	})
}

func genEvent(t *rapid.T, doc *flow.Document) run.Event {
	ids := []string{"", "nobody", "nobody[0]/n0", "n0[", "n0[0]/", "/"}
	var add func(prefix string, nodes []flow.Node)
	add = func(prefix string, nodes []flow.Node) {
		for i := range nodes {
			ids = append(ids, prefix+nodes[i].ID)
			for _, b := range nodes[i].Bodies() {
				add(prefix+nodes[i].ID+rapid.SampledFrom([]string{"[0]/", "[1]/", "/", "[7]/"}).Draw(t, "instance"), b.Nodes)
			}
		}
	}
	add("", doc.Spec.Nodes)
	at := run.Instant(rapid.Int64Range(1, 1000).Draw(t, "at"))
	path := run.Path(rapid.SampledFrom(ids).Draw(t, "path"))
	attempt := rapid.IntRange(-1, 3).Draw(t, "attempt")
	switch rapid.IntRange(0, 20).Draw(t, "event") {
	case 0, 1, 2:
		return run.StepStarted{At: at, Path: path, Attempt: attempt}
	case 3, 4, 5:
		return run.StepSucceeded{At: at, Path: path, Attempt: attempt}
	case 6, 7:
		return run.StepFailed{At: at, Path: path, Attempt: attempt}
	case 8:
		kind := run.TimerKind(rapid.Byte().Draw(t, "kind"))
		if kind == run.DeadlineTimer {
			kind = run.RetryTimer
		}
		return run.TimerFired{At: at, Timer: run.Timer{Kind: kind, Path: path, Attempt: attempt}}
	case 9:
		return run.Recovered{At: at, Interrupted: []run.Path{path}}
	case 10:
		return run.CancelRequested{At: at, By: "ann"}
	case 11, 12, 13:
		return run.Opened{At: at, Path: path, Attempt: attempt, Count: rapid.IntRange(-1, 4).Draw(t, "count"), Limit: rapid.IntRange(-1, 3).Draw(t, "limit"), Collect: rapid.Bool().Draw(t, "collect")}
	case 14, 15:
		return run.Decided{At: at, Path: path, Attempt: attempt, Index: rapid.IntRange(-1, 2).Draw(t, "index"), Again: rapid.Bool().Draw(t, "again")}
	case 16:
		return run.Suspended{At: at, Path: path, Attempt: attempt, Wait: run.Wait{Kind: run.WaitKind(rapid.IntRange(0, 5).Draw(t, "wait")), Until: at + 1, Child: "c"}}
	case 17:
		return run.Signaled{At: at, Path: path, By: "ann", Kind: run.WaitKind(rapid.IntRange(0, 5).Draw(t, "kind"))}
	case 18:
		return run.PauseRequested{At: at, By: "ann", Unbegun: []run.Path{path}}
	case 19:
		return run.ResumeRequested{At: at}
	}
	return run.Started{At: at}
}

func chain(n int) *flow.Document {
	doc := &flow.Document{}
	for i := range n {
		node := flow.Node{ID: fmt.Sprintf("n%d", i), Type: "test"}
		if i > 0 {
			node.In = map[string]flow.Sources{"in": {fmt.Sprintf("n%d", i-1)}}
		}
		doc.Spec.Nodes = append(doc.Spec.Nodes, node)
	}
	return doc
}

// BenchmarkRunOf10 is a whole run of a chain of ten nodes, one Apply a step.
func BenchmarkRunOf10(b *testing.B) {
	g, err := run.Compile(chain(10))
	if err != nil {
		b.Fatal(err)
	}
	paths := make([]run.Path, 10)
	for i := range paths {
		paths[i] = run.Path(fmt.Sprintf("n%d", i))
	}
	out := value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(`1`)}}
	b.ReportAllocs()
	for b.Loop() {
		s := run.New(g, "01hq", run.Options{})
		_, _ = s.Apply(run.Started{At: 1})
		for _, p := range paths {
			if _, err := s.Apply(run.StepSucceeded{At: 2, Path: p, Attempt: 1, Outputs: out}); err != nil {
				b.Fatal(err)
			}
		}
		if s.Status() != run.Succeeded {
			b.Fatal(s.Status())
		}
	}
}
