package local_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/telemetry"
)

// While the database refuses to be written, nothing begins and nothing is lost; afterwards all goes on.
func TestRunsWaitWhileTheJournalCannotBeWritten(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain("go/pure/block", inline))
	r.running(begun.ID, "n0")
	r.damage("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
	r.wantCode(err, "journal_unavailable")
	close(r.fake.gate("n0"))
	_, err = r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
	r.wantCode(err, "journal_unavailable")
	if n := r.fake.called(begun.ID, "n1"); n != 0 {
		t.Error("a step began before the one before it was durable")
	}
	r.damage("DROP TRIGGER full")
	if ended := r.wait(begun.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	page, _, err := r.Runs(t.Context(), "t", engine.RunFilter{})
	if err != nil || len(page) != 1 {
		t.Errorf("the list is %+v, %v", page, err)
	}
}

// What only computes begins while the end of the step before is written, and nothing else does. Nobody hears of it.
func TestPureStepsGoAhead(t *testing.T) {
	r := setUp(t, "", nil)
	pure, other := r.begin(chain("go/pure/block", "go/pure/echo", "go/pure/echo")), r.begin(chain("go/pure/block", "go/idempotent/echo"))
	for _, id := range []string{pure.ID, other.ID} {
		r.running(id, "n0")
	}
	r.damage("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	close(r.fake.gate("n0"))
	poll(t, func() bool { return r.fake.called(pure.ID, "n1") == 1 })
	poll(t, func() bool {
		status, _ := r.Journal(t.Context())
		return status != telemetry.OK
	})
	for name, n := range map[string]int{"n2": r.fake.called(pure.ID, "n2"), "n1": r.fake.called(other.ID, "n1")} {
		if n != 0 {
			t.Errorf("%s began before what it follows from was durable", name)
		}
	}
	if steps, err := r.Steps(t.Context(), "t", pure.ID); err != nil || steps[0].Status.Final() || steps[1].Status.Final() {
		t.Errorf("the steps are shown as %+v, %v", steps, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	r.damage("DROP TRIGGER full")
	next := r.again(nil)
	for _, id := range []string{pure.ID, other.ID} {
		if ended := next.wait(id); ended.Status != engine.Succeeded {
			t.Errorf("ended as %+v", ended)
		}
	}
}

// While the database refuses to be written, runs are shown as they were, and whoever wants something of them is told at once.
func TestRunsAreShownWhileTheJournalCannotBeWritten(t *testing.T) {
	r := setUp(t, "", nil)
	doc := chain("go/pure/block", inline)
	doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: "beside", Type: "io/unsafe/block"})
	begun := r.begin(doc)
	r.running(begun.ID, "n0")
	r.running(begun.ID, "beside")
	r.damage("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	close(r.fake.gate("n0"))
	poll(t, func() bool { // until the end of n0 cannot be written
		status, _ := r.Journal(t.Context())
		return status != telemetry.OK
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	now, err := r.Run(ctx, "t", begun.ID)
	if err != nil || now.Status != engine.Running || now.StepsDone != 0 || !strings.Contains(now.Why, "journal") {
		t.Errorf("the run is shown as %+v, %v", now, err)
	}
	steps, err := r.Steps(ctx, "t", begun.ID)
	if err != nil || len(steps) != 3 || steps[0].Status.Final() {
		t.Errorf("the steps are shown as %+v, %v", steps, err)
	}
	if _, err := r.Waits(ctx, "t", engine.WaitApproval); err != nil {
		t.Error(err)
	}
	watching, stop := context.WithCancel(ctx)
	events, err := r.Watch(watching, "t", begun.ID)
	if err != nil {
		t.Fatal(err)
	}
	if e := <-events; e.Run == nil && e.Step == nil {
		t.Errorf("one who watches is told %+v", e)
	}
	stop()
	r.wantCode(r.Pause(ctx, "t", begun.ID, "bob"), "journal_unavailable")
	r.wantCode(r.Signal(ctx, "t", begun.ID, engine.Signal{Step: "n1", Kind: engine.WaitApproval}), "journal_unavailable")
	r.wantCode(r.Cancel(ctx, "t", begun.ID, "bob"), "journal_unavailable")
	poll(t, func() bool { return r.fake.called(begun.ID, "beside stopped") == 1 })
	r.damage("DROP TRIGGER full")
	if ended := r.wait(begun.ID); ended.Status != engine.Canceled {
		t.Errorf("ended as %+v", ended)
	}
}

// A server can be stopped although the database cannot be written; what was not durable is done again.
func TestStopWhileTheJournalCannotBeWritten(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain("io/unsafe/block", inline))
	r.running(begun.ID, "n0")
	r.damage("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	close(r.fake.gate("n0"))
	poll(t, func() bool {
		_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
		return err != nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	r.damage("DROP TRIGGER full")
	next := r.again(nil)
	if ended := next.wait(begun.ID); ended.Status != engine.Failed || ended.Error.Code != "interrupted" {
		t.Errorf("ended as %+v", ended)
	}
}

// A run that only waits for its next attempt leaves its place to others.
func TestWaitingRunsHoldUpNobody(t *testing.T) {
	c := newHandClock()
	r := setUp(t, "", func(cfg *local.Config) { cfg.Clock, cfg.Active = c, 1 })
	patient := chain("inline/pure/flaky", inline)
	patient.Spec.Nodes[0].Retry = &flow.Retry{Attempts: 2, Backoff: &flow.Backoff{Initial: "1h", Max: "1h"}}
	var waiting []string
	for range 3 {
		id := r.begin(patient).ID
		r.until(id, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Waiting })
		waiting = append(waiting, id)
	}
	if ended := r.wait(r.begin(chain(inline)).ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	c.await(t, len(waiting), 10*time.Minute)
	c.advance(time.Hour)
	for _, id := range waiting {
		if ended := r.wait(id); ended.Status != engine.Succeeded {
			t.Errorf("ended as %+v", ended)
		}
	}
}

// The time that a retry waits is not begun anew by a restart.
func TestTimersSurviveARestart(t *testing.T) {
	c := newHandClock()
	r := setUp(t, "", func(cfg *local.Config) { cfg.Clock = c })
	doc := chain("go/pure/flaky")
	doc.Spec.Nodes[0].Retry = &flow.Retry{Attempts: 2, Backoff: &flow.Backoff{Initial: "2h", Max: "2h"}}
	id := r.begin(doc).ID
	r.until(id, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Waiting })
	c.advance(time.Hour)
	next := r.again(func(cfg *local.Config) { cfg.Clock = c })
	if left := c.await(t, 1, time.Minute); left > time.Hour {
		t.Errorf("after an hour of at most two, %s are left", left)
	}
	c.advance(time.Hour)
	if ended := next.wait(id); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
}

// Starting, stopping and using an engine at the same time neither hangs nor loses a run that was answered.
func TestStopUnderLoad(t *testing.T) {
	path := ""
	for round := range 5 {
		r := setUp(t, path, nil)
		path = r.path
		doc := chain(inline, "go/pure/ok", "io/unsafe/ok", "sql/idempotent/ok", inline)
		var mu sync.Mutex
		var begun []string
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					run, err := r.Begin(context.Background(), engine.StartRequest{Tenant: "t", Document: doc})
					if err != nil {
						r.wantCode(err, "engine_stopping")
						return
					}
					mu.Lock()
					begun = append(begun, run.ID)
					mu.Unlock()
				}
			})
		}
		poll(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(begun) > 50*(round+1)
		})
		r.close()
		all.Wait()
		after := setUp(t, path, nil)
		for _, id := range begun {
			if ended := after.wait(id); ended.Status != engine.Succeeded {
				t.Errorf("round %d: run %s ended as %s: %v", round, id, ended.Status, ended.Error)
			}
		}
		after.close()
	}
}
