package transform_test

import (
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/transform/cast"
	"dataflow/ide-go-lib/table/transform/clean"
	"dataflow/ide-go-lib/table/transform/compare"
	"dataflow/ide-go-lib/table/transform/flatten"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/table/transform/lookup"
	"dataflow/ide-go-lib/table/transform/sql"
	"dataflow/ide-go-lib/table/transform/union"
	"dataflow/ide-go-lib/table/transform/unpivot"
)

func values(t *testing.T, e *duck.Engine, tab table.Table) string {
	t.Helper()
	page, err := e.Page(t.Context(), tenant, tab.Artifact, table.PageRequest{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range page.Rows {
		rows = append(rows, string(r))
	}
	return strings.Join(rows, " ")
}

// TestNumbersStay: no transform rounds a number without being told to.
func TestNumbersStay(t *testing.T) {
	e := engine(t)
	made := func(text string) table.Table {
		return run(t, e, sql.Config{Select: query("SELECT * FROM (VALUES " + text + ") AS t(a)")}, nil)
	}
	whole, double, small := made("(9007199254740993), (NULL)"), made("(1.5::DOUBLE)"), made("(7::BIGINT), (NULL)")
	as := func(typ, onError string) cast.Config {
		return cast.Config{Columns: []cast.Column{{Name: "a", Type: typ}}, OnError: onError}
	}
	number := func(typ string) clean.Config {
		return clean.Config{Steps: []clean.Step{{Do: clean.Number, Columns: []string{"a"}, Type: typ, Unreadable: clean.Null, Decimal: "point", Percent: "fraction"}}}
	}
	for name, c := range map[string]struct {
		relation table.Relation
		inputs   map[string]table.Source
		want     string // rows, or a part of the message
	}{
		"text to a whole number":      {as("BIGINT", "fail"), from(made("('1'), ('1.7')")), `The number 1.7 in the column "a" is no BIGINT, which would round it.`},
		"text to null":                {as("BIGINT", "null"), from(made("('1'), ('1.7'), ('17e-1'), ('1.0'), ('x'), (NULL)")), "[1] [null] [null] [1] [null] [null]"},
		"number to a whole number":    {as("INTEGER", "fail"), from(double), "The number 1.5 in the column"},
		"number to null":              {as("INTEGER", "null"), from(made("(1.5::DOUBLE), (2), ('NaN')")), "[null] [2] [null]"},
		"decimal to fewer digits":     {as("DECIMAL(9,2)", "fail"), from(made("(1.005)")), "The number 1.005 in the column"},
		"decimal to a whole number":   {as("BIGINT", "null"), from(made("(1.50), (3.00)")), "[null] [3]"},
		"number to a decimal":         {as("DECIMAL(9,2)", "fail"), from(made("(1.1::DOUBLE), (2.675)")), "The number 2.675"},
		"number to a decimal that is": {as("DECIMAL(9,2)", "fail"), from(made("(1.1::DOUBLE), (0.07)")), "[1.10] [0.07]"},
		"no number at all":            {as("BIGINT", "fail"), from(made("('a.b')")), `The text "a.b" in the column "a"`},
		"union":                       {union.Config{Match: "name"}, ported("table", whole, "table[1]", double), "The number 9007199254740993"},
		"union, the other way":        {union.Config{Match: "position"}, ported("table", double, "table[1]", whole), "The number 9007199254740993"},
		"union that keeps all":        {union.Config{Match: "name"}, ported("table", double, "table[1]", small), "[1.5] [7.0] [null]"},
		"union with FLOAT":            {union.Config{Match: "name"}, ported("table", made("(1.5::FLOAT)"), "table[1]", made("(16777217)")), "[1.5] [16777217.0]"},
		"cleaned decimals":            {number("DECIMAL(18,2)"), from(made("('1.005'), ('2.50'), ('1.5 %')")), "[null] [2.50] [null]"},
		"cleaned numbers":             {number(""), from(made("('9007199254740993'), ('9007199254740992'), ('1.005')")), "[null] [9007199254740992.0] [1.005]"},
		"flatten":                     {flatten.Config{Columns: []string{"a"}, Depth: 1}, from(made(`('{"n": 9007199254740993}'), ('{"n": 1.5}')`)), "The number 9007199254740993 at /n has more digits"},
		"flatten of long numbers":     {flatten.Config{Columns: []string{"a"}, Depth: 1}, from(made(`('{"n": 123456789012345678901234567}')`)), "The number 123456789012345678901234567 at /n"},
		"flatten that keeps all":      {flatten.Config{Columns: []string{"a"}, Depth: 1}, from(made(`('{"n": 9007199254740992}'), ('{"n": 1.5}'), ('{"n": null}')`)), "[9007199254740992.0] [1.5] [null]"},
		"unpivot": {unpivot.Config{Name: "name", Value: "value"}, from(run(t, e, sql.Config{Select: query("SELECT 9007199254740993 AS x, 1.5::DOUBLE AS y")}, nil)),
			"The number 9007199254740993"},
		"unpivot that keeps all": {unpivot.Config{Name: "name", Value: "value"}, from(run(t, e, sql.Config{Select: query("SELECT 7::BIGINT AS x, 1.5::DOUBLE AS y")}, nil)),
			`["x",7.0] ["y",1.5]`},
	} {
		got, err := e.Run(t.Context(), tenant, table.Plan{Relation: c.relation, Inputs: c.inputs}, nil)
		if err != nil {
			if pub := errs.From(err); pub.Code != "type_mismatch" || !strings.Contains(pub.Message, c.want) {
				t.Errorf("%s: %s: %s", name, pub.Code, pub.Message)
			}
			continue
		}
		if rows := values(t, e, got); rows != c.want {
			t.Errorf("%s: %s, want %s", name, rows, c.want)
		}
	}
}

func TestDifferencesOfLargeNumbers(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		before, after, want string
		tolerance           float64
	}{
		{"9007199254740993", "9007199254740992::DOUBLE", "changed", 0},
		{"9007199254740992::DOUBLE", "9007199254740993", "changed", 0},
		{"9007199254740992", "9007199254740992::DOUBLE", "unchanged", 0},
		{"0.10::DECIMAL(18,2)", "0.1::DOUBLE", "unchanged", 0},
		{"9007199254740993", "9007199254740992", "changed", 0.5},
		{"9007199254740993", "9007199254740992", "unchanged", 1},
		{"12345678901234567.89::DECIMAL(30,2)", "12345678901234567.79::DECIMAL(30,2)", "changed", 0.05},
		{"9223372036854775807", "-9223372036854775808", "changed", 0.5},
		{"1.5::DOUBLE", "1.6::DOUBLE", "unchanged", 0.2},
	} {
		side := func(text string) table.Table {
			return run(t, e, sql.Config{Select: query("SELECT 1 AS k, " + text + " AS v")}, nil)
		}
		got := run(t, e, compare.Config{Keys: []string{"k"}, Tolerance: c.tolerance, Unchanged: true, Layout: "rows"}, ported("before", side(c.before), "after", side(c.after)))
		if rows := values(t, e, got); !strings.HasPrefix(rows, `["`+c.want+`"`) {
			t.Errorf("%s and %s by %v: %s, want %s", c.before, c.after, c.tolerance, rows, c.want)
		}
	}
}

// TestKeysOfNumbers: no row has a partner whose number is another one and becomes the same only as DOUBLE.
func TestKeysOfNumbers(t *testing.T) {
	e := engine(t)
	on := []join.Key{{Left: "k"}}
	looked := lookup.Config{On: []lookup.Key{{Table: "k"}}, Columns: []lookup.Column{{Name: "v", As: "w"}}, Missing: "drop", Several: "first"}
	reference := judge.Config{Rules: []judge.Rule{{Check: judge.Reference, Columns: []string{"k"}}}}
	pairs := compare.Config{Keys: []string{"k"}, Unchanged: true, Layout: "rows"}
	for _, c := range []struct {
		left, right string
		same, lost  bool
	}{
		{"9007199254740993", "9007199254740992::DOUBLE", false, true},
		{"9007199254740992", "9007199254740992::DOUBLE", true, false},
		{"9223372036854775807", "9223372036854775807::DOUBLE", false, true},
		{"9007199254740993::DECIMAL(20,2)", "9007199254740992::DOUBLE", false, true},
		{"0.10::DECIMAL(18,2)", "0.1::DOUBLE", true, false},
		{"0.10::DECIMAL(18,2)", "0.1::FLOAT", true, false},
		{"16777217::INTEGER", "16777216::FLOAT", false, false},
		{"16777216::INTEGER", "16777216::FLOAT", true, false},
		{"7::INTEGER", "7::DOUBLE", true, false},
	} {
		for _, swapped := range []bool{false, true} {
			one, other := c.left, c.right
			if swapped {
				one, other = other, one
			}
			side := func(text string) table.Table {
				return run(t, e, sql.Config{Select: query("SELECT " + text + " AS k, 1 AS v UNION ALL SELECT NULL, 2")}, nil)
			}
			left, right := side(one), side(other)
			found := map[bool]int{true: 1}[c.same]
			for name, relation := range map[string]struct {
				relation    table.Relation
				first, next string
				rows        int
			}{
				"inner": {join.Config{Kind: "inner", On: on, Suffix: "_r"}, "left", "right", found},
				"left":  {join.Config{Kind: "left", On: on, Suffix: "_r"}, "left", "right", 2},
				"semi":  {join.Config{Kind: "semi", On: on, Suffix: "_r"}, "left", "right", found},
				"anti":  {join.Config{Kind: "anti", On: on, Suffix: "_r"}, "left", "right", 2 - found},
				"asof":  {join.Config{Kind: "asof", On: on, Nearest: join.Key{Left: "v"}, Direction: "backward", Suffix: "_r"}, "left", "right", 2},
				"look":  {looked, "table", "lookup", found},
			} {
				got := run(t, e, relation.relation, ported(relation.first, left, relation.next, right))
				if got.Meta.Rows != int64(relation.rows) {
					t.Errorf("%s of %s and %s: %s", name, one, other, values(t, e, got))
				}
			}
			for name, relation := range map[string]struct {
				relation    table.Relation
				first, next string
				rows        int
				lost        bool
			}{
				"full":  {join.Config{Kind: "full", On: on, Suffix: "_r"}, "left", "right", 4 - found, c.lost},
				"right": {join.Config{Kind: "right", On: on, Suffix: "_r"}, "left", "right", 2, c.lost && swapped},
				"pairs": {pairs, "before", "after", 3 - found, c.lost},
			} { // which have both keys in one column, where none may become another
				got, err := e.Run(t.Context(), tenant, table.Plan{Relation: relation.relation, Inputs: ported(relation.first, left, relation.next, right)}, nil)
				refused := err != nil && strings.Contains(errs.From(err).Message, `in the column "k" has more digits than DOUBLE keeps`)
				if refused != relation.lost || err == nil && got.Meta.Rows != int64(relation.rows) {
					t.Errorf("%s of %s and %s: %v %+v", name, one, other, err, got.Meta)
				}
			}
			if rows := values(t, e, run(t, e, reference, ported("table", left, "reference", right))); strings.Contains(rows, ",1,[]]") != c.same || !strings.Contains(rows, "[null,2,[]]") {
				t.Errorf("reference of %s and %s: %s", one, other, rows)
			}
		}
	}
}

func TestRulesOfNumbers(t *testing.T) {
	e := engine(t)
	in := run(t, e, sql.Config{Select: query("SELECT * FROM (VALUES (1.0::DOUBLE, '1', 1.0::FLOAT), ('NaN', '1.7', 'NaN'), (2.5, '2.0', NULL), (-1, 'x', 3)) AS t(d, s, f)")}, nil)
	for _, c := range []struct {
		rule judge.Rule
		want string
	}{
		{judge.Rule{Check: judge.InRange, Columns: []string{"d"}, Min: literal.Of("0")}, "[2] [4]"},
		{judge.Rule{Check: judge.InRange, Columns: []string{"f"}, Min: literal.Of("0"), Max: literal.Of("9")}, "[2]"},
		{judge.Rule{Check: judge.OfType, Columns: []string{"s"}, Type: "bigint"}, "[2] [4]"},
		{judge.Rule{Check: judge.OfType, Columns: []string{"d"}, Type: "INTEGER"}, "[2] [3]"},
		{judge.Rule{Check: judge.OfType, Columns: []string{"s"}, Type: "DECIMAL(9,1)"}, "[4]"},
		{judge.Rule{Check: judge.OfType, Columns: []string{"s"}, Type: "DOUBLE"}, "[4]"},
	} {
		judged := run(t, e, judge.Config{Rules: []judge.Rule{c.rule}}, from(in))
		got := run(t, e, sql.Config{Select: query("SELECT n FROM (SELECT *, row_number() OVER () AS n FROM input) WHERE len(__broken__) > 0")}, map[string]table.Source{"input": {Artifact: judged.Artifact}})
		if rows := values(t, e, got); rows != c.want {
			t.Errorf("%s: %s, want %s", c.rule.Label(), rows, c.want)
		}
	}
}
