package transform_test

import (
	"fmt"
	"testing"
	"time"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
)

// What is beyond all numbers or all times is not measured, and neither is anything of a table without rows but how many
// there are.
func TestWhatIsMeasured(t *testing.T) {
	e := engine(t)
	zero := literal.Of("0")
	rules := []judge.Rule{{Check: judge.RowCount, Min: zero}, {Check: judge.Freshness, Columns: []string{"day"}, Within: "1d"}}
	for _, m := range []string{judge.Mean, judge.Median, judge.Deviation, judge.Quantile, judge.Distinct, judge.NullPercent, judge.ValuePercent} {
		rules = append(rules, judge.Rule{Check: judge.Distribution, Columns: []string{"n"}, Measure: m, Quantile: 0.5, Value: literal.Of("1"), Min: zero})
	}
	measures := judge.Measures{Config: judge.Config{Rules: rules}, Began: time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)}
	for rows, want := range map[string]string{
		"VALUES (1.7e308::DOUBLE, DATE '2024-01-01'), (1.7e308, DATE '300000-01-01')": "2 172800 - 1.7e+308 - 1.7e+308 1 0 0",
		"VALUES (1.7e308::DOUBLE, DATE '2024-01-01'), (-1.7e308, NULL)":               "2 172800 0 0 - 0 2 0 0",
		"VALUES (NULL::DOUBLE, NULL::DATE), (NULL, NULL)":                             "2 - - - - - 0 100 0",
		"SELECT 1::DOUBLE, DATE '2024-01-01' WHERE false":                             "0 - - - - - - - -",
	} {
		in := run(t, e, selected("SELECT * FROM ("+rows+") t(n, day)"), nil)
		page, err := e.Preview(t.Context(), tenant, table.Plan{Relation: measures, Inputs: from(in)}, table.PreviewOptions{Limit: 1})
		if err != nil {
			t.Errorf("%s: %v", rows, err)
			continue
		}
		found, err := measures.Read(page.Rows[0])
		if err != nil {
			t.Errorf("%s: %v", rows, err)
			continue
		}
		got := ""
		for _, m := range found {
			if m.Value == nil {
				got += " -"
				continue
			}
			got += fmt.Sprintf(" %.6g", *m.Value)
		}
		if got != " "+want {
			t.Errorf("%s:%s, not %s", rows, got, want)
		}
	}
}

// Values are looked up whatever their types are: texts are read as what they are compared with.
func TestReferencesOfOtherTypes(t *testing.T) {
	e := engine(t)
	rule := judge.Config{Rules: []judge.Rule{{Check: judge.Reference, Columns: []string{"a"}}}}
	for _, c := range []struct{ values, reference, broken string }{
		{"VALUES (1.5::DOUBLE), (2)", "VALUES ('1.50'), ('2'), ('x')", "-"},
		{"VALUES ('1.50'), ('2'), ('x')", "VALUES (1.5::DECIMAL(9,2)), (2)", "x"},
		{"VALUES ('2024-01-02'), ('soon')", "VALUES (TIMESTAMP '2024-01-02 00:00:00')", "soon"},
		{"VALUES (DATE '2024-01-02'), (DATE '2024-01-03')", "VALUES ('2024-01-02 00:00:00'), (NULL)", "2024-01-03"},
		{"VALUES (2), (3)", "VALUES ('1.5'), ('3')", "2"},
		{"VALUES (true)", "VALUES ('true')", "-"},
		{"VALUES (DATE '2024-01-02')", "VALUES (20240102)", "2024-01-02"},
	} {
		inputs := map[string]table.Source{}
		for port, rows := range map[string]string{"table": c.values, judge.ReferencePort: c.reference} {
			inputs[port] = table.Source{Artifact: run(t, e, selected("SELECT * FROM ("+rows+") t(a)"), nil).Artifact}
		}
		broken := run(t, e, rule, inputs)
		page, err := e.Preview(t.Context(), tenant, table.Plan{Relation: selected("SELECT coalesce(string_agg(a::VARCHAR, ' '), '-') AS a FROM input WHERE len(__broken__) > 0"), Inputs: from(broken)}, table.PreviewOptions{Limit: 1})
		if err != nil {
			t.Errorf("%s: %v", c.values, err)
			continue
		}
		if got := string(page.Rows[0]); got != fmt.Sprintf("[%q]", c.broken) {
			t.Errorf("%s in %s: %s, not %s", c.values, c.reference, got, c.broken)
		}
	}
}
