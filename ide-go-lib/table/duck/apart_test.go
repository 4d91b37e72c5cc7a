package duck

import (
	"context"
	"slices"
	"testing"
	"time"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
)

// One vector of distances takes seconds, within which DuckDB sees no interrupt: who waits is let go, and place and memory stay
// counted until it has ended.
func TestNobodyWaitsForAVectorToEnd(t *testing.T) {
	e := newEngine(t)
	long := "SELECT sum(levenshtein(repeat('ab', 250), repeat('ba', 249 + (range % 2)::INT))) AS n FROM range(1200)"
	for name, of := range map[string]struct {
		pool *pool
		do   func(ctx context.Context) error
	}{
		"run": {e.pool, func(ctx context.Context) error { _, err := e.Run(ctx, tenant, sqlPlan(long), nil); return err }},
		"look": {e.looks, func(ctx context.Context) error {
			_, err := e.Preview(ctx, tenant, sqlPlan(long), table.PreviewOptions{Limit: 10})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer time.AfterFunc(300*time.Millisecond, cancel).Stop()
			if err := of.do(ctx); codeOf(err) != "canceled" {
				t.Fatalf("%v", err)
			}
			counted := func() bool {
				together.mu.Lock()
				defer together.mu.Unlock()
				return slices.ContainsFunc(together.at, func(s *session) bool { return s.pool == of.pool })
			}
			if len(of.pool.slots) != 1 || !counted() {
				t.Error("what still computes is not counted")
			}
			testkit.Within(t, time.Minute, "its end", func() bool { return len(of.pool.slots) == 0 && !counted() })
			if got := lines(t, e, run(t, e, sqlPlan("SELECT 1 AS one"))); got != "[1]\n" {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

func TestASessionThatIsLeftDoesNothingMore(t *testing.T) {
	e := newEngine(t)
	s, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	end := make(chan struct{})
	if err := s.apart(ctx, func() error { <-end; return nil }); err != errLeft { //nolint:errorlint // it is itself
		t.Errorf("%v", err)
	}
	if _, err := s.exec(t.Context(), "SELECT 1", nil); err == nil {
		t.Error("it is used on")
	}
	s.close()
	if len(e.pool.slots) != 1 {
		t.Error("its place is given to others")
	}
	close(end)
	testkit.Eventually(t, "the place is free", func() bool { return len(e.pool.slots) == 0 })
	defer func() {
		if p := recover(); p != "out of bounds" {
			t.Errorf("a panic came as %v", p)
		}
	}()
	_ = (&session{}).apart(t.Context(), func() error { panic("out of bounds") })
}
