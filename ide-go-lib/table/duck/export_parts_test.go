package duck

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
