package local_test

import (
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/ide-go-lib/clock"
)

// A step that waits for a worker names those of its tenant that have one, and for how long; others are counted.
func TestWhoHoldsTheWorkers(t *testing.T) {
	fake := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	r := setUp(t, "", func(c *local.Config) { c.Workers, c.Clock = local.Workers{SQL: 2}, fake })
	doc := chain("sql/pure/block")
	own := r.begin(doc)
	r.running(own.ID, "n0")
	other, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "other", Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	poll(t, func() bool { return r.fake.called(other.ID, "n0") == 1 })
	fake.Advance(90 * time.Second)
	waits := r.begin(doc)
	var why string
	poll(t, func() bool { why = r.step(waits.ID, "n0").Why; return strings.Contains(why, "1 step waits") })
	want := "All 2 workers for sql are busy; 1 step waits. Busy with: n0 of run " + own.ID + " of chain for 90 s; 1 step of another tenant."
	if why != want {
		t.Errorf("%s\nnot\n%s", why, want)
	}
	if strings.Contains(why, other.ID) {
		t.Error("another tenant's run is named")
	}
	close(r.fake.gate("n0"))
	r.wait(waits.ID)
}

// A step that is under way and waits for a place of the table engine says so, too.
func TestWhoHoldsTheTableEngine(t *testing.T) {
	fake := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	r := setUp(t, "", func(c *local.Config) { c.Clock = fake })
	doc := chain("sql/pure/table")
	own := r.begin(doc)
	poll(t, func() bool { return r.fake.called(own.ID, "n0 has a place") == 1 })
	if why := r.step(own.ID, "n0").Why; why != "" {
		t.Errorf("who has a place waits: %s", why)
	}
	fake.Advance(3 * time.Minute)
	waits := r.begin(chain("io/pure/table"))
	var why string
	poll(t, func() bool { why = r.step(waits.ID, "n0").Why; return why != "" })
	if want := "Waits for a place of the table engine. Busy with: n0 of run " + own.ID + " of chain for 3 min."; why != want {
		t.Errorf("%s\nnot\n%s", why, want)
	}
	close(r.fake.gate("n0"))
	r.wait(own.ID)
	r.wait(waits.ID)
}
