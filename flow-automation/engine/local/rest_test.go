package local_test

import (
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
)

// A step that waits for a place has lent its worker to others, says what it waits for, and goes on when it has both again.
func TestWaitingForAPlaceHoldsNoWorker(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Workers.IO = 1 })
	why := func(id, want string) {
		t.Helper()
		var got string
		poll(t, func() bool { got = r.step(id, "n0").Why; return strings.HasPrefix(got, want) })
	}
	r.fake.seat <- struct{}{}
	waits, stopped, unsafe := r.begin(chain("io/pure/rest")), r.begin(chain("io/pure/rest")), r.begin(chain("io/unsafe/rest"))
	for _, w := range []engine.Run{waits, stopped, unsafe} {
		why(w.ID, `Waits for a place at the connection "counter".`)
	}
	r.wait(r.begin(chain("io/pure/ok")).ID)
	seen, err := r.Watch(t.Context(), "t", waits.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Cancel(t.Context(), "t", stopped.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	r.wait(stopped.ID)

	blocks := r.begin(chain("io/pure/block"))
	r.running(blocks.ID, "n0")
	<-r.fake.seat
	busy := "The only worker for io is busy; 1 step waits. Busy with: n0 of run " + blocks.ID
	poll(t, func() bool {
		return strings.HasPrefix(r.step(waits.ID, "n0").Why, busy) || strings.HasPrefix(r.step(unsafe.ID, "n0").Why, busy)
	})
	next := r.begin(chain("io/pure/ok"))
	why(next.ID, "The only worker for io is busy; 2 steps wait.")
	close(r.fake.gate("n0"))
	var told []string // as long as it is under way
	for e := range seen {
		if e.Step != nil && e.Step.NodeID == "n0" && e.Step.Status == engine.Running {
			told = append(told, e.Step.Why)
		}
	}
	if len(told) < 2 || told[0] != `Waits for a place at the connection "counter".` || told[len(told)-1] != "" {
		t.Errorf("who looks on was told %q", told)
	}
	for _, w := range []engine.Run{waits, unsafe, next, blocks} {
		if over := r.wait(w.ID); over.Status != engine.Succeeded {
			t.Errorf("%s: %v", over.Status, over.Error)
		}
	}
}

// Whoever waits for a worker to go on gets one when the run is canceled and when the engine stops, since it is to end.
func TestWhoHasLentItsWorkerEnds(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Workers.IO = 1 })
	r.fake.seat <- struct{}{}
	canceled := r.begin(chain("io/unsafe/rest"))
	poll(t, func() bool { return r.step(canceled.ID, "n0").Why != "" })
	left := r.begin(chain("io/unsafe/rest"))
	poll(t, func() bool { return r.step(left.ID, "n0").Why != "" })
	blocks := r.begin(chain("io/pure/block"))
	r.running(blocks.ID, "n0")
	if err := r.Cancel(t.Context(), "t", canceled.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	r.wait(canceled.ID)
	<-r.fake.seat
	poll(t, func() bool { return strings.HasPrefix(r.step(left.ID, "n0").Why, "The only worker") })
	if after := r.again(nil); after.wait(left.ID).Status != engine.Succeeded {
		t.Error("what cannot be repeated was not left to end")
	}
}
