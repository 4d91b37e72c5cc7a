package duck

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
)

func newOnce(t *testing.T) *Engine {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 1024, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	e.pool.long = time.Hour // however slow the machine is
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// TestOneInstanceDoesItOnce: what a process of one run asks, computes and shows goes through one instance, which was opened
// while other things were made ready.
func TestOneInstanceDoesItOnce(t *testing.T) {
	e := newOnce(t)
	e.Ahead()
	e.ahead.Wait()
	opened := e.pool.spare
	if opened == nil {
		t.Fatal("nothing was opened ahead")
	}
	if err := e.Parse(t.Context(), tenant, userSQL{text: "SELECT 1 AS n"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, e, run(t, e, sqlPlan("SELECT 1 AS n"))); got != "[1]\n" {
		t.Fatal(got)
	}
	if _, err := e.Preview(t.Context(), tenant, sqlPlan("SELECT 1 AS n"), table.PreviewOptions{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	if got := usesOfIdle(e.pool); !slices.Equal(got, []int{4}) || e.pool.idle[0] != opened {
		t.Fatalf("instances were used %v times; the one that was opened ahead was expected", got)
	}
}

// TestAheadOfNothing: that no query comes does no harm.
func TestAheadOfNothing(t *testing.T) {
	e := newOnce(t)
	e.Ahead()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if e.pool.spare != nil {
		t.Error("the instance is still open")
	}
}
