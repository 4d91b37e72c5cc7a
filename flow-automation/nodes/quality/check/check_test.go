package check

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/limit"
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
		"in_set of numbers":  {map[string]any{"check": "in_set", "columns": col("n"), "values": []any{1, 9.0}}, []any{2.}},
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
		{map[string]any{"check": "in_set", "columns": []any{"n"}, "values": []any{1, nil}}, "with.rules[0].values[1]"},
		{map[string]any{"check": "in_set", "columns": []any{"n"}, "values": []any{[]any{1}}}, "with.rules[0].values[0]"},
		{map[string]any{"check": "in_range", "columns": []any{"n"}}, "with.rules[0].min"},
		{map[string]any{"check": "in_range", "columns": []any{"n"}, "min": "x"}, "with.rules[0].min"},
		{map[string]any{"check": "pattern", "columns": []any{"n"}, "pattern": "["}, "with.rules[0].pattern"},
		{map[string]any{"check": "type", "columns": []any{"n"}, "type": "NOTHING"}, "with.rules[0]"},
		{map[string]any{"check": "condition"}, "with.rules[0].where"},
		{map[string]any{"check": "condition", "where": "m > 1"}, "with.rules[0].where"},
		{map[string]any{"check": "not_null", "columns": []any{"m"}}, "with.rules[0].columns[0]"},
		{map[string]any{"check": "not_null", "columns": []any{"n"}, "tolerance": 200}, "with.rules[0].tolerance"},
		{map[string]any{"check": "row_count"}, "with.rules[0].change"},
		{map[string]any{"check": "row_count", "min": 1, "severity": "quarantine"}, "with.rules[0].severity"},
		{map[string]any{"check": "row_count", "min": 1, "severity": "fail", "tolerance": 5}, "with.rules[0].tolerance"},
		{map[string]any{"check": "row_count", "min": 3, "max": 2}, "with.rules[0].max"},
		{map[string]any{"check": "row_count", "min": "many"}, "with.rules[0].min"},
		{map[string]any{"check": "freshness", "columns": []any{"n"}}, "with.rules[0].within"},
		{map[string]any{"check": "freshness", "columns": []any{"n"}, "within": "24"}, "with.rules[0].within"},
		{map[string]any{"check": "freshness", "columns": []any{"n"}, "within": "24h"}, "with.rules[0].columns[0]"},
		{map[string]any{"check": "distribution", "columns": []any{"n"}}, "with.rules[0].min"},
		{map[string]any{"check": "distribution", "columns": []any{"n", "n"}, "min": 1}, "with.rules[0].columns"},
		{map[string]any{"check": "distribution", "columns": []any{"m"}, "min": 1}, "with.rules[0].columns[0]"},
		{map[string]any{"check": "distribution", "columns": []any{"s"}, "min": 1}, "with.rules[0].columns[0]"},
		{map[string]any{"check": "distribution", "columns": []any{"n"}, "measure": "value_percent", "min": 1}, "with.rules[0].value"},
		{map[string]any{"check": "distribution", "columns": []any{"n"}, "measure": "value_percent", "value": "x", "min": 1}, "with.rules[0].value"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			_, err := judgeRows(t, b, `[{"n": 1, "s": "a"}]`, rules{c.rule})
			e := errs.From(err)
			if e == nil || len(e.Details) == 0 || !strings.HasPrefix(e.Details[0].Field, c.field) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// lastRun is an earlier run with so many rows.
type lastRun string

func (l lastRun) Fact(_ context.Context, tenant, flow, step, run, detail string) (json.RawMessage, error) {
	if tenant != exampletest.Tenant || flow != "flow" || step != "node" || run != "run" || detail != Detail {
		return nil, fmt.Errorf("asked for %s %s %s %s %s", tenant, flow, step, run, detail)
	}
	if l == "" {
		return nil, nil
	}
	return json.RawMessage(`{"rows": ` + l + `}`), nil
}

// What is measured of a table, whether it is as expected, and how that is told: what is expected only where the rule does not
// say so itself.
func TestWholeTables(t *testing.T) {
	b := exampletest.New(t)
	began := exampletest.Began.Format("2006-01-02T15:04:05")
	rows := `[{"n": 1, "s": "a", "at": "2026-11-29T12:00:00", "far": "2099-01-01T00:00:00", "e": 1.5}, {"n": 2, "s": "b", "at": "2026-11-28T00:00:00", "far": "` + began + `", "e": null}, {"n": 3, "s": "a", "at": null, "far": null, "e": null}, {"n": 10, "s": null, "at": null, "far": null, "e": null}]`
	col := func(name string) []any { return []any{name} }
	dist := func(column, measure string, more map[string]any) map[string]any {
		rule := map[string]any{"check": "distribution", "columns": col(column), "measure": measure, "severity": "fail"}
		maps.Copy(rule, more)
		return rule
	}
	for name, c := range map[string]struct {
		rule  map[string]any
		past  lastRun
		found string // empty is that the rule is kept
		value float64
	}{
		"rows":               {map[string]any{"check": "row_count", "min": 4, "max": 4}, "", "", 4},
		"too few":            {map[string]any{"check": "row_count", "min": "5"}, "", "4 rows", 4},
		"too many":           {map[string]any{"check": "row_count", "max": 3}, "", "4 rows", 4},
		"first run":          {map[string]any{"check": "row_count", "change": 10}, "", "", 4},
		"after none":         {map[string]any{"check": "row_count", "change": 10}, "0", "", 4},
		"as before":          {map[string]any{"check": "row_count", "change": 20}, "5", "", 4},
		"less than before":   {map[string]any{"check": "row_count", "change": 19}, "5", "4 rows; expected from 5 rows to 5 rows, after 5 in the last run", 4},
		"bounds and before":  {map[string]any{"check": "row_count", "change": 50, "max": 3}, "4", "4 rows; expected from 2 rows to 3 rows, after 4 in the last run", 4},
		"fresh":              {map[string]any{"check": "freshness", "columns": col("at"), "within": "24h"}, "", "", 86_400},
		"not fresh":          {map[string]any{"check": "freshness", "columns": col("at"), "within": "23h59m"}, "", "the newest value is 2026-11-29T12:00:00Z, which is 24 h old", 86_400},
		"as of":              {map[string]any{"check": "freshness", "columns": col("at"), "within": "1h", "as_of": "2026-11-28 00:30:00"}, "", "", 1800},
		"the future":         {map[string]any{"check": "freshness", "columns": col("far"), "within": "1m"}, "", "", 0},
		"mean":               {dist("n", "mean", map[string]any{"min": 4, "max": 4}), "", "", 4},
		"median":             {dist("n", "median", map[string]any{"max": 2}), "", "2.5", 2.5},
		"least":              {dist("n", "min", map[string]any{"min": 1}), "", "", 1},
		"greatest":           {dist("n", "max", map[string]any{"max": 9.5}), "", "10", 10},
		"quantile":           {dist("n", "quantile", map[string]any{"quantile": 0.25, "min": 1.75, "max": 1.75}), "", "", 1.75},
		"deviation of one":   {dist("e", "stddev", map[string]any{"min": 1}), "", "", -1},
		"share of nulls":     {dist("s", "null_percent", map[string]any{"max": 10}), "", "25 %", 25},
		"share of a value":   {dist("s", "value_percent", map[string]any{"value": "a", "min": 50}), "", "", 50},
		"share of a number":  {dist("n", "value_percent", map[string]any{"value": 3, "max": 25}), "", "", 25},
		"different values":   {dist("s", "distinct", map[string]any{"min": 3}), "", "2", 2},
		"named":              {map[string]any{"check": "row_count", "max": 3, "name": "few"}, "", "few: 4 rows; expected at most 3 rows", 4},
		"default is to warn": {map[string]any{"check": "row_count", "min": 5, "severity": nil}, "", "", 4},
	} {
		t.Run(name, func(t *testing.T) {
			if _, there := c.rule["severity"]; !there {
				c.rule["severity"] = "fail"
			}
			b.Past(c.past)
			out, err := judgeRows(t, b, rows, rules{c.rule})
			if c.found != "" {
				if e := errs.From(err); e == nil || e.Code != "quality_failed" || !strings.Contains(e.Message, c.found) || e.Details[0].Field != "with.rules[0]" {
					t.Errorf("%v, not %s", err, c.found)
				}
			} else if err != nil || out["passed"].Table.Rows != 4 {
				t.Fatalf("%v %v", out, err)
			}
			got := b.Details[Detail].(summary).Rules[0].Measured
			if value := got.Value; (value == nil) != (c.value < 0) || value != nil && *value != c.value {
				t.Errorf("measured %+v", got)
			}
		})
	}
}

// An empty table keeps all rules but those that count its rows or ask for a new value.
func TestEmptyTable(t *testing.T) {
	b := exampletest.New(t)
	in := b.Table(json.RawMessage(`[{"n": 1, "at": "2026-11-29T12:00:00"}]`))
	none, err := b.Engine.Run(t.Context(), exampletest.Tenant, table.Plan{Relation: node.Handed("table"), Inputs: map[string]table.Source{"table": {Plan: &table.Plan{Relation: limit.Config{}, Inputs: map[string]table.Source{"table": {Artifact: *in.Artifact}}}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Artifact, in.Table = &none.Artifact, &none.Meta
	given := rules{
		{"check": "not_null", "columns": []any{"n"}}, {"check": "distribution", "columns": []any{"n"}, "min": 1}, {"check": "distribution", "columns": []any{"n"}, "measure": "null_percent", "max": 1},
		{"check": "row_count", "min": 1}, {"check": "freshness", "columns": []any{"at"}, "within": "1d"},
	}
	out, err := Type().Run(t.Context(), b.Call(map[string]any{"rules": given}, map[string][]value.Value{"table": {in}}))
	if err != nil {
		t.Fatal(err)
	}
	var report Report
	if err := json.Unmarshal(out["report"].Data, &report); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range report.Rules {
		got = append(got, r.Status)
	}
	if want := []string{"passed", "passed", "passed", "warned", "warned"}; !reflect.DeepEqual(got, want) || len(b.Logs) != 2 || !strings.Contains(b.Logs[1], "there is no time in it") {
		t.Errorf("%v, %q", got, b.Logs)
	}
}

// Values are looked up together, whatever their types are; empty ones are let through unless the rule says otherwise.
func TestReference(t *testing.T) {
	b := exampletest.New(t)
	in := b.Table(json.RawMessage(`[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": null, "b": "x"}, {"a": 2, "b": null}]`))
	for name, c := range map[string]struct {
		reference string
		more      map[string]any
		failed    []any
	}{
		"together":         {`[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": null, "b": null}]`, nil, []any{"y"}},
		"other names":      {`[{"p": 1, "q": "x"}]`, map[string]any{"reference_columns": []any{"p", "q"}}, []any{"y"}},
		"other types":      {`[{"a": "1", "b": "x"}, {"a": "one", "b": "y"}]`, nil, []any{"y"}},
		"decimals":         {`[{"a": 1.0, "b": "y"}, {"a": 1.5, "b": "x"}]`, nil, []any{"x"}},
		"decimal texts":    {`[{"a": "1.0", "b": "x"}, {"a": "one", "b": "y"}]`, nil, []any{"x", "y"}},
		"nulls":            {`[{"a": 1, "b": "x"}]`, map[string]any{"nulls": true}, []any{"y", "x", nil}},
		"nobody is listed": {`[{"a": null, "b": "x"}]`, nil, []any{"x", "y"}},
	} {
		t.Run(name, func(t *testing.T) {
			rule := map[string]any{"check": "reference", "columns": []any{"a", "b"}}
			maps.Copy(rule, c.more)
			out, err := Type().Run(t.Context(), b.Call(map[string]any{"rules": rules{rule}}, map[string][]value.Value{"table": {in}, "reference": {b.Table(json.RawMessage(c.reference))}}))
			if err != nil {
				t.Fatal(err)
			}
			var got []any
			for _, row := range b.Rows(*out["failed"].Artifact).([]any) {
				got = append(got, row.(map[string]any)["b"])
			}
			if !reflect.DeepEqual(got, c.failed) {
				t.Errorf("failed are %v, not %v", got, c.failed)
			}
		})
	}
	if _, err := judgeRows(t, b, `[{"a": 1}]`, rules{{"check": "reference", "columns": []any{"a"}}}); errs.From(err).Code != "input_missing" || !strings.Contains(err.Error(), `"reference"`) {
		t.Errorf("%v", err)
	}
}

// The outcome of a rule that looks beyond the table is not taken for that of another time.
func TestKey(t *testing.T) {
	b := exampletest.New(t)
	b.Past(lastRun("7"))
	for want, given := range map[string]rules{
		"": {{"columns": []any{"n"}}, {"check": "row_count", "min": 1}, {"check": "freshness", "columns": []any{"at"}, "within": "1d", "as_of": "2024-01-01"}},
		exampletest.Began.Format(time.RFC3339Nano) + " 7": {{"check": "freshness", "columns": []any{"at"}, "within": "1d"}, {"check": "row_count", "change": 1}},
	} {
		if got, err := Type().Key(t.Context(), b.Call(map[string]any{"rules": given}, nil)); got != want || err != nil {
			t.Errorf("%q, %v, not %q", got, err, want)
		}
	}
}
