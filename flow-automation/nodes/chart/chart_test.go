package chart

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/limit"
)

func TestExamples(t *testing.T) {
	node.NewRegistry(Types()) // panics when the type is incomplete
	for _, ex := range chartType().Examples {
		t.Run(ex.Title, func(t *testing.T) { exampletest.New(t).Example(chartType(), ex) })
	}
}

func run(t *testing.T, with map[string]any, rows string) (Chart, error) {
	t.Helper()
	b := exampletest.New(t)
	out, err := chartType().Run(t.Context(), b.Call(with, map[string][]value.Value{"table": {b.Table(json.RawMessage(rows))}}))
	if err != nil {
		return Chart{}, err
	}
	if out["chart"].MediaType != value.MediaChart {
		t.Errorf("media type %q", out["chart"].MediaType)
	}
	var c Chart
	if err := json.Unmarshal(out["chart"].Data, &c); err != nil {
		t.Fatal(err)
	}
	return c, nil
}

// table has n rows: i, a name of ten, and a square.
func rowsOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c{\"i\": %d, \"name\": \"n%d\", \"sq\": %d.5}", "[,"[min(i, 1)], i, i%10, i*i)
	}
	return b.String() + "]"
}

func TestPointsAreThinnedOutEvenly(t *testing.T) {
	c, err := run(t, map[string]any{"type": "scatter", "x": "i", "y": []any{"sq"}}, rowsOf(5000))
	if err != nil {
		t.Fatal(err)
	}
	data := c.Series[0].Data
	if len(data) != 1667 || string(data[1]) != "[3,9.5]" || c.Cut == nil || *c.Cut != (Cut{Shown: 1667, Total: 5000, What: "rows"}) {
		t.Errorf("%d points, second %s, cut %+v", len(data), data[1], c.Cut)
	}
	if c.X.Scale != "value" || c.Y[0].Scale != "value" {
		t.Errorf("axes %+v, %+v", c.X, c.Y)
	}
}

func TestNothingIsCutSilently(t *testing.T) {
	for name, c := range map[string]struct {
		with map[string]any
		cut  *Cut
		n    int
	}{
		"fits":            {map[string]any{"type": "bar", "x": "name", "aggregate": "count"}, nil, 10},
		"bars":            {map[string]any{"type": "bar", "x": "i"}, &Cut{50, 3000, "values"}, 50},
		"lines":           {map[string]any{"type": "line", "x": "i", "y": []any{"sq"}}, &Cut{2000, 3000, "values"}, 2000},
		"two columns":     {map[string]any{"type": "line", "x": "i", "y": []any{"sq", "i"}}, &Cut{1000, 3000, "points"}, 1000},
		"rows":            {map[string]any{"type": "line", "x": "i", "y": []any{"sq"}, "aggregate": "none"}, &Cut{1500, 3000, "rows"}, 1500},
		"a limit":         {map[string]any{"type": "bar", "x": "name", "limit": 3, "aggregate": "avg", "y": []any{"sq"}}, &Cut{3, 10, "values"}, 3},
		"series of names": {map[string]any{"type": "area", "x": "name", "series": "name"}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run(t, c.with, rowsOf(3000))
			if err != nil {
				t.Fatal(err)
			}
			if (got.Cut == nil) != (c.cut == nil) || got.Cut != nil && *got.Cut != *c.cut || len(got.Series[0].Data) != c.n {
				t.Errorf("cut %+v, %d points; want %+v, %d", got.Cut, len(got.Series[0].Data), c.cut, c.n)
			}
		})
	}
}

func TestNamesOfAggregatesAreNotDoubled(t *testing.T) {
	for y, want := range map[string]string{"sum_cost": "sum_cost", "sum cost": "sum cost", "summer": "sum summer", "cost": "sum cost", "count": "sum count"} {
		c, err := run(t, map[string]any{"type": "bar", "x": "a", "y": []any{y}}, fmt.Sprintf(`[{"a": "x", %q: 1}]`, y))
		if err != nil || c.Y[0].Name != want {
			t.Errorf("the axis of %s is called %+v, %v", y, c.Y, err)
		}
	}
}

func TestEmptyTable(t *testing.T) {
	for _, typ := range []string{"bar", "line", "scatter", "pie", "histogram"} {
		b := exampletest.New(t)
		in := b.Table(json.RawMessage(`[{"a": 1}]`))
		relation := chartType()
		with := map[string]any{"type": typ, "x": "a", "y": []any{"a"}}
		empty, err := chartOfNothing(t, b, in)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := relation.Run(t.Context(), b.Call(with, map[string][]value.Value{"table": {empty}})); err != nil {
			t.Errorf("%s: %v", typ, err)
		} else if !strings.Contains(string(out["chart"].Data), `"series":[`) {
			t.Errorf("%s: %s", typ, out["chart"].Data)
		}
	}
}

func TestErrorsNameTheField(t *testing.T) {
	for _, c := range []struct {
		with        map[string]any
		code, field string
	}{
		{map[string]any{"x": "nam"}, "column_unknown", "with.x"},
		{map[string]any{"x": "name", "y": []any{"sq", "sqq"}}, "column_unknown", "with.y[1]"},
		{map[string]any{"x": "i", "y": []any{"name"}}, "type_mismatch", "with.y[0]"},
		{map[string]any{"x": "name", "type": "histogram"}, "type_mismatch", "with.x"},
		{map[string]any{"x": "i", "type": "scatter"}, "config_invalid", "with.y"},
		{map[string]any{"x": "name", "bucket": "month"}, "type_mismatch", "with.x"},
		{map[string]any{"x": "name", "type": "heat"}, "config_invalid", "with.type"},
	} {
		_, err := run(t, c.with, rowsOf(3))
		e := errs.From(err)
		if e == nil || e.Code != c.code || len(e.Details) == 0 || e.Details[0].Field != c.field {
			t.Errorf("%v: %v", c.with, err)
		}
	}
}

func chartOfNothing(t *testing.T, b *exampletest.Bench, in value.Value) (value.Value, error) {
	t.Helper()
	none, err := b.Engine.Run(t.Context(), exampletest.Tenant, table.Plan{
		Relation: limit.Config{Rows: 0}, Inputs: map[string]table.Source{"table": {Artifact: *in.Artifact}},
	}, nil)
	return value.Value{Kind: value.Table, Artifact: &none.Artifact, Table: &none.Meta}, err
}
