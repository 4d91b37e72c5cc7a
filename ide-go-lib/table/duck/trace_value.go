package duck

import (
	"slices"

	"dataflow/ide-go-lib/table"
)

func (t *tracer) all(expressions []planned, in flow) []made {
	list := make([]made, len(expressions))
	for i, e := range expressions {
		list[i] = t.expression(e, in)
	}
	return list
}

// expression says what a value over the columns of in is made of.
func (t *tracer) expression(e planned, in flow) made {
	part := func(m made, how table.How, key string) {
		if p := e.at(key); p != nil {
			m.add(t.expression(p, in), how)
		}
	}
	parts := func(m made, how table.How, key string) {
		for _, p := range e.parts(key) {
			m.add(t.expression(p, in), how)
		}
	}
	m := made{}
	switch e.text("expression_class") {
	case "BOUND_REF":
		i := e.number("index")
		if i < 0 || i >= len(in.columns) {
			t.lost = true
			return m
		}
		return in.columns[i]
	case "BOUND_COLUMN_REF": // of the input of a table function, where it is not numbered
		return blend(in.columns...)
	case "BOUND_CONSTANT", "BOUND_LAMBDA_REF", "BOUND_DEFAULT", "BOUND_PARAMETER":
	case "BOUND_CAST", "BOUND_UNNEST":
		part(m, table.Transformation, "child")
	case "BOUND_FUNCTION", "BOUND_OPERATOR", "BOUND_CONJUNCTION": // a lambda's own captures are among the children
		parts(m, table.Transformation, "children")
	case "BOUND_COMPARISON":
		part(m, table.Transformation, "left")
		part(m, table.Transformation, "right")
	case "BOUND_BETWEEN":
		for _, key := range []string{"input", "lower", "upper"} {
			part(m, table.Transformation, key)
		}
	case "BOUND_CASE":
		for _, c := range e.parts("case_checks") {
			m.add(t.expression(c.at("when_expr"), in), table.ByCondition)
			m.add(t.expression(c.at("then_expr"), in), table.Transformation)
		}
		part(m, table.Transformation, "else_expr")
	case "BOUND_AGGREGATE":
		parts(m, table.Aggregation, "children")
		part(m, table.ByCondition, "filter")
		m.add(t.orders(e.at("order_bys"), in), table.BySort)
	case "BOUND_WINDOW":
		t.window(m, e, in, part, parts)
	default:
		t.lost = true
	}
	t.overlooked(e, valueKeys)
	return m
}

// valueKeys and operatorKeys are where expressions stand that are looked at; those of function_data are a lambda's, which
// speak of its own parameters.
var (
	valueKeys = []string{
		"child", "children", "left", "right", "input", "lower", "upper", "case_checks", "else_expr", "filter", "order_bys", "partitions", "orders",
		"arg_orders", "filters", "start_expr", "end_expr", "offset_expr", "default_expr", "function_data",
	}
	operatorKeys = []string{
		"children", "expressions", "groups", "orders", "conditions", "condition", "predicate", "duplicate_eliminated_columns", "distinct_targets", "order_by",
		"limit_val", "offset_val", "function_data",
	}
)

// overlooked is lost when an expression stands where none is looked for: another version of DuckDB may write them elsewhere.
func (t *tracer) overlooked(p planned, known []string) {
	for key, v := range p {
		if !slices.Contains(known, key) && hasExpression(v) {
			t.lost = true
		}
	}
}

func hasExpression(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, hasExpression)
	case map[string]any:
		if _, is := v["expression_class"]; is {
			return true
		}
		for _, child := range v {
			if hasExpression(child) {
				return true
			}
		}
	}
	return false
}

// window is a value over the rows around; those of an aggregate are summed up, others come from one of the rows.
func (t *tracer) window(m made, e planned, in flow, part, parts func(made, table.How, string)) {
	direct := table.Transformation
	if e.text("type") == "WINDOW_AGGREGATE" {
		direct = table.Aggregation
	}
	parts(m, direct, "children")
	parts(m, table.ByWindow, "partitions")
	m.add(t.orders(e, in), table.ByWindow)
	for _, o := range e.parts("arg_orders") {
		m.add(t.expression(o.at("expression"), in), table.ByWindow)
	}
	part(m, table.ByCondition, "filters")
	for _, key := range []string{"start_expr", "end_expr", "offset_expr"} {
		part(m, table.ByWindow, key)
	}
	part(m, direct, "default_expr")
}
