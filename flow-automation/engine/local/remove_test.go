package local_test

import (
	"sync"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
)

func TestDelete(t *testing.T) {
	h := build(t, nil)
	gate := h.probe.hold("slow")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `nodes: [{id: p, type: test.probe, with: {name: slow}}]`)})
	h.wantCode(h.Delete(t.Context(), "t", begun.ID), "run_active")
	close(gate)
	h.wait(begun.ID)
	h.wantCode(h.Delete(t.Context(), "other", begun.ID), "run_not_found")
	if err := h.Delete(t.Context(), "t", begun.ID); err != nil {
		t.Fatal(err)
	}
	_, err := h.Run(t.Context(), "t", begun.ID)
	h.wantCode(err, "run_not_found")
}

// However many want a run to be removed, it is counted as gone once.
func TestDeleteAtTheSameTime(t *testing.T) {
	h := build(t, nil)
	for range 10 {
		r := h.ends(`nodes: [{id: one, type: value.set, with: {value: 1}}]`, nil)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := h.Delete(t.Context(), "t", r.ID); err != nil {
					h.wantCode(err, "run_not_found")
				}
			})
		}
		all.Wait()
	}
	if u := h.Usage("t"); u != (local.Usage{}) {
		t.Errorf("usage is %+v", u)
	}
}
