package duck

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestExportInParts(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT * FROM (VALUES ('a/b ../c', 1, 'x'), (NULL, 2, 'y'), ('', 1, 'z'), ('ü=1&%', 1, NULL), ('..', 1, 'w'), ('.', 1, 'u')) AS t(k, n, v)"))
	dir := filepath.Join(t.TempDir(), "out")
	err := e.Export(t.Context(), tenant, in.Artifact, dir, table.ExportOptions{Format: "parquet", Partition: []string{"k", "N"}, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"k=%C3%BC%3D1%26%25/n=1/x0.parquet", "k=../n=1/x0.parquet", "k=./n=1/x0.parquet", "k=/n=1/x0.parquet", "k=__HIVE_DEFAULT_PARTITION__/n=2/x0.parquet", "k=a%2Fb%20..%2Fc/n=1/x0.parquet",
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	for by, code := range map[string]string{"kk": "column_missing", "k,k": "column_twice", "k,n,v": "columns_all_keys"} {
		err = e.Export(t.Context(), tenant, in.Artifact, filepath.Join(t.TempDir(), "out"), table.ExportOptions{Format: "csv", Partition: strings.Split(by, ",")})
		if errs.From(err) == nil || errs.From(err).Code != code {
			t.Errorf("%s: %v", by, err)
		}
	}
}

// The rows of the files are those of the table, or it is refused.
func TestPartsAreApart(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT CASE r % 5 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'null' ELSE chr(CAST(r % 3 + 37 AS INTEGER)) END AS k, r FROM range(1000) t(r)"))
	dir := t.TempDir()
	if err := e.Export(t.Context(), tenant, in.Artifact, filepath.Join(dir, "out"), table.ExportOptions{Format: "parquet", Partition: []string{"k"}}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "out", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var rows int64
	for _, file := range files {
		part, err := e.Import(t.Context(), tenant, file, table.ImportOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows += part.Meta.Rows
	}
	if rows != 1000 || len(files) != 6 {
		t.Errorf("%d rows in %d files", rows, len(files))
	}
	in = run(t, e, sqlPlan("SELECT * FROM (VALUES ('__HIVE_DEFAULT_PARTITION__', 1), (NULL, 2)) AS t(k, n)"))
	err = e.Export(t.Context(), tenant, in.Artifact, filepath.Join(dir, "two"), table.ExportOptions{Format: "parquet", Partition: []string{"K"}})
	if errs.From(err) == nil || errs.From(err).Code != "part_invalid" {
		t.Error(err)
	}
	// What was begun is taken away for a second time, but not the folder of the caller.
	if err := emptied(dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// However many parts there are, few of them are in memory at a time; each is one file with its rows in their order.
func TestExportInManyParts(t *testing.T) {
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 384, TempMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	const parts = 400
	wide := ""
	for i := range 12 {
		wide += fmt.Sprintf(", md5(CAST(r + %d AS VARCHAR)) AS c%d", i, i)
	}
	in := run(t, e, sqlPlan(fmt.Sprintf("SELECT r %% %d AS p, r AS dataflow_row%s FROM range(50000) t(r)", parts, wide)))
	dir := filepath.Join(t.TempDir(), "out")
	if err := e.Export(t.Context(), tenant, in.Artifact, dir, table.ExportOptions{Format: "parquet", Partition: []string{"p"}}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != parts {
		t.Fatalf("%d files, %v", len(files), err)
	}
	one, err := e.Import(t.Context(), tenant, filepath.Join(dir, "p=7", "part0.parquet"), table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := e.Page(t.Context(), tenant, one.Artifact, table.PageRequest{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	// The folder alone tells p.
	if len(page.Columns) != 13 || len(page.Rows) != 125 || !strings.HasPrefix(string(page.Rows[0]), "[7,") || !strings.HasPrefix(string(page.Rows[124]), "[49607,") {
		t.Errorf("%d columns, %d rows, %s … %s", len(page.Columns), len(page.Rows), page.Rows[0], page.Rows[len(page.Rows)-1])
	}
}
