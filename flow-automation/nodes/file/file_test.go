package file

import (
	"reflect"
	"strings"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

func TestExamples(t *testing.T) {
	node.NewRegistry(Types()) // panics when a type is incomplete
	for _, typ := range Types() {
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
}

// TestRoundTrip writes and reads each format.
func TestRoundTrip(t *testing.T) {
	for _, format := range []string{"csv", "json", "ndjson", "parquet", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			b := exampletest.New(t)
			rows := []byte(`[{"i": 1, "f": 1.5, "s": "a,\"b\"\n中", "d": "2024-02-29", "b": true}, {"i": null, "f": -2.25, "s": null, "d": null, "b": false}]`)
			in := b.Table(rows)
			name := "out/data." + format
			if _, err := writeType().Run(t.Context(), b.Call(map[string]any{"path": name}, map[string][]value.Value{"table": {in}})); err != nil {
				t.Fatal(err)
			}
			if wrote := b.Details["written_rows"]; wrote != int64(2) {
				t.Errorf("%v rows said to be written", wrote)
			}
			out, err := readType().Run(t.Context(), b.Call(map[string]any{"path": name}, nil))
			if err != nil {
				t.Fatal(err)
			}
			got, want := b.Rows(*out["table"].Artifact), b.Rows(*in.Artifact)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %v\nwant %v", got, want)
			}
			if out["table"].Table.Columns[3].Type != "DATE" || out["table"].Table.Columns[4].Type != "BOOLEAN" {
				t.Errorf("columns %v", out["table"].Table.Columns)
			}
		})
	}
}

// TestDigitsThatAreLost: the log says where a number of JSON does not keep its digits.
func TestDigitsThatAreLost(t *testing.T) {
	b := exampletest.New(t)
	if _, err := b.Files.Put(t.Context(), exampletest.Tenant, "f.json", strings.NewReader(`[{"a": 0.1234567890123456789}, {"a": 1e300}]`)); err != nil {
		t.Fatal(err)
	}
	if _, err := readType().Run(t.Context(), b.Call(map[string]any{"path": "f.json"}, nil)); err != nil {
		t.Fatal(err)
	}
	if want := `Column "a" of f.json: 1 number has more digits than DOUBLE keeps, the first 0.1234567890123456789.`; !strings.Contains(strings.Join(b.Logs, "\n"), want) {
		t.Errorf("%q", b.Logs)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	b := exampletest.New(t)
	in := b.Table([]byte(`[{"a": 1}]`))
	if _, err := b.Files.Put(t.Context(), exampletest.Tenant, "broken.csv", strings.NewReader("a,b\n1,2\n3\n")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ        node.Type
		with       map[string]any
		code, hint string
	}{
		{readType(), map[string]any{"path": "brokn.csv"}, "file_not_found", `"broken.csv"`},
		{readType(), map[string]any{"path": "../x.csv"}, "path_outside", ""},
		{readType(), map[string]any{"path": "broken.csv"}, "csv_invalid", "skip"},
		{readType(), map[string]any{"path": "broken.csv", "format": "parquet"}, "parquet_invalid", ""},
		{writeType(), map[string]any{"path": "/etc/x.csv"}, "path_outside", ""},
		{writeType(), map[string]any{"path": "x.doc"}, "format_unknown", "csv"},
	} {
		_, err := c.typ.Run(t.Context(), b.Call(c.with, map[string][]value.Value{"table": {in}}))
		e := errs.From(err)
		if e == nil || e.Code != c.code || len(e.Details) == 0 || e.Details[0].Field != "with.path" || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%v: %v, details %+v", c.with, err, e)
		}
	}
	list, err := b.Files.List(t.Context(), exampletest.Tenant, "")
	if err != nil || len(list) != 1 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
