package duck

import (
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// TestJSONKeepsWholeNumbers: beside others, or too long for BIGINT, they do not become DOUBLE where that would round them.
func TestJSONKeepsWholeNumbers(t *testing.T) {
	e := newEngine(t)
	filler := strings.Repeat(`{"a": 1, "at": "2024-01-02"}`+"\n", 60_000) // more than is looked at in one piece
	for _, c := range []struct{ content, columns, rows string }{
		{`[{"a": 9007199254740993, "b": "x"}, {"a": 1.5}, {"b": "1234567890123456789"}, {"a": null}]`, "a DECIMAL(18,1), b VARCHAR",
			"[\"9007199254740993.0\",\"x\"]\n[1.5,null]\n[null,\"1234567890123456789\"]\n[null,null]\n"},
		{`{"a": 123456789012345678901234}` + "\n" + `{"a": -5}`, "a DECIMAL(38,0)", "[\"123456789012345678901234\"]\n[-5]\n"},
		{`{"a": 1234567890123456789012345678901234567890}` + "\n" + `{"a": 0.5}`, "a VARCHAR", "[\"1234567890123456789012345678901234567890\"]\n[\"0.5\"]\n"},
		{`[{"s": {"x": 9007199254740993}, "l": [1, 0.5]}, {"s": {"x": 0.5}, "l": []}]`, "s JSON, l DOUBLE[]", "[{\"x\":\"9007199254740993\"},[1.0,0.5]]\n[{\"x\":0.5},[]]\n"},
		{`[{"a": 9007199254740992, "id": 9007199254740993}, {"a": 1.5, "id": 1}]`, "a DOUBLE, id BIGINT", "[9007199254740992.0,\"9007199254740993\"]\n[1.5,1]\n"},
		{`[{"a": 0.30000000000000004}, {"a": 1e300}]`, "a DOUBLE", "[0.30000000000000004]\n[1e+300]\n"},
		{`{"a": 1.5, "at": "2024-01-02", "s": "a, \"9007199254740993\""}` + "\n" + `{"a": 9007199254740993, "at": "2024-01-03"}`, "a DECIMAL(18,1), at DATE, s VARCHAR",
			"[1.5,\"2024-01-02\",\"a, \\\"9007199254740993\\\"\"]\n[\"9007199254740993.0\",\"2024-01-03\",null]\n"},
	} {
		got, err := e.Import(t.Context(), tenant, writeFile(t, "f.json", c.content), table.ImportOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.content, err)
			continue
		}
		if s := types(got.Meta.Columns); s != c.columns {
			t.Errorf("%s: columns %s, want %s", c.content, s, c.columns)
		}
		if s := lines(t, e, got); s != c.rows {
			t.Errorf("%s:\n%swant\n%s", c.content, s, c.rows)
		}
	}
	late := filler + `{"a": 9007199254740993, "at": "2024-01-03"}` + "\n" + `{"a": 1.5, "at": "2024-01-04"}` + "\n"
	got, err := e.Import(t.Context(), tenant, writeFile(t, "f.ndjson", late), table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Offset: 59_999, Limit: 10})
	if want := "[\"1.0\",\"2024-01-02\"]\n[\"9007199254740993.0\",\"2024-01-03\"]\n[\"1.5\",\"2024-01-04\"]\n"; err != nil || join(page.Rows) != strings.NewReplacer(`"1.0"`, "1.0", `"1.5"`, "1.5").Replace(want) {
		t.Errorf("%v, %s %s", err, types(got.Meta.Columns), join(page.Rows))
	}
}

// TestJSONKeepsFractions: with more digits than DOUBLE has, they become DECIMAL, and stay DOUBLE with what it keeps, or where DECIMAL
// does not hold all of them, which is told.
func TestJSONKeepsFractions(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct{ content, columns, rows string }{
		{`[{"a": 0.1234567890123456789, "b": "x"}, {"a": 1.5}, {"a": -2}, {"a": null}]`, "a DECIMAL(38,19), b VARCHAR",
			"[\"0.1234567890123456789\",\"x\"]\n[\"1.5000000000000000000\",null]\n[\"-2.0000000000000000000\",null]\n[null,null]\n"},
		{`{"a": 123456789.123456789}` + "\n" + `{"a": 1}`, "a DECIMAL(18,9)", "[\"123456789.123456789\"]\n[1.000000000]\n"},
		{`{"a": 0.12345678901234567}` + "\n" + `{"a": 9007199254740993}`, "a DECIMAL(38,17)", "[\"0.12345678901234567\"]\n[\"9007199254740993.00000000000000000\"]\n"},
		{`{"a": 0.1234567890123456789}` + "\n" + `{"a": 1e-7}`, "a DECIMAL(38,19)", "[\"0.1234567890123456789\"]\n[0.0000001000000000000]\n"},
		{`[{"a":0.10000000000000000555},{"a":1e-7}]`, "a DECIMAL(38,20)", "[\"0.10000000000000000555\"]\n[0.00000010000000000000]\n"},
		{`[{"a":0.10000000000000000555},{"a":1e300}]`, "a DOUBLE", "[0.1]\n[1e+300]\n"},
		{`{"a": 3.141592653589793238462643383279502884197169}`, "a DOUBLE", "[3.141592653589793]\n"},
		{`{"a\"b": 1.234567890123456789e5, "s": "0.1234567890123456789"}`, "a\"b DECIMAL(38,13), s VARCHAR", "[\"123456.7890123456789\",\"0.1234567890123456789\"]\n"},
		{`{"a": 0.1234567890123456789, "s": 1}` + "\n" + `{"a": true, "s": {"a": 1}}`, "a JSON, s JSON", "[\"0.1234567890123456789\",1]\n[true,{\"a\":1}]\n"},
		{`{"s": {"a": 0.1234567890123456789}, "a": 0.5}`, `s STRUCT(a DOUBLE), a DOUBLE`, "[{\"a\":0.12345678901234568},0.5]\n"},
		{`[0.1234567890123456789, 1]`, "json DOUBLE", "[0.12345678901234568]\n[1.0]\n"},
		// Of doubles as they are usually written every digit comes back.
		{`[{"a": 0.30000000000000004, "b": 0.10000000000000001}, {"a": 1e300, "b": 1.7976931348623157e308}, {"a": 5e-324, "b": 0.5000000000000000000000}]`, "a DOUBLE, b DOUBLE",
			"[0.30000000000000004,0.1]\n[1e+300,1.7976931348623157e+308]\n[5e-324,0.5]\n"},
	} {
		path := writeFile(t, "f.json", c.content)
		got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.content, err)
			continue
		}
		if s := types(got.Meta.Columns); s != c.columns {
			t.Errorf("%s: columns %s, want %s", c.content, s, c.columns)
		}
		if s := lines(t, e, got); s != c.rows {
			t.Errorf("%s:\n%swant\n%s", c.content, s, c.rows)
		}
	}
	path := writeFile(t, "f.json", `[{"a": 0.1234567890123456789}, {"a": 1.5}]`)
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Types: map[string]string{"a": "DOUBLE"}}, nil)
	if err != nil || lines(t, e, got) != "[0.12345678901234568]\n[1.5]\n" {
		t.Errorf("a type that is set: %v", err)
	}
	path = writeFile(t, "f.json", `[{"a": 0.1234567890123456789, "s": {"x": [0.5, 0.98765432109876543210]}}, {"a": 1e300, "s": {"x": []}}, {"a": 0.1234567890123456781, "s": null}]`)
	got, err = e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
	want := []table.Rounded{{Column: "a", Type: "DOUBLE", Rows: 2, Value: "0.1234567890123456789"}, {Column: "s", Type: "DOUBLE", Rows: 1, Value: "0.98765432109876543210"}}
	if err != nil || !slices.Equal(got.Rounded, want) || types(got.Meta.Columns) != "a DOUBLE, s STRUCT(x DOUBLE[])" {
		t.Errorf("what DOUBLE does not keep: %v %+v %s", err, got.Rounded, types(got.Meta.Columns))
	}
	got, err = e.Import(t.Context(), tenant, path, table.ImportOptions{Types: map[string]string{"A": "VARCHAR", "s": "VARCHAR"}}, nil)
	if err != nil || got.Rounded != nil || !strings.HasPrefix(lines(t, e, got), `["0.1234567890123456789","{'x': [0.5, \"0.98765432109876543210\"]}"]`) {
		t.Errorf("texts that are asked for: %v %+v %s", err, got.Rounded, lines(t, e, got))
	}
	_, err = e.Import(t.Context(), tenant, writeFile(t, "f.json", `{"a": 0.1234567890123456789}`+"\n"+`{"a": }`), table.ImportOptions{}, nil)
	if pub := errs.From(err); pub == nil || pub.Code != "json_invalid" || !strings.Contains(pub.Message, "line 2") {
		t.Errorf("a mistake: %v", err)
	}
}

// TestTypesSetRoundNothing: a type that the user sets holds the number, or the file is refused.
func TestTypesSetRoundNothing(t *testing.T) {
	e := newEngine(t)
	path := writeFile(t, "f.json", `[{"a": 1.7, "b": "2.5"}, {"a": 2, "b": "3"}]`)
	for column, typ := range map[string]string{"a": "BIGINT", "b": "DECIMAL(9,0)"} {
		_, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Types: map[string]string{column: typ}}, nil)
		if pub := errs.From(err); pub == nil || pub.Code != "type_mismatch" || !strings.Contains(pub.Message, `in the column "`+column+`" of f.json is no `+typ) {
			t.Errorf("%s: %v", column, err)
		}
	}
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Types: map[string]string{"a": "DECIMAL(9,1)", "b": "DOUBLE"}}, nil)
	if err != nil || lines(t, e, got) != "[1.7,2.5]\n[2.0,3.0]\n" {
		t.Errorf("%v", err)
	}
}
