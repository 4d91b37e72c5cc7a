package duck

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"dataflow/ide-go-lib/table"
)

// TestPagesOfEqualKeys: the pages of a sorted table are the table, however many of its rows have the same key.
func TestPagesOfEqualKeys(t *testing.T) {
	e := newEngine(t)
	for name, rows := range map[string]int{"n": 150_000, "FILE_ROW_NUMBER": 30_000} {
		got := run(t, e, sqlPlan(fmt.Sprintf("SELECT range %% 3 AS k, range AS %s FROM range(%d)", name, rows)))
		for _, req := range []table.PageRequest{
			{Sort: []table.SortKey{{Column: "k"}}},
			{Sort: []table.SortKey{{Column: "k", Desc: true}}, Filter: []table.Condition{{Column: "k", Op: ">=", Value: "1"}}},
			{Filter: []table.Condition{{Column: "k", Op: ">=", Value: "1"}}},
			{},
		} {
			most := 0
			seen, want := make([]bool, rows), rows
			if req.Filter != nil {
				want = rows / 3 * 2
			}
			for req.Limit = 10_000; req.Offset < int64(want); req.Offset += req.Limit {
				for _, n := range page(t, e, got, req) {
					if seen[n] {
						t.Fatalf("%s, %+v: the row %d comes twice", name, req, n)
					}
					seen[n] = true
					most++
				}
			}
			if most != want {
				t.Errorf("%s, %+v: %d rows, want %d", name, req, most, want)
			}
		}
	}
}

// page gives the second column of a page, of which Arrow has the same rows.
func page(t *testing.T, e *Engine, tab table.Table, req table.PageRequest) []int64 {
	t.Helper()
	got, err := e.Page(t.Context(), tenant, tab.Artifact, req)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int64, len(got.Rows))
	for i, row := range got.Rows {
		var cells [2]int64
		if err := json.Unmarshal(row, &cells); err != nil {
			t.Fatal(err)
		}
		out[i] = cells[1]
	}
	if req.Offset%100_000 != 0 { // the same query, which need not be run for every page
		return out
	}
	i := 0
	for batch := range arrowOfTable(t, e, tab, &req) {
		for _, n := range batch.Column(1).(*array.Int64).Int64Values() {
			if out[i] != n {
				t.Fatalf("row %d of the page is %d, and %d in Arrow", i, out[i], n)
			}
			i++
		}
	}
	return out
}
