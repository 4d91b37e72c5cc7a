package local_test

import (
	"fmt"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
)

// reuseParams are those of retrySpec.
func reuseParams(broken bool) map[string]any { return map[string]any{"n": 1, "broken": broken} }

func (h *house) calls() string {
	return fmt.Sprint(h.probe.called("a"), h.probe.called("b1"), h.probe.called("c"))
}

// queuedBehind begins a run that waits for its turn until what it gives is called.
func (h *house) queuedBehind(req engine.StartRequest) (queued engine.Run, busy engine.Run, release func()) {
	h.t.Helper()
	gate := h.probe.hold("busy")
	busy = h.start(engine.StartRequest{FlowID: "busy", Document: h.doc("busy", `nodes: [{id: p, type: test.probe, with: {name: busy}}]`)})
	h.running(busy.ID, "p")
	queued = h.start(req)
	h.status(queued, engine.Queued)
	return queued, busy, func() { close(gate) }
}

// What a run takes over from is kept until that run has ended, also while it only waits for its turn.
func TestReusedRunsAreKept(t *testing.T) {
	h := buildTidy(t, func(c *local.Config) {
		c.Active = 1
		c.Housekeeping.Default = local.Retention{Runs: 1}
	})
	doc := h.doc("f", retrySpec)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: reuseParams(true)}).ID)
	h.status(h.wait(h.start(engine.StartRequest{Document: doc, Params: reuseParams(true), Reuse: failed.ID}).ID), engine.Failed)
	h.want(h.calls(), "1 1 2")
	again, busy, release := h.queuedBehind(engine.StartRequest{Document: doc, Params: reuseParams(false), Reuse: failed.ID})
	kept := func() {
		t.Helper()
		h.wantCode(h.Delete(t.Context(), "t", failed.ID), "run_reused")
		h.tidy()
		if _, err := h.Run(t.Context(), "t", failed.ID); err != nil {
			t.Error("the run was removed:", err)
		}
	}
	kept()
	h.restart()
	h.running(busy.ID, "p")
	kept()
	release()
	h.status(h.wait(again.ID), engine.Succeeded)
	h.want(h.calls(), "1 1 3")
	poll(t, func() bool { return h.Delete(t.Context(), "t", failed.ID) == nil })
}

// A run whose earlier one is gone carries out nothing: that would be to repeat it.
func TestNothingIsRepeatedWhenTheEarlierRunIsGone(t *testing.T) {
	h := build(t, func(c *local.Config) { c.Active = 1 })
	doc := h.doc("f", retrySpec)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: reuseParams(true)}).ID)
	req := engine.StartRequest{Tenant: "t", Document: doc, Params: reuseParams(false), Reuse: failed.ID}
	again, _, release := h.queuedBehind(req)
	h.damage("DELETE FROM runs WHERE id = ?", failed.ID)
	release()
	r := h.wait(again.ID)
	h.status(r, engine.Failed)
	h.want(r.Error.Code, "reuse_lost")
	h.want(h.calls(), "1 1 1")
	_, err := h.Begin(t.Context(), req)
	h.wantCode(err, "run_not_found")
}

// A run whose earlier one cannot be read just now waits until it can, or until somebody cancels it.
func TestReuseWaitsForWhatCannotBeRead(t *testing.T) {
	h := build(t, nil)
	doc := h.doc("f", retrySpec)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: reuseParams(true)}).ID)
	h.damage("ALTER TABLE run_history RENAME TO away")
	canceled := h.start(engine.StartRequest{Document: doc, Params: reuseParams(false), Reuse: failed.ID})
	again := h.start(engine.StartRequest{Document: doc, Params: reuseParams(false), Reuse: failed.ID})
	if err := h.Cancel(t.Context(), "t", canceled.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	h.damage("ALTER TABLE away RENAME TO run_history")
	h.status(h.wait(again.ID), engine.Succeeded)
	h.want(h.calls(), "1 1 2")
}

const largeSpec = `
params: {items: {type: array}, bad: {type: integer}}
nodes:
	- id: each
	  type: control.map
	  with: {items: "{{ params.items }}"}
	  nodes: [{id: x, type: value.set, with: {value: "{{ index == params.bad ? int('x') : item }}"}}]
`

func (h *house) largeMap(items int) (doc *flow.Document, params func(bad int) map[string]any) {
	list := make([]any, items)
	for i := range list {
		list[i] = i
	}
	return h.doc("f", largeSpec), func(bad int) map[string]any { return map[string]any{"items": list, "bad": bad} }
}

func TestRetryOfALargeMapDoesOnlyWhatFailed(t *testing.T) {
	const items = 20_500
	h := build(t, nil)
	doc, params := h.largeMap(items)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: params(items - 1)}).ID)
	h.status(failed, engine.Failed)
	r := h.wait(h.start(engine.StartRequest{Document: doc, Params: params(-1), Reuse: failed.ID}).ID)
	h.status(r, engine.Succeeded)
	for index, want := range map[int]bool{0: true, items / 2: true, items - 2: true, items - 1: false} {
		steps, err := h.StepsWithin(t.Context(), "t", r.ID, fmt.Sprintf("each[%d]", index))
		if err != nil || len(steps) != 1 || (steps[0].Details["adopted"] != nil) != want {
			t.Errorf("item %d: %+v, %v", index, steps, err)
		}
	}
}

func TestTooManyStepsAreNotReused(t *testing.T) {
	h := build(t, func(c *local.Config) { c.ReuseSteps = 50 })
	doc, params := h.largeMap(100)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: params(99)}).ID)
	_, err := h.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: doc, Params: params(-1), Reuse: failed.ID})
	h.wantCode(err, "reuse_too_large")
}
