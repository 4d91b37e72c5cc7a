package duck

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table"
)

// Whatever is in a table, its JSON is valid, on one line, and has all digits.
func TestJSONOfRows(t *testing.T) {
	e := newEngine(t)
	var columns, wants []string
	for _, c := range [][3]string{
		{"p", `1`, `-`},
		{"nan", `'NaN'::DOUBLE`, `"NaN"`},
		{"inf", `'-Infinity'::FLOAT`, `"-Infinity"`},
		{"real", `0.1::FLOAT`, `0.1`},
		{"big", `1e300::DOUBLE`, `1e+300`},
		{"int", `9223372036854775807`, `9223372036854775807`},
		{"dec", `12345678901234567890.123456789::DECIMAL(38,9)`, `12345678901234567890.123456789`},
		{"text", `'a"b\c' || chr(10) || chr(7) || ',é'`, `"a\"b\\c\n\u0007,é"`},
		{`q"'`, `true`, `true`},
		{"bytes", `'\xDE\xAD'::BLOB`, `"3q0="`},
		{"day", `DATE '2024-02-29'`, `"2024-02-29"`},
		{"moment", `TIMESTAMP '2024-02-29 01:02:03.5'`, `"2024-02-29T01:02:03.5"`},
		{"zoned", `TIMESTAMPTZ '2024-02-29 01:02:03+05'`, `"2024-02-28T20:02:03Z"`},
		{"ever", `'infinity'::TIMESTAMP`, `"infinity"`},
		{"json", `'{"a" :12345678901234567890.123}'::JSON`, `{"a" :12345678901234567890.123}`},
		{"lines", `('{' || chr(10) || '"nan": [NaN, -inf, "Infinity", 1E-5, null]}')::JSON`, `{ "nan": ["NaN", "-Infinity", "Infinity", 1E-5, null]}`},
		{"none", `NULL::JSON`, `null`},
		{"list", `[0.1::FLOAT, NULL, 'NaN']`, `[0.1,null,"NaN"]`},
		{"empty", `[]::DOUBLE[]`, `[]`},
		{"nolist", `NULL::DOUBLE[]`, `null`},
		{"deep", `[{'a b': MAP {'x"': ['inf'::DOUBLE]}, 'n': NULL::TIMESTAMP, 'j': '[1.000]'::JSON}]`, `[{"a b":{"x\"":["Infinity"]},"n":null,"j":[1.000]}]`},
		{"nostruct", `NULL::STRUCT(a DOUBLE)`, `null`},
		{"ints", `{'a': [1, NULL], 'b': 'x'}`, `{"a":[1,null],"b":"x"}`},
		{"t", `INTERVAL 1 MONTH`, `"1 month"`},
	} {
		columns = append(columns, c[1]+` AS "`+strings.ReplaceAll(c[0], `"`, `""`)+`"`)
		if c[2] != "-" {
			name, _ := json.Marshal(c[0])
			wants = append(wants, string(name)+":"+c[2])
		}
	}
	from := run(t, e, sqlPlan("SELECT "+strings.Join(columns, ", ")+" FROM range(2)"))
	dir := t.TempDir()
	check := func(path, want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%v\n%s\nnot\n%s", err, got, want)
		}
	}
	export := func(name string, opts table.ExportOptions) string {
		t.Helper()
		if err := e.Export(t.Context(), tenant, from.Artifact, filepath.Join(dir, name), opts); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	part := "{" + strings.Join(wants, ",") + "}"
	row := `{"p":1,` + part[1:]
	if !json.Valid([]byte(row)) {
		t.Fatal("what is wanted is no JSON")
	}
	check(export("a.ndjson", table.ExportOptions{}), row+"\n"+row+"\n")
	check(export("a.json", table.ExportOptions{}), "[\n\t"+row+",\n\t"+row+"\n]\n")
	check(filepath.Join(export("parts", table.ExportOptions{Format: "ndjson", Partition: []string{"p"}}), "p=1", "part0.json"), part+"\n"+part+"\n")
	from = run(t, e, sqlPlan("SELECT 1 AS a WHERE false"))
	check(export("none.ndjson", table.ExportOptions{}), "")
	if data, err := os.ReadFile(export("none.json", table.ExportOptions{})); err != nil || !json.Valid(data) {
		t.Errorf("%q, %v", data, err)
	}
}
