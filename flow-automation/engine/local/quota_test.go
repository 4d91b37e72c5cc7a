package local_test

import (
	"sync"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
)

func TestQuotas(t *testing.T) {
	quota := local.Quota{Runs: 2, Stored: 4}
	h := buildTidy(t, func(c *local.Config) {
		c.Quota = func(tenant string) local.Quota {
			if tenant == "free" {
				return local.Quota{}
			}
			return quota
		}
	})
	gate := h.probe.hold("gate")
	doc := h.doc("f", `nodes: [{id: wait, type: test.probe, with: {name: gate}}]`)
	quick := h.doc("g", `nodes: [{id: one, type: value.set, with: {value: 1}}]`)
	begin := func(tenant string, doc *flow.Document) (engine.Run, error) {
		return h.Begin(t.Context(), engine.StartRequest{Tenant: tenant, Document: doc})
	}
	var open []string
	for range 2 {
		run, err := begin("t", doc)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, run.ID)
	}
	_, err := begin("t", doc)
	h.wantCode(err, "quota_runs")
	for range 3 {
		if _, err := begin("free", doc); err != nil {
			t.Error(err)
		}
	}
	h.restart()
	_, err = begin("t", doc)
	h.wantCode(err, "quota_runs")
	close(gate)
	for _, id := range open {
		h.wait(id)
	}
	var last string
	for range 2 {
		run, err := begin("t", quick)
		if err != nil {
			t.Fatal(err)
		}
		last = h.wait(run.ID).ID
	}
	_, err = begin("t", quick)
	h.wantCode(err, "quota_stored_runs")
	if u := h.Usage("t"); u != (local.Usage{Stored: 4}) {
		t.Errorf("usage is %+v", u)
	}
	if err := h.Delete(t.Context(), "t", last); err != nil {
		t.Fatal(err)
	}
	if _, err := begin("t", h.doc("bad", `nodes: [{id: one, type: value.set, with: {value: 1}}]`)); err != nil {
		t.Error(err)
	}

	// Also when many begin at once there is never one too many.
	quota = local.Quota{Runs: 10}
	held := h.probe.hold("many")
	many := h.doc("many", `nodes: [{id: wait, type: test.probe, with: {name: many}}]`)
	var all sync.WaitGroup
	var mu sync.Mutex
	begun := 0
	for range 40 {
		all.Go(func() {
			if _, err := begin("crowd", many); err == nil {
				mu.Lock()
				begun++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if begun != 10 {
		t.Errorf("%d runs have begun where 10 may", begun)
	}
	close(held)
}
