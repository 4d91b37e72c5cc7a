package local_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
)

func TestStopLeavesRepeatableStepsAndTheNextStartGoesOn(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain(inline, "go/pure/block", "python/idempotent/ok", inline))
	r.running(begun.ID, "n1")
	next := r.again(nil)
	close(r.fake.gate("n1"))
	ended := next.wait(begun.ID)
	if ended.Status != engine.Succeeded || ended.Recovered != 1 {
		t.Errorf("ended as %+v", ended)
	}
	for node, want := range map[string]int{"n0": 1, "n1": 2, "n2": 1, "n3": 1} {
		if got := r.fake.called(begun.ID, node); got != want {
			t.Errorf("%s was carried out %d times, want %d", node, got, want)
		}
	}
}

func TestStopWaitsForUnsafeSteps(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain("io/unsafe/block", inline))
	r.running(begun.ID, "n0")
	gate := r.fake.gate("n0")
	go func() { gate <- struct{}{} }()
	next := r.again(nil)
	if ended := next.wait(begun.ID); ended.Status != engine.Succeeded || r.fake.called(begun.ID, "n0") != 1 {
		t.Errorf("ended as %+v after %d calls", ended, r.fake.called(begun.ID, "n0"))
	}
}

func TestUnsafeStepLeftBehindIsInterrupted(t *testing.T) {
	for name, c := range map[string]struct {
		typ      string
		attempts int
	}{"once": {"io/unsafe/block", 1}, "with retry": {"io/unsafe/block", 2}, "in this tenant": {"io/unsafe@t/block", 1}} {
		t.Run(name, func(t *testing.T) {
			r := setUp(t, "", nil)
			doc := chain(c.typ, inline)
			doc.Spec.Nodes[0].Retry = &flow.Retry{Attempts: c.attempts, Backoff: &flow.Backoff{Initial: "1ms"}}
			begun := r.begin(doc)
			r.running(begun.ID, "n0")
			// It does not end in the time that Stop has.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_ = r.Stop(ctx)
			next := r.again(nil)
			if c.attempts == 1 {
				if ended := next.wait(begun.ID); ended.Status != engine.Failed || ended.Error.Code != "interrupted" {
					t.Errorf("ended as %+v", ended)
				}
				return
			}
			close(r.fake.gate("n0"))
			if ended := next.wait(begun.ID); ended.Status != engine.Succeeded || next.step(begun.ID, "n0").Attempt != 2 {
				t.Errorf("ended as %+v", ended)
			}
		})
	}
}

func TestStepThatIsUnsafeInOtherTenantsIsRepeated(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain("io/unsafe@other/block", inline))
	r.running(begun.ID, "n0")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = r.Stop(ctx)
	next := r.again(nil)
	close(r.fake.gate("n0"))
	if ended := next.wait(begun.ID); ended.Status != engine.Succeeded || r.fake.called(begun.ID, "n0") != 2 {
		t.Errorf("ended as %+v after %d calls", ended, r.fake.called(begun.ID, "n0"))
	}
}

func TestManyUnfinishedRunsGoOnWithLittleRoom(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Active = 5 })
	doc := chain(inline, "go/pure/block", inline)
	var ids []string
	for range 60 {
		ids = append(ids, r.begin(doc).ID)
	}
	next := r.again(func(c *local.Config) { c.Active = 5 })
	close(r.fake.gate("n1"))
	for _, id := range ids {
		if ended := next.wait(id); ended.Status != engine.Succeeded {
			t.Errorf("ended as %+v", ended)
		}
		if n := r.fake.called(id, "n0"); n != 1 {
			t.Errorf("run %s: the first step was carried out %d times", id, n)
		}
	}
}

// damage changes the journal behind the engine's back.
func (r *rig) damage(query string, args ...any) {
	r.t.Helper()
	if _, err := r.db.Write.ExecContext(r.t.Context(), query, args...); err != nil {
		r.t.Fatal(err)
	}
}

func TestDamagedJournalIsSaid(t *testing.T) {
	const last = "UPDATE journal SET record = substr(record, 1, length(record) - 3) WHERE seq = (SELECT max(seq) FROM journal)"
	for name, query := range map[string]string{
		"last record cut":    last,
		"last record empty":  "UPDATE journal SET record = x'' WHERE seq = (SELECT max(seq) FROM journal)",
		"unknown kind":       "UPDATE journal SET record = x'7a01' WHERE seq = (SELECT max(seq) FROM journal)",
		"first record cut":   "UPDATE journal SET record = substr(record, 1, 9) WHERE seq = (SELECT min(seq) FROM journal)",
		"document gone":      "DELETE FROM run_documents",
		"document damaged":   "UPDATE run_documents SET body = '{'",
		"list behind":        last + "; UPDATE engine_state SET projected = 0",
		"first gone, behind": "DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal); UPDATE engine_state SET projected = 0",
	} {
		t.Run(name, func(t *testing.T) {
			r := setUp(t, "", nil)
			begun := r.begin(chain(inline, "go/pure/block"))
			r.running(begun.ID, "n1")
			r.close()
			broken := setUp(t, r.path, func(c *local.Config) { c.Executor = r.fake })
			_ = broken.Stop(t.Context())
			broken.damage(query)
			next := setUp(t, r.path, func(c *local.Config) { c.Executor = r.fake })
			poll(t, func() bool {
				run, err := next.Run(t.Context(), "t", begun.ID)
				return err == nil && run.Status.Final()
			})
			run, err := next.Run(t.Context(), "t", begun.ID)
			if err != nil || run.Status != engine.Failed || run.Error.Code != "journal_damaged" {
				t.Errorf("the run is %+v, %v", run, err)
			}
			// Whatever can be read is; nothing panics.
			_, _ = next.Steps(t.Context(), "t", begun.ID)
			if other := next.wait(next.begin(chain(inline)).ID); other.Status != engine.Succeeded {
				t.Errorf("another run is %+v", other)
			}
		})
	}
}

func TestTruncatedDatabaseIsAnErrorAtStart(t *testing.T) {
	r := setUp(t, "", nil)
	for range 50 {
		r.wait(r.begin(chain(inline, inline)).ID)
	}
	r.close()
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.db")
	if err := os.WriteFile(path, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := startOn(t, path); err == nil {
		t.Error("half a database was taken for a whole one")
	}
}
