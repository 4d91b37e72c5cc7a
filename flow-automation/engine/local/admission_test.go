package local_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
)

func TestConcurrencyOfAFlow(t *testing.T) {
	h := build(t, nil)
	spec := func(onLimit string) *flow.Document {
		return h.doc("f", `
params: {who: {type: string, default: x}}
concurrency: {limit: 1, key: "{{ params.who }}", onLimit: `+onLimit+`}
nodes: [{id: p, type: test.probe, with: {name: "{{ params.who }}"}}]
`)
	}
	gate := h.probe.hold("ann")
	queue := spec("queue")
	begin := func(doc *flow.Document, id, who string) engine.Run {
		return h.start(engine.StartRequest{FlowID: id, Document: doc, Params: map[string]any{"who": who}})
	}
	first := begin(queue, "q", "ann")
	h.running(first.ID, "p")
	second, other := begin(queue, "q", "ann"), begin(queue, "q", "bob")
	h.status(h.wait(other.ID), engine.Succeeded)
	now, err := h.Run(t.Context(), "t", second.ID)
	if err != nil || now.Status != engine.Queued || !strings.Contains(now.Why, `1 run of the flow with the key "ann" is under way`) {
		t.Errorf("the second waits as %+v, %v", now, err)
	}
	h.restart() // the places are those of living runs, whoever counts them
	h.running(first.ID, "p")
	if now, _ = h.Run(t.Context(), "t", second.ID); now.Status != engine.Queued {
		t.Errorf("after a restart the second is %s", now.Status)
	}

	skipped := begin(spec("skip"), "q", "ann")
	if skipped.Status != engine.Skipped || skipped.Error == nil || skipped.Error.Code != "concurrency_limit" {
		t.Errorf("skipped is %+v", skipped)
	}
	newest := begin(spec("cancel_older"), "q", "ann")
	h.status(h.wait(first.ID), engine.Canceled)
	close(gate)
	h.status(h.wait(second.ID), engine.Succeeded)
	h.status(h.wait(newest.ID), engine.Succeeded)
}

// A backfill is for all of its runs, also of a flow that otherwise does without some.
func TestBackfillsQueueWhateverTheFlowDoesOtherwise(t *testing.T) {
	for _, onLimit := range []string{"skip", "cancel_older"} {
		t.Run(onLimit, func(t *testing.T) {
			h := build(t, nil)
			gate := h.probe.hold("p")
			doc := h.doc("f", `
concurrency: {limit: 1, onLimit: `+onLimit+`}
nodes: [{id: p, type: test.probe, with: {name: p}}]
`)
			var ids []string
			for range 3 {
				ids = append(ids, h.start(engine.StartRequest{Document: doc, Backfill: "b"}).ID)
			}
			h.running(ids[0], "p")
			close(gate)
			for _, id := range ids {
				h.status(h.wait(id), engine.Succeeded)
			}
		})
	}
}

// A run that cancels older ones leaves those of a backfill alone: it waits for its place, and only the newest does.
func TestRunsOfABackfillAreNotReplaced(t *testing.T) {
	h := build(t, nil)
	gate := h.probe.hold("p")
	doc := h.doc("f", `
concurrency: {limit: 2, onLimit: cancel_older}
nodes: [{id: p, type: test.probe, with: {name: p}}]
`)
	first := h.start(engine.StartRequest{Document: doc, Backfill: "b"})
	h.running(first.ID, "p")
	h.restart()
	h.running(first.ID, "p")
	older := h.start(engine.StartRequest{Document: doc})
	h.running(older.ID, "p")
	newer := h.start(engine.StartRequest{Document: doc})
	h.status(h.wait(older.ID), engine.Canceled)
	h.running(newer.ID, "p")
	second := h.start(engine.StartRequest{Document: doc, Backfill: "b"})
	newest := h.start(engine.StartRequest{Document: doc})
	h.status(h.wait(newer.ID), engine.Canceled)
	close(gate)
	for _, r := range []engine.Run{first, second, newest} {
		h.status(h.wait(r.ID), engine.Succeeded)
	}
}

// Of a flow whose runs cancel older ones the newest wins, over runs that only wait as well.
func TestTheNewestRunWins(t *testing.T) {
	h := build(t, nil)
	h.probe.hold("p")
	doc := h.doc("f", `
concurrency: {limit: 1, onLimit: cancel_older}
nodes: [{id: p, type: test.probe, with: {name: p}}]
`)
	other := []engine.Group{{Key: "other", Limit: 1}}
	first := h.start(engine.StartRequest{Document: doc})
	h.running(first.ID, "p")
	holder := h.start(engine.StartRequest{FlowID: "g", Document: h.doc("g", `nodes: [{id: p, type: test.probe, with: {name: p}}]`), Groups: other})
	h.running(holder.ID, "p")
	second := h.start(engine.StartRequest{Document: doc, Groups: other}) // waits for the holder, too
	h.status(h.wait(first.ID), engine.Canceled)
	third := h.start(engine.StartRequest{Document: doc})
	h.running(third.ID, "p")
	h.status(h.wait(second.ID), engine.Canceled)

	// However many come while one ends, one of them is carried out.
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := h.Begin(t.Context(), engine.StartRequest{Tenant: "t", FlowID: "f", Document: doc}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	poll(t, func() bool {
		counts, err := h.Counts(t.Context(), "t", "f")
		return err == nil && counts[engine.Canceled] == 22 && counts[engine.Running] == 1
	})
}

// A place that the first in line cannot take, since it waits for another one as well, goes to the next.
func TestAPlaceGoesToWhoeverCanTakeIt(t *testing.T) {
	h := build(t, nil)
	begin := func(name string, keys ...string) engine.Run {
		var groups []engine.Group
		for _, k := range keys {
			groups = append(groups, engine.Group{Key: k, Limit: 1})
		}
		doc := h.doc(name, fmt.Sprintf(`nodes: [{id: p, type: test.probe, with: {name: %s}}]`, name))
		return h.start(engine.StartRequest{FlowID: name, Document: doc, Groups: groups})
	}
	a, b := h.probe.hold("a"), h.probe.hold("b")
	first, other := begin("a", "x"), begin("b", "y")
	h.running(first.ID, "p")
	h.running(other.ID, "p")
	both, same, next := begin("both", "x", "y"), begin("same", "x", "y"), begin("next", "x")
	h.status(next, engine.Queued)
	close(a)
	h.status(h.wait(next.ID), engine.Succeeded)
	if r, err := h.Run(t.Context(), "t", both.ID); err != nil || r.Status != engine.Queued {
		t.Errorf("the one that needs both is %+v, %v", r, err)
	}
	close(b)
	h.status(h.wait(both.ID), engine.Succeeded)
	h.status(h.wait(same.ID), engine.Succeeded)
}

func TestPriorityAndRate(t *testing.T) {
	h := build(t, func(c *local.Config) { c.Active = 1 })
	gate := h.probe.hold("first")
	begin := func(name string, priority int) engine.Run {
		doc := h.doc("f", fmt.Sprintf(`
priority: %d
nodes: [{id: p, type: test.probe, with: {name: %s}}]
`, priority, name))
		return h.start(engine.StartRequest{Document: doc})
	}
	first := begin("first", 0)
	h.running(first.ID, "p")
	ids := []string{begin("usual", 0).ID, begin("low", -5).ID, begin("high", 5).ID, begin("usual2", 0).ID}
	close(gate)
	for _, id := range ids {
		h.status(h.wait(id), engine.Succeeded)
	}
	if want := []string{"first", "high", "usual", "usual2", "low"}; !slices.Equal(h.probe.order, want) {
		t.Errorf("the order was %v, want %v", h.probe.order, want)
	}

	clock := newHandClock()
	h = build(t, func(c *local.Config) { c.Clock = clock })
	doc := h.doc("f", `
rate: {limit: 2, per: 1m}
nodes: [{id: p, type: value.set, with: {value: 1}}]
`)
	var runs []engine.Run
	for range 3 {
		runs = append(runs, h.start(engine.StartRequest{Document: doc}))
	}
	h.status(h.wait(runs[0].ID), engine.Succeeded)
	h.status(h.wait(runs[1].ID), engine.Succeeded)
	if r, err := h.Run(t.Context(), "t", runs[2].ID); err != nil || r.Status != engine.Queued || !strings.Contains(r.Why, "At most 2 runs") {
		t.Errorf("the third waits as %+v, %v", r, err)
	}
	clock.advanceTo(t, 30*time.Second)
	h.status(h.wait(runs[2].ID), engine.Succeeded)
}
