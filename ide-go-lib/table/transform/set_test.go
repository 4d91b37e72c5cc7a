package transform_test

import (
	"encoding/json"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/table/transform/sql"
)

// TestASetOfNumbers: numbers are allowed however they are written, and none is that is another one.
func TestASetOfNumbers(t *testing.T) {
	e := engine(t)
	for _, c := range []struct{ column, values, want string }{
		{"(1), (2), (3), (NULL)", `[1, 2]`, "kept kept broken kept"},
		{"(1), (2), (3)", `["1", 2.0]`, "kept kept broken"},
		{"(1::DOUBLE), (2.5), (3)", `[1, "2.50"]`, "kept kept broken"},
		{"(0.1::FLOAT), (2)", `[0.1]`, "kept broken"},
		{"(1.50::DECIMAL(9,2)), (0.01)", `[1.5, 0.012]`, "kept broken"},
		{"(0.50::DECIMAL(2,2)), (0.01)", `[0.5, 99]`, "kept broken"},
		{"(1), (2)", `[1.5, 1e400, "x", 1e2]`, "broken broken"},
		{"(9007199254740992::DOUBLE), (1)", `[9007199254740993, 1]`, "broken kept"},
		{"(100::SMALLINT), (101)", `[1e2, 100000]`, "kept broken"},
		{"('1'), ('1.0'), ('01')", `[1]`, "kept broken broken"},
		{"(true), (false)", `[true]`, "kept broken"},
	} {
		rule := judge.Rule{Check: judge.InSet, Columns: []string{"a"}}
		if err := json.Unmarshal([]byte(c.values), &rule.Values); err != nil {
			t.Fatal(err)
		}
		in := run(t, e, sql.Config{Select: query("SELECT * FROM (VALUES " + c.column + ") AS t(a)")}, nil)
		got := run(t, e, judge.Config{Rules: []judge.Rule{rule}}, from(in))
		told := strings.Split(values(t, e, got), " ")
		for i, row := range told {
			told[i] = map[bool]string{true: "kept", false: "broken"}[strings.HasSuffix(row, ",[]]")]
		}
		if all := strings.Join(told, " "); all != c.want {
			t.Errorf("%s in %s: %s, want %s", c.column, c.values, all, c.want)
		}
	}
	none := judge.Config{Rules: []judge.Rule{{Check: judge.InSet, Columns: []string{"a"}, Values: []literal.Value{literal.Of("1"), {}}}}}
	if found := none.Check(); len(found) != 1 || found[0].Field != "with.rules[0].values[1]" {
		t.Error(found)
	}
}
