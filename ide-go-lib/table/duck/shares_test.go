package duck

import (
	"context"
	"testing"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/aggregate"
)

// lists has the lists of all groups in memory, which no disk can take the place of.
type lists struct{ by []string }

func (r lists) Query(in map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT ")
	for _, name := range r.by {
		b.Name(name).Text(", ")
	}
	b.Text("len(list(n)) AS n FROM ", in["table"].Name)
	if len(r.by) > 0 {
		b.Text(" GROUP BY ").Names(r.by).Text(" ORDER BY ").Names(r.by)
	}
	return b.Query()
}

func (r lists) Split() (table.Split, bool) {
	return table.Split{Port: "table", Keys: r.by, Order: r.by}, len(r.by) > 0
}

// What does not go into memory as a whole does in shares, and gives the same table.
func TestShares(t *testing.T) {
	const rows = "SELECT range % 5 AS b, nullif(range % 13, 3)::VARCHAR AS a, range AS n FROM range(5000000)"
	wide, small := narrow(t, 1, 2000), narrow(t, 1, 90)
	plan := func(e *Engine) table.Plan {
		return table.Plan{Relation: lists{[]string{"b", "a"}}, Inputs: map[string]table.Source{"table": {Artifact: run(t, e, sqlPlan(rows)).Artifact}}}
	}
	want, err := wide.Run(t.Context(), tenant, plan(wide), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := plan(small)
	if _, err := small.run(t.Context(), small.pool.all(), tenant, in, nil); !outOfMemory(err) {
		t.Fatalf("as a whole it goes into memory: %v", err)
	}
	percent := -1.0
	got, err := small.Run(t.Context(), tenant, in, func(_, _ int64, p float64) { percent = max(percent, p) })
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines(t, small, got), lines(t, wide, want); a != b {
		t.Errorf("in shares\n%s\nas a whole\n%s", a, b)
	}
	if got.SQL != want.SQL {
		t.Errorf("what ran is told as %q, and as a whole as %q", got.SQL, want.SQL)
	}
	if percent != 100 {
		t.Errorf("progress ended at %v %%", percent)
	}
	in.Relation = lists{} // without groups there are no shares
	if _, err := small.Run(t.Context(), tenant, in, nil); !outOfMemory(err) {
		t.Error(err)
	}
}

// A file is imported once for all shares, and is what it was.
func TestFileInShares(t *testing.T) {
	e := narrow(t, 1, 500)
	checks := 0
	file := table.File{Path: writeFile(t, "a.csv", "who,amount\nx,1\ny,2\nx,5\n,4\n"), Check: func(context.Context) error { checks++; return nil }}
	plan := table.Plan{
		Relation: aggregate.Config{By: []string{"who"}, Values: []aggregate.Value{{Function: "sum", Column: "amount"}}},
		Inputs:   map[string]table.Source{"table": {File: &file}},
	}
	want, err := e.Run(t.Context(), tenant, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	split, _ := plan.Relation.(table.Splitting).Split()
	checks = 0
	got, err := e.shares(t.Context(), tenant, plan, plan, split, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines(t, e, got), lines(t, e, want); a != b || checks != 1 {
		t.Errorf("%s, checked %d times; as a whole %s", a, checks, b)
	}
}
