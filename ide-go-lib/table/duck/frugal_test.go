package duck

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
)

// wide is a query whose result has to be in memory as a whole: about rows × 8 bytes, and as much again while it grows.
const wide = "SELECT len(list(range)) AS n FROM range(5000000)"

func narrow(t *testing.T, slots, memory int) *Engine {
	t.Helper()
	store, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: memory, Slots: slots, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// A query that takes more than its share has the memory of all, when the others are done.
func TestMemoryOfAll(t *testing.T) {
	e := narrow(t, 4, 400)
	var wg sync.WaitGroup
	for range 3 { // several at a time wait for each other
		wg.Go(func() {
			got, err := e.Run(t.Context(), tenant, sqlPlan(wide), nil)
			if err != nil {
				t.Error(err)
				return
			}
			if rows := lines(t, e, got); rows != "[5000000]\n" {
				t.Error(rows)
			}
		})
	}
	wg.Wait()
	if len(e.pool.slots) != 0 || len(e.pool.whole) != 0 {
		t.Errorf("%d slots are still taken, all of them: %d", len(e.pool.slots), len(e.pool.whole))
	}
	if _, err := narrow(t, 1, 100).Run(t.Context(), tenant, sqlPlan(wide), nil); codeOf(err) != codeMemory {
		t.Errorf("without more memory it fails: %v", err)
	}
}

func TestWaitingForTheMemoryOfAllCanBeCanceled(t *testing.T) {
	e := narrow(t, 2, 200)
	busy, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(2*time.Second, cancel)
	if _, err := e.Run(ctx, tenant, sqlPlan(wide), nil); codeOf(err) != "canceled" {
		t.Error(err)
	}
	busy.close()
	if _, err := e.Run(t.Context(), tenant, table.Plan{Relation: userSQL{"SELECT 1 AS n", nil}}, nil); err != nil {
		t.Error(err)
	}
}

// It waits for the others only so long, and then has the memory of those slots that are free.
func TestMemoryOfThoseThatAreDone(t *testing.T) {
	e := narrow(t, 3, 400)
	e.pool.wait = 100 * time.Millisecond
	busy, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.close()
	if _, err := e.Run(t.Context(), tenant, sqlPlan(wide), nil); err != nil {
		t.Error(err)
	}
}

// Who looks at a table does not wait for queries at work.
func TestLooksDoNotWait(t *testing.T) {
	e := narrow(t, 1, 200)
	tab := run(t, e, sqlPlan("SELECT 1 AS n"))
	busy, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.close()
	if rows := lines(t, e, tab); rows != "[1]\n" {
		t.Error(rows)
	}
	if _, err := e.Preview(t.Context(), tenant, over(tab, "SELECT n + 1 AS m FROM input"), table.PreviewOptions{Limit: 10, Sample: 10}); err != nil {
		t.Error(err)
	}
}

// sum adds up what its inputs have.
type sum struct{}

func (sum) Query(in map[string]table.Input) (table.Query, error) {
	return table.Query{Text: "SELECT a.n + b.n AS n FROM " + in["a"].Name + " AS a, " + in["b"].Name + " AS b"}, nil
}

// Parts that do not go into memory together do one after the other.
func TestPartsOneAfterTheOther(t *testing.T) {
	e := narrow(t, 1, 76)
	part := func(rows int) table.Source {
		p := sqlPlan(fmt.Sprintf("SELECT len(list(range)) + len(list(range + 1)) AS n FROM range(%d)", rows))
		return table.Source{Plan: &p}
	}
	both := table.Plan{Relation: sum{}, Inputs: map[string]table.Source{"a": part(1500000), "b": part(1500001)}}
	if _, err := e.run(t.Context(), e.pool.all(), tenant, both, nil); !outOfMemory(err) {
		t.Fatalf("together they do: %v", err)
	}
	got, err := e.Run(t.Context(), tenant, both, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows := lines(t, e, got); rows != "[6000002]\n" {
		t.Error(rows)
	}
}

// Files that take more than a query's share to be read have the memory of all, too.
func TestFilesWithTheMemoryOfAll(t *testing.T) {
	e := narrow(t, 2, 128)
	e.pool.wait = 100 * time.Millisecond
	var text strings.Builder
	text.WriteString("id,text\n")
	const rows = 300_000
	for i := range rows {
		fmt.Fprintf(&text, "%d,%s\n", i, strings.Repeat(strconv.Itoa(i*7919), 20))
	}
	path := writeFile(t, "a.csv", text.String())
	busy, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil); codeOf(err) != codeMemory {
		t.Errorf("with a share alone: %v", err)
	}
	busy.close()
	back, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if back.Meta.Rows != rows {
		t.Errorf("%d rows came back", back.Meta.Rows)
	}
	if len(e.pool.slots) != 0 || len(e.pool.whole) != 0 {
		t.Errorf("%d slots are still taken, all of them: %d", len(e.pool.slots), len(e.pool.whole))
	}
}
