package local_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
)

func TestQueuedRunsBeginWhenThereIsRoom(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Active = 2 })
	doc := chain("go/pure/block")
	var ids []string
	for range 6 {
		ids = append(ids, r.begin(doc).ID)
	}
	counts, err := r.Counts(t.Context(), "t", "")
	if err != nil || counts[engine.Running] != 2 || counts[engine.Queued] != 4 {
		t.Errorf("counts %v, %v", counts, err)
	}
	if err := r.Cancel(t.Context(), "t", ids[4], "bob"); err != nil {
		t.Error(err)
	}
	close(r.fake.gate("n0"))
	for i, id := range ids {
		want := engine.Succeeded
		if i == 4 {
			want = engine.Canceled
		}
		if got := r.wait(id); got.Status != want || got.Recovered != 0 {
			t.Errorf("run %d is %+v", i, got)
		}
	}
	if r.fake.called(ids[4], "n0") != 0 {
		t.Error("a canceled run was carried out")
	}
}

// One tenant's many steps do not hold up another's few.
func TestWorkersAreFairBetweenTenants(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Workers = local.Workers{Go: 1} })
	var order []string
	var mu sync.Mutex
	doc := chain("go/pure/block")
	start := func(tenant string) engine.Run {
		run, err := r.Begin(t.Context(), engine.StartRequest{Tenant: tenant, Document: doc})
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	var all sync.WaitGroup
	follow := func(tenant string, run engine.Run) {
		events, err := r.Watch(t.Context(), tenant, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for e := range events {
				if e.Run != nil && e.Run.Status.Final() {
					mu.Lock()
					order = append(order, tenant)
					mu.Unlock()
				}
			}
		})
	}
	for range 10 {
		follow("many", start("many"))
	}
	few := start("few")
	follow("few", few)
	poll(t, func() bool { // every one is in the queue before the first is let through
		steps, err := r.Steps(t.Context(), "few", few.ID)
		return err == nil && len(steps) > 0 && strings.Contains(steps[0].Why, "; 10 steps wait")
	})
	gate := r.fake.gate("n0")
	for n := range 11 {
		gate <- struct{}{}
		poll(t, func() bool { // the next one is let through when this one's end was told
			mu.Lock()
			defer mu.Unlock()
			return len(order) > n
		})
	}
	all.Wait()
	if at := slices.Index(order, "few"); at > 4 {
		t.Errorf("the one of few came as number %d: %v", at+1, order)
	}
}
