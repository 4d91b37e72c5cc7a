package backfill_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// starts is an engine that only takes note of what is begun.
type starts struct {
	engine.Engine
	refuse func(req engine.StartRequest) error

	mu    sync.Mutex
	begun map[string]engine.StartRequest // by key
	twice []string
}

func (s *starts) Begin(_ context.Context, req engine.StartRequest) (engine.Run, error) {
	if s.refuse != nil {
		if err := s.refuse(req); err != nil {
			return engine.Run{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.begun[req.IdempotencyKey]; again {
		s.twice = append(s.twice, req.IdempotencyKey)
	}
	s.begun[req.IdempotencyKey] = req
	return engine.Run{}, nil
}

func (s *starts) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.begun)
}

type bench struct {
	*backfill.Runner
	t      *testing.T
	db     *db.DB
	store  *store.Store
	engine *starts
	clock  *clock.Fake
}

func setUp(t *testing.T) *bench {
	t.Helper()
	d := dbtest.Temp(t)
	s, err := store.New(t.Context(), d)
	require.NoError(t, err)
	b := &bench{
		t: t, db: d, store: s, engine: &starts{begun: map[string]engine.StartRequest{}}, clock: clock.NewFake(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)),
	}
	b.restart()
	return b
}

// restart makes another runner on the same store.
func (b *bench) restart() {
	b.t.Helper()
	if b.Runner != nil {
		require.NoError(b.t, b.Stop(b.t.Context()))
	}
	runner := backfill.New(b.store, b.engine, b.clock, telemetry.Discard())
	b.Runner = runner
	require.NoError(b.t, b.Start(b.t.Context()))
	b.t.Cleanup(func() { require.NoError(b.t, runner.Stop(context.Background())) })
}

// ask begins a backfill with so many sets.
func (b *bench) ask(sets int) store.Backfill {
	b.t.Helper()
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: "f"}}
	doc.Spec.Params = flow.Params{{Name: "n", Type: "integer"}}
	req := backfill.Request{Tenant: "t", FlowID: "f", By: "ann", Document: doc, Parallel: 2}
	for i := range sets {
		req.Sets = append(req.Sets, map[string]any{"n": i})
	}
	begun, err := b.Begin(b.t.Context(), req)
	require.NoError(b.t, err)
	return begun
}

func (b *bench) now(id string) store.Backfill {
	b.t.Helper()
	now, err := b.store.Backfill(b.t.Context(), "t", id)
	require.NoError(b.t, err)
	return now
}

func (b *bench) exec(query string) {
	b.t.Helper()
	_, err := b.db.Write.ExecContext(b.t.Context(), query)
	require.NoError(b.t, err)
}

// A store that cannot be read or written for a while holds a backfill up and does not end it.
func TestGoesOnAfterATrouble(t *testing.T) {
	b := setUp(t)
	var once sync.Once
	b.engine.refuse = func(engine.StartRequest) error {
		once.Do(func() { b.exec("ALTER TABLE automation_backfills RENAME TO away") })
		return nil
	}
	fill := b.ask(40)
	b.clock.BlockUntil(1)
	require.Equal(t, 16, b.engine.count())
	b.clock.Advance(2 * time.Second)
	b.clock.BlockUntil(1)
	b.exec("ALTER TABLE away RENAME TO automation_backfills")
	b.clock.Advance(2 * time.Second)
	testkit.Eventually(t, "all are begun", func() bool { return b.now(fill.ID).Started == 40 })
	require.Equal(t, 40, b.engine.count())
	require.Empty(t, b.engine.twice)
}

// What is run is what was checked when the backfill began, whatever became of the flow; here there is none at all.
func TestKeepsItsDocument(t *testing.T) {
	b := setUp(t)
	b.engine.refuse = func(engine.StartRequest) error { return errs.Unavailable("journal_unavailable", "The disk is full.") }
	fill := b.ask(1)
	b.clock.BlockUntil(1)
	b.engine.refuse = nil
	b.restart()
	testkit.Eventually(t, "it goes on", func() bool { return b.now(fill.ID).Started == 1 })
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	for _, req := range b.engine.begun {
		require.Equal(t, "f", req.Document.Metadata.Name)
		require.Equal(t, fill.ID, req.Backfill)
	}
}

// What will be refused however often it is tried is said, and not tried again.
func TestEndsWhenTheRestCannotBeBegun(t *testing.T) {
	b := setUp(t)
	b.engine.refuse = func(req engine.StartRequest) error {
		if fmt.Sprint(req.Params["n"]) == "20" {
			return errs.Invalid("concurrency_key", "The key cannot be evaluated.")
		}
		return nil
	}
	fill := b.ask(40)
	testkit.Eventually(t, "it has failed", func() bool { return b.now(fill.ID).Failure != "" })
	now := b.now(fill.ID)
	require.Equal(t, "Set 21: The key cannot be evaluated.", now.Failure)
	require.Equal(t, 16, now.Started)
	open, err := b.store.OpenBackfills(t.Context())
	require.NoError(t, err)
	require.Empty(t, open)
}
