package duck

import (
	"os"
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
)

// Neither the folders that a file is in nor those that artifacts are kept in become columns.
func TestFoldersMakeNoColumns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "env=prod", "a=7")
	store, err := local.New(filepath.Join(dir, "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 2048, TempMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	const want, row = "a BIGINT, b VARCHAR", "[1,\"x\"]\n"
	names := map[string]string{"x.csv": "a,b\n1,x\n", "x.json": `[{"a": 1, "b": "x"}]`, "x.ndjson": `{"a": 1, "b": "x"}`}
	parquet := filepath.Join(dir, "x.parquet")
	if err := e.Export(t.Context(), tenant, run(t, e, sqlPlan("SELECT 1::BIGINT AS a, 'x' AS b")).Artifact, parquet, table.ExportOptions{}); err != nil {
		t.Fatal(err)
	}
	names["x.parquet"] = ""
	for name, content := range names {
		path := filepath.Join(dir, name)
		if content != "" {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if s, rows := types(got.Meta.Columns), lines(t, e, got); s != want || rows != row {
			t.Errorf("%s: %s %s", name, s, rows)
		}
		sum := run(t, e, over(got, "SELECT * FROM input"))
		if s, rows := types(sum.Meta.Columns), lines(t, e, sum); s != want || rows != row {
			t.Errorf("%s in a query: %s %s", name, s, rows)
		}
		if place, ok, err := inPlace(t, e, path, table.ImportOptions{}); ok && (err != nil || types(place.Meta.Columns) != want || lines(t, e, place) != row) {
			t.Errorf("%s in place: %s %s, %v", name, types(place.Meta.Columns), lines(t, e, place), err)
		}
	}
}
