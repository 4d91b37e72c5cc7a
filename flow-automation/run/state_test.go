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
		"again": s.Recoveries(), "done": s.Done(), "steps": steps, "visible": s.Outputs(),
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
func genFlow(t *rapid.T) *flow.Document {
	n := rapid.IntRange(1, 12).Draw(t, "nodes")
	nodes := make([]flow.Node, n)
	for i := range nodes {
		node := flow.Node{
			ID: fmt.Sprintf("n%d", i), Type: rapid.SampledFrom([]string{"test", "control.merge"}).Draw(t, "type"),
			Join:    rapid.SampledFrom([]string{"", "all", "any", "settled"}).Draw(t, "join"),
			OnError: rapid.SampledFrom([]string{"", "fail", "continue", "port"}).Draw(t, "onError"),
		}
		if rapid.Bool().Draw(t, "retry") {
			node.Retry = &flow.Retry{Attempts: rapid.IntRange(1, 3).Draw(t, "attempts")}
		}
		for j := range i {
			switch rapid.IntRange(0, 5).Draw(t, "edge") {
			case 0:
				node.After = append(node.After, fmt.Sprintf("n%d", j))
			case 1:
				node.In = sources(node.In, fmt.Sprintf("n%d", j))
			case 2:
				node.In = sources(node.In, fmt.Sprintf("n%d.%s", j, rapid.SampledFrom([]string{"a", "b", "error"}).Draw(t, "port")))
			}
		}
		nodes[i] = node
	}
	return &flow.Document{Spec: flow.Spec{Nodes: rapid.Permutation(nodes).Draw(t, "order")}}
}

func sources(in map[string]flow.Sources, s string) map[string]flow.Sources {
	if in == nil {
		in = map[string]flow.Sources{}
	}
	in["in"] = append(in["in"], s)
	return in
}

// fate is what every attempt at a step comes to, whenever it is carried out.
type fate map[run.Path]struct {
	failures int
	ports    []string
}

func genFate(t *rapid.T, doc *flow.Document) fate {
	f := fate{}
	for _, n := range doc.Spec.Nodes {
		x := f[run.Path(n.ID)]
		x.failures = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 9}).Draw(t, "failures")
		x.ports = rapid.SampledFrom([][]string{{"a"}, {"b"}, {"a", "b"}, {}}).Draw(t, "ports")
		f[run.Path(n.ID)] = x
	}
	return f
}

func (f fate) meet(e run.Execute, at run.Instant) run.Event {
	x := f[e.Path]
	if e.Attempt <= x.failures {
		return run.StepFailed{At: at, Began: at - 5, Path: e.Path, Attempt: e.Attempt, Err: errs.Invalid("boom", "attempt %d", e.Attempt)}
	}
	out := value.Outputs{}
	for _, p := range x.ports {
		out[p] = value.Value{Kind: value.JSON, Data: json.RawMessage(fmt.Sprintf("%q", e.Path))}
	}
	return run.StepSucceeded{At: at, Began: at - 5, Path: e.Path, Attempt: e.Attempt, Outputs: out}
}

// drive carries a run to its end, choosing the next thing to happen with pick; it gives the journal.
func drive(t *rapid.T, doc *flow.Document, f fate, pick func(n int) int) (*run.State, []byte) {
	g, err := run.Compile(doc)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	s := run.New(g, "run")
	var journal []byte
	now := run.Instant(1_000_000)
	pending := []run.Event{run.Started{At: now}}
	for steps := 0; len(pending) > 0; steps++ {
		if steps > 1000 {
			t.Fatalf("the run does not end")
		}
		k := pick(len(pending))
		e := pending[k]
		pending = slices.Delete(pending, k, k+1)
		journal = appendRecord(journal, e)
		commands, err := s.Apply(e)
		if err != nil {
			t.Fatalf("apply %+v: %v", e, err)
		}
		for _, c := range commands {
			now += 10
			switch c := c.(type) {
			case run.Execute:
				pending = append(pending, f.meet(c, now))
			case run.SetTimer:
				pending = append(pending, run.TimerFired{At: c.At, Timer: c.Timer})
			}
		}
	}
	if !s.Status().Final() {
		t.Fatalf("nothing is left to happen, and the run is %s:\n%s", s.Status(), outcome(s))
	}
	return s, journal
}

func TestAnyOrderOfCompletionsGivesTheSameOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genFlow(t)
		f := genFate(t, doc)
		first, _ := drive(t, doc, f, func(int) int { return 0 })
		last, _ := drive(t, doc, f, func(n int) int { return n - 1 })
		some, _ := drive(t, doc, f, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
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
		live, journal := drive(t, doc, genFate(t, doc), func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
		g, err := run.Compile(doc)
		if err != nil {
			t.Fatal(err)
		}
		again := run.New(g, "run")
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
		want, journal := drive(t, doc, f, func(int) int { return 0 })
		events := readRecords(t, journal)
		cut := rapid.IntRange(1, len(events)).Draw(t, "cut")
		g, err := run.Compile(doc)
		if err != nil {
			t.Fatal(err)
		}
		s := run.New(g, "run")
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
				switch c := c.(type) {
				case run.Execute:
					if ended[c.Path] {
						t.Fatalf("%s had ended and is ordered again", c.Path)
					}
					pending = append(pending, f.meet(c, now))
				case run.SetTimer:
					pending = append(pending, run.TimerFired{At: c.At, Timer: c.Timer})
				}
			}
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
		s := run.New(g, "run")
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
	ids := []string{"", "nobody"}
	for _, n := range doc.Spec.Nodes {
		ids = append(ids, n.ID)
	}
	at := run.Instant(rapid.Int64Range(1, 1000).Draw(t, "at"))
	path := run.Path(rapid.SampledFrom(ids).Draw(t, "path"))
	attempt := rapid.IntRange(-1, 3).Draw(t, "attempt")
	switch rapid.IntRange(0, 12).Draw(t, "event") {
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
		s := run.New(g, "01hq")
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
