package duck

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

const tenant = "default"

func newEngine(t testing.TB) *Engine {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 2048, TempMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// newSampler is an engine that looks at less of a file before it reads it, so that what comes behind comes sooner. There are
// still some of DuckDB's vectors of rows before that.
func newSampler(t testing.TB) *Engine {
	t.Helper()
	e := newEngine(t)
	e.sample = 128 << 10
	return e
}

// userSQL is a relation that is all a user's SQL; the input is called "input".
type userSQL struct {
	text string
	args []any
}

func (u userSQL) Query(in map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	if i, ok := in["table"]; ok {
		b.Text("WITH input AS NOT MATERIALIZED (SELECT * FROM ", i.Name, ") ")
	}
	b.Text("SELECT * FROM ").Select("with.sql", table.SQL{Text: u.text, Args: u.args})
	return b.Query()
}

func sqlPlan(text string, args ...any) table.Plan { return table.Plan{Relation: userSQL{text, args}} }

func over(src table.Table, text string, args ...any) table.Plan {
	return table.Plan{Relation: userSQL{text, args}, Inputs: map[string]table.Source{"table": {Artifact: src.Artifact}}}
}

func run(t testing.TB, e *Engine, p table.Plan) table.Table {
	t.Helper()
	got, err := e.Run(t.Context(), tenant, p, nil)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return got
}

// lines gives all rows of a table, one JSON array a line.
func lines(t testing.TB, e *Engine, tab table.Table) string {
	t.Helper()
	page, err := e.Page(t.Context(), tenant, tab.Artifact, table.PageRequest{Limit: 1000})
	if err != nil {
		t.Fatalf("page: %v", err)
	}
	return join(page.Rows)
}

func join(rows []json.RawMessage) string {
	var b strings.Builder
	for _, r := range rows {
		b.Write(r)
		b.WriteByte('\n')
	}
	return b.String()
}

func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return errs.From(err).Code
}

func TestRunPageAndFusion(t *testing.T) {
	e := newEngine(t)
	a := run(t, e, sqlPlan("SELECT range AS i, 'n' || range AS name FROM range(5)"))
	if a.Meta.Rows != 5 || len(a.Meta.Columns) != 2 || a.Meta.Columns[1] != (table.Column{Name: "name", Type: "VARCHAR"}) {
		t.Errorf("meta = %+v", a.Meta)
	}
	inner := over(a, "SELECT i * $1 AS i, name FROM input WHERE i > $2", json.Number("10"), json.Number("1"))
	outer := table.Plan{Relation: userSQL{"SELECT sum(i) AS total, count(*) AS n FROM input WHERE i IN (SELECT unnest($1))", []any{[]any{json.Number("20"), json.Number("40")}}},
		Inputs: map[string]table.Source{"table": {Plan: &inner}}}
	fused := run(t, e, outer)
	if got := lines(t, e, fused); got != "[60,2]\n" {
		t.Errorf("fused: %s", got)
	}
	mid := run(t, e, inner)
	outer.Inputs = map[string]table.Source{"table": {Artifact: mid.Artifact}}
	unfused := run(t, e, outer)
	if unfused.Artifact != fused.Artifact {
		t.Errorf("unfused differs: %+v, %+v", unfused, fused)
	}
	cols, err := e.Describe(t.Context(), tenant, outer)
	if err != nil || len(cols) != 2 || cols[0].Type != "BIGINT" {
		t.Errorf("%v, %v", cols, err)
	}
}

func TestImportBirdstrikes(t *testing.T) {
	e := newEngine(t)
	got, err := e.Import(t.Context(), tenant, "../../../examples/birdstrikes/data/birdstrikes.csv", table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(got.Meta)
	if got.Meta.Rows != 10000 {
		t.Errorf("rows = %d", got.Meta.Rows)
	}
}
