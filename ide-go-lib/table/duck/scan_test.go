package duck

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
	sqlnode "dataflow/ide-go-lib/table/transform/sql"
)

func fileSource(path string) map[string]table.Source {
	return map[string]table.Source{"table": {File: &table.File{Path: path, Node: "read"}}}
}

// Looking at a file takes an instance, too: nobody waits for it while holding the only one.
func TestOneSlotIsEnoughForAFile(t *testing.T) {
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	done := make(chan string, 1)
	go func() {
		done <- lines(t, e, run(t, e, table.Plan{Relation: userSQL{"SELECT * FROM input", nil}, Inputs: fileSource(writeFile(t, "a.csv", "n\n1\n"))}))
	}()
	select {
	case got := <-done:
		if got != "[1]\n" {
			t.Error(got)
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits for ever")
	}
}

// However often a query names what it stands on, that is computed once.
func TestWhatIsNamedTwiceIsComputedOnce(t *testing.T) {
	e := newEngine(t)
	chance := sqlPlan("SELECT range AS i, random() AS r FROM range(1000)")
	both := table.Plan{Relation: sqlnode.Config{Select: table.SQL{Text: "SELECT count(*) AS n FROM input x JOIN input y USING (i) WHERE x.r <> y.r"}}, Inputs: map[string]table.Source{"table": {Plan: &chance}}}
	if got := lines(t, e, run(t, e, both)); got != "[0]\n" {
		t.Error(got)
	}
	plan := sqlPlan("SELECT range AS i FROM range(10)")
	for range 12 {
		below := plan
		plan = table.Plan{Relation: sqlnode.Config{Select: table.SQL{Text: "SELECT a.i FROM input a WHERE a.i <= (SELECT max(i) FROM input)"}}, Inputs: map[string]table.Source{"table": {Plan: &below}}}
	}
	limited, stop := context.WithTimeout(t.Context(), 30*time.Second) // computed again for each mention it would take hours
	defer stop()
	if got, err := e.Run(limited, tenant, plan, nil); err != nil || got.Meta.Rows != 10 {
		t.Errorf("%+v %v", got.Meta, err)
	}
}

// A preview that has not read all rows says so.
func TestSamplesOfFiles(t *testing.T) {
	e := newEngine(t)
	text := "n\n"
	for i := range 3000 {
		text += fmt.Sprintln(i)
	}
	count := table.Plan{Relation: userSQL{"SELECT count(*) AS n FROM input", nil}, Inputs: fileSource(writeFile(t, "a.csv", text))}
	for sample, want := range map[int64]string{1000: "[1000] true", 5000: "[3000] false"} {
		got, err := e.Preview(t.Context(), tenant, count, table.PreviewOptions{Limit: 10, Sample: sample})
		if err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprintf("%s %v", got.Rows[0], got.Sampled); s != want {
			t.Errorf("%d: %s, not %s", sample, s, want)
		}
	}
}
