package check

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

func TestExamples(t *testing.T) {
	node.NewRegistry([]node.Type{Type()})
	for _, ex := range Type().Examples {
		t.Run(ex.Title, func(t *testing.T) { exampletest.New(t).Example(Type(), ex) })
	}
}

type rules = []map[string]any

func judgeRows(t *testing.T, b *exampletest.Bench, rows string, given rules) (value.Outputs, error) {
	t.Helper()
	in := b.Table(json.RawMessage(rows))
	return Type().Run(t.Context(), b.Call(map[string]any{"rules": given}, map[string][]value.Value{"table": {in}}))
}

// Each check lets through what is good, empty values among them, and finds what is not.
func TestChecks(t *testing.T) {
	b := exampletest.New(t)
	const rows = `[{"it's": "a", "n": 1, "d": "2024-01-01"}, {"it's": "b", "n": 2, "d": "2024-02-30"}, {"it's": null, "n": null, "d": null}, {"it's": "a", "n": 9, "d": "x"}]`
	col := func(name string) []any { return []any{name} }
	for name, c := range map[string]struct {
		rule   map[string]any
		broken []any // n of the rows that do not pass
	}{
		"not_null":           {map[string]any{"check": "not_null", "columns": col("n")}, []any{nil}},
		"unique":             {map[string]any{"check": "unique", "columns": col("it's")}, []any{1., 9.}},
		"unique together":    {map[string]any{"check": "unique", "columns": []any{"it's", "n"}}, nil},
		"in_set":             {map[string]any{"check": "in_set", "columns": col("it's"), "values": []any{"a", "c"}}, []any{2.}},
		"in_range":           {map[string]any{"check": "in_range", "columns": col("n"), "min": 2, "max": "8"}, []any{1., 9.}},
		"in_range one bound": {map[string]any{"check": "in_range", "columns": col("n"), "max": 2}, []any{9.}},
		"pattern":            {map[string]any{"check": "pattern", "columns": col("d"), "pattern": "[0-9-]+"}, []any{9.}},
		"type":               {map[string]any{"check": "type", "columns": col("d"), "type": "DATE"}, []any{2., 9.}},
		"condition":          {map[string]any{"check": "condition", "where": "n < 5 -- not nine"}, []any{nil, 9.}},
		"two columns":        {map[string]any{"check": "not_null", "columns": []any{"n", "it's"}}, []any{nil}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := judgeRows(t, b, rows, rules{c.rule})
			if err != nil {
				t.Fatal(err)
			}
			var got []any
			for _, row := range b.Rows(*out["failed"].Artifact).([]any) {
				got = append(got, row.(map[string]any)["n"])
			}
			if !reflect.DeepEqual(got, c.broken) {
				t.Errorf("broken are %v, not %v", got, c.broken)
			}
			if passed := out["passed"].Table; passed.Rows != int64(4-len(c.broken)) || len(passed.Columns) != 3 {
				t.Errorf("%+v", passed)
			}
		})
	}
}

// Rows that a stopping rule tolerates pass; one more stops the run, with the place and an example.
func TestTolerance(t *testing.T) {
	b := exampletest.New(t)
	rule := map[string]any{"check": "in_range", "columns": []any{"n"}, "max": 1, "severity": "fail", "tolerance": 50}
	out, err := judgeRows(t, b, `[{"n": 1}, {"n": 2}]`, rules{rule})
	if err != nil || out["passed"].Table.Rows != 2 || out["failed"].Table.Rows != 1 {
		t.Errorf("%v, %v", out, err)
	}
	_, err = judgeRows(t, b, `[{"n": 1}, {"n": 2}, {"n": 3}]`, rules{rule})
	e := errs.From(err)
	if e == nil || e.Code != "quality_failed" || e.Details[0].Field != "with.rules[0]" || !strings.Contains(e.Message, "such as 2 | 3") {
		t.Errorf("%+v", e)
	}
}

func TestReportOfNothing(t *testing.T) {
	b := exampletest.New(t)
	in := b.Table(json.RawMessage(`[{"n": 1}]`))
	out, err := Type().Run(t.Context(), b.Call(map[string]any{"rules": rules{{"check": "not_null", "columns": []any{"n"}}}}, map[string][]value.Value{"table": {in}}))
	if err != nil {
		t.Fatal(err)
	}
	var report Report
	if err := json.Unmarshal(out["report"].Data, &report); err != nil || report.Rules[0].Status != "passed" || report.Passed != 1 {
		t.Errorf("%s %v", out["report"].Data, err)
	}
}

func TestBadRules(t *testing.T) {
	b := exampletest.New(t)
	for i, c := range []struct {
		rule  map[string]any
		field string
	}{
		{map[string]any{"check": "not_null"}, "with.rules[0].columns"},
		{map[string]any{"check": "in_set", "columns": []any{"n"}}, "with.rules[0].values"},
		{map[string]any{"check": "in_range", "columns": []any{"n"}}, "with.rules[0].min"},
		{map[string]any{"check": "in_range", "columns": []any{"n"}, "min": "x"}, "with.rules[0].min"},
		{map[string]any{"check": "pattern", "columns": []any{"n"}, "pattern": "["}, "with.rules[0].pattern"},
		{map[string]any{"check": "type", "columns": []any{"n"}, "type": "NOTHING"}, "with.rules[0]"},
		{map[string]any{"check": "condition"}, "with.rules[0].where"},
		{map[string]any{"check": "condition", "where": "m > 1"}, "with.rules[0].where"},
		{map[string]any{"check": "not_null", "columns": []any{"m"}}, "with.rules[0].columns[0]"},
		{map[string]any{"check": "not_null", "columns": []any{"n"}, "tolerance": 200}, "with.rules[0].tolerance"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			_, err := judgeRows(t, b, `[{"n": 1}]`, rules{c.rule})
			e := errs.From(err)
			if e == nil || len(e.Details) == 0 || !strings.HasPrefix(e.Details[0].Field, c.field) {
				t.Errorf("%+v", e)
			}
		})
	}
}
