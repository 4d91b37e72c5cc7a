package duck

import (
	"os"
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/table"
)

// CSV has only texts: what is nested is JSON there, as other programs read it, and not as the engine writes it.
func TestNestedInCSV(t *testing.T) {
	e := newEngine(t)
	from := run(t, e, sqlPlan(`SELECT 1 AS p, {'k': 'it''s', 'n': [1, NULL]} AS s, ['a,b', NULL] AS l, MAP {'x': 1.5} AS m, '{"a": 1}'::JSON AS j, '"plain"'::JSON AS t, NULL::INT[] AS none, ['NaN'::DOUBLE, 0.5] AS nan`))
	const want = `"{""k"":""it's"",""n"":[1,null]}","[""a,b"",null]","{""x"":1.5}","{""a"": 1}",plain,,"[""NaN"",0.5]"` + "\n"
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	no := false
	if err := e.Export(t.Context(), tenant, from.Artifact, path, table.ExportOptions{Header: &no}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "1,"+want {
		t.Errorf("%q, %v; want %q", got, err, "1,"+want)
	}
	parts := filepath.Join(dir, "parts")
	if err := e.Export(t.Context(), tenant, from.Artifact, parts, table.ExportOptions{Format: "csv", Header: &no, Partition: []string{"p"}}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(parts, "p=1", "part0.csv")); err != nil || string(got) != want {
		t.Errorf("in parts %q, %v; want %q", got, err, want)
	}
}
