package duck

import (
	"bytes"
	"iter"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"dataflow/ide-go-lib/table"
)

// TestEmptyTexts: an empty text is one wherever it is read, also before any other value of its column.
func TestEmptyTexts(t *testing.T) {
	e := newEngine(t)
	got := run(t, e, sqlPlan("SELECT * FROM (VALUES ('', ''::BLOB, 1), (NULL, NULL, 2), ('', ''::BLOB, 3), ('x', 'x'::BLOB, 4), ('', ''::BLOB, 5)) AS t(a, b, n)"))
	want := "[\"\",\"\",1]\n[null,null,2]\n[\"\",\"\",3]\n[\"x\",\"eA==\",4]\n[\"\",\"\",5]\n"
	if s := lines(t, e, got); s != want {
		t.Errorf("page:\n%swant\n%s", s, want)
	}
	preview, err := e.Preview(t.Context(), tenant, over(got, "SELECT * FROM input"), table.PreviewOptions{Limit: 10})
	if s := join(preview.Rows); err != nil || s != want {
		t.Errorf("preview: %v\n%swant\n%s", err, s, want)
	}
	for batch := range arrowOfTable(t, e, got, nil) {
		for i, null := range []bool{false, true, false, false, false} {
			if batch.Column(0).IsNull(i) != null || batch.Column(1).IsNull(i) != null {
				t.Errorf("Arrow, row %d: null is %t and %t", i, batch.Column(0).IsNull(i), batch.Column(1).IsNull(i))
			}
		}
	}
}

// arrowOfTable gives the batches of a table.
func arrowOfTable(t *testing.T, e *Engine, tab table.Table, req *table.PageRequest) iter.Seq[arrow.RecordBatch] {
	t.Helper()
	var b bytes.Buffer
	if _, err := e.WriteArrow(t.Context(), tenant, tab.Artifact, req, &b); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(arrow.RecordBatch) bool) {
		defer r.Release()
		for r.Next() {
			if !yield(r.RecordBatch()) {
				return
			}
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
