package duck

import (
	"slices"

	"dataflow/ide-go-lib/table"
)

// planned is a part of DuckDB's plan as JSON.
type planned map[string]any

func (p planned) text(key string) string { s, _ := p[key].(string); return s }

func (p planned) number(key string) int {
	n, ok := p[key].(float64)
	if !ok || n < 0 || n > 1<<53 {
		return -1
	}
	return int(n)
}

func (p planned) at(key string) planned { m, _ := p[key].(map[string]any); return m }

func (p planned) items(key string) []any { list, _ := p[key].([]any); return list }

func (p planned) parts(key string) []planned {
	list := p.items(key)
	out := make([]planned, 0, len(list))
	for _, item := range list {
		m, _ := item.(map[string]any)
		out = append(out, m)
	}
	return out
}

// tracer follows values through a plan from its leaves to its root. What it does not know makes it lost, never guess.
type tracer struct {
	ports map[string]string // of the tables that stand for inputs
	ctes  map[int]flow
	outer []flow // what correlated subqueries around may see, outermost first
	lost  bool
}

func (t *tracer) lose() flow {
	t.lost = true
	return flow{}
}

func (t *tracer) operator(p planned) flow {
	children := p.parts("children")
	if t.overlooked(p, operatorKeys); t.lost {
		return flow{}
	}
	switch p.text("type") {
	case "LOGICAL_MATERIALIZED_CTE":
		return t.with(p, children)
	case "LOGICAL_RECURSIVE_CTE":
		return t.recursive(p, children)
	case "LOGICAL_DELIM_JOIN":
		return t.correlated(p, children)
	}
	inputs := make([]flow, len(children))
	for i, child := range children {
		if inputs[i] = t.operator(child); t.lost {
			return flow{}
		}
	}
	switch len(inputs) {
	case 0:
		return t.leaf(p)
	case 1:
		return t.over(p, inputs[0])
	case 2:
		return t.pair(p, inputs[0], inputs[1])
	}
	if p.text("type") == "LOGICAL_UNION" {
		return t.union(inputs...)
	}
	return t.lose()
}

// leaf is an operator that reads nothing of others.
func (t *tracer) leaf(p planned) flow {
	switch p.text("type") {
	case "LOGICAL_GET":
		return t.scan(p)
	case "LOGICAL_CTE_REF":
		if f, ok := t.ctes[p.number("cte_index")]; ok {
			return f
		}
	case "LOGICAL_DELIM_GET":
		return t.fromOuter(p)
	case "LOGICAL_DUMMY_SCAN":
		return flow{columns: []made{{}}}
	case "LOGICAL_EMPTY_RESULT":
		return flow{columns: empty(len(p.items("return_types")))}
	case "LOGICAL_EXPRESSION_GET":
		return t.values(p, flow{})
	}
	return t.lose()
}

func empty(n int) []made {
	columns := make([]made, n)
	for i := range columns {
		columns[i] = made{}
	}
	return columns
}

// scan reads an input, or a function such as range that makes rows of nothing.
func (t *tracer) scan(p planned) flow {
	indexes := p.parts("column_indexes")
	port, input := t.ports[p.at("function_data").text("table")]
	if !input && p.text("name") == "seq_scan" {
		return t.lose()
	}
	names := p.items("names")
	f := flow{columns: empty(len(indexes)), rows: made{}}
	for i, at := range indexes {
		n := at.number("index")
		if input && n >= 0 && n < len(names) { // other numbers are for rows alone, as count(*) wants them
			name, _ := names[n].(string)
			f.columns[i] = made{origin{port, name}: {table.Identity}}
		}
	}
	return project(f, p.items("projection_ids"))
}

// project keeps some columns; no list keeps all.
func project(f flow, kept []any) flow {
	if len(kept) == 0 {
		return f
	}
	out := flow{rows: f.rows}
	for _, k := range kept {
		if n, ok := k.(float64); ok && int(n) < len(f.columns) {
			out.columns = append(out.columns, f.columns[int(n)])
		}
	}
	return out
}

// over is an operator over one other.
func (t *tracer) over(p planned, in flow) flow {
	switch p.text("type") {
	case "LOGICAL_PROJECTION":
		return flow{t.all(p.parts("expressions"), in), in.rows}
	case "LOGICAL_FILTER":
		in.rows = blend(in.rows, blend(t.all(p.parts("expressions"), in)...).as(table.ByFilter))
		return project(in, p.items("projection_map"))
	case "LOGICAL_ORDER_BY", "LOGICAL_TOP_N":
		in.rows = blend(in.rows, t.orders(p, in).as(table.BySort))
		return project(in, p.items("projection_map"))
	case "LOGICAL_LIMIT":
		for _, key := range []string{"limit_val", "offset_val"} {
			if e := p.at(key).at("expression"); e != nil {
				in.rows = blend(in.rows, t.expression(e, in).as(table.ByFilter))
			}
		}
		return in
	case "LOGICAL_SAMPLE":
		return in
	case "LOGICAL_DISTINCT":
		in.rows = blend(in.rows, blend(t.all(p.parts("distinct_targets"), in)...).as(table.ByGroup), t.orders(p.at("order_by"), in).as(table.BySort))
		return in
	case "LOGICAL_AGGREGATE_AND_GROUP_BY":
		return t.aggregate(p, in)
	case "LOGICAL_WINDOW":
		return flow{append(slices.Clone(in.columns), t.all(p.parts("expressions"), in)...), in.rows}
	case "LOGICAL_UNNEST":
		made := t.all(p.parts("expressions"), in)
		return flow{append(slices.Clone(in.columns), made...), blend(in.rows, blend(made...).as(table.ByFilter))} // how long a list is decides how often a row is there
	case "LOGICAL_EXPRESSION_GET":
		return t.values(p, in)
	case "LOGICAL_GET":
		return t.function(p, in)
	}
	return t.lose()
}

func (t *tracer) orders(p planned, in flow) made {
	m := made{}
	for _, o := range p.parts("orders") {
		m.add(t.expression(o.at("expression"), in), table.Identity)
	}
	return m
}

// aggregate gives its groups, its values, and how they were grouped.
func (t *tracer) aggregate(p planned, in flow) flow {
	groups := t.all(p.parts("groups"), in)
	by := blend(groups...).as(table.ByGroup)
	out := flow{append(groups, t.all(p.parts("expressions"), in)...), blend(in.rows, by)}
	for range p.items("grouping_functions") {
		out.columns = append(out.columns, by)
	}
	return out
}

// values are rows written into the query.
func (t *tracer) values(p planned, in flow) flow {
	out := flow{rows: in.rows}
	for _, row := range p.items("expressions") {
		cells, _ := row.([]any)
		for i, c := range cells {
			e, _ := c.(map[string]any)
			if i == len(out.columns) {
				out.columns = append(out.columns, made{})
			}
			out.columns[i].add(t.expression(e, in), table.Identity)
		}
	}
	return out
}

// function makes rows of each row that comes in, of which it hands on some columns.
func (t *tracer) function(p planned, in flow) flow {
	from := blend(in.columns...).as(table.Transformation)
	out := flow{rows: blend(in.rows, from.as(table.ByFilter))}
	for range p.items("column_indexes") {
		out.columns = append(out.columns, from)
	}
	for _, n := range p.items("projected_input") {
		i, ok := n.(float64)
		if !ok || int(i) >= len(in.columns) {
			return t.lose()
		}
		out.columns = append(out.columns, in.columns[int(i)])
	}
	return out
}

// pair is an operator over two others.
func (t *tracer) pair(p planned, l, r flow) flow {
	switch p.text("type") {
	case "LOGICAL_CROSS_PRODUCT", "LOGICAL_POSITIONAL_JOIN":
		return beside(l, r)
	case "LOGICAL_COMPARISON_JOIN", "LOGICAL_ASOF_JOIN", "LOGICAL_ANY_JOIN":
		return t.joined(p, l, r)
	case "LOGICAL_UNION":
		return t.union(l, r)
	case "LOGICAL_EXCEPT", "LOGICAL_INTERSECT":
		l.rows = blend(l.rows, r.rows, blend(append(slices.Clone(l.columns), r.columns...)...).as(table.ByFilter))
		return l
	}
	return t.lose()
}

func (t *tracer) union(parts ...flow) flow {
	out := flow{columns: empty(len(parts[0].columns)), rows: made{}}
	for _, part := range parts {
		if len(part.columns) != len(out.columns) {
			return t.lose()
		}
		for i, c := range part.columns {
			out.columns[i].add(c, table.Identity)
		}
		out.rows.add(part.rows, table.Identity)
	}
	return out
}

// joined puts two together where conditions hold.
func (t *tracer) joined(p planned, l, r flow) flow {
	both := beside(l, r)
	on := made{}
	for _, c := range p.parts("conditions") {
		if e := c.at("expression"); e != nil {
			on.add(t.expression(e, both), table.ByJoin)
			continue
		}
		on.add(t.expression(c.at("left"), l), table.ByJoin)
		on.add(t.expression(c.at("right"), r), table.ByJoin)
	}
	for _, key := range []string{"condition", "predicate"} {
		if e := p.at(key); e != nil {
			on.add(t.expression(e, both), table.ByJoin)
		}
	}
	left, right := project(l, p.items("left_projection_map")), project(r, p.items("right_projection_map"))
	switch p.text("join_type") {
	case "SEMI", "ANTI":
		left.rows = blend(l.rows, r.rows, on)
		return left
	case "RIGHT_SEMI", "RIGHT_ANTI":
		right.rows = blend(l.rows, r.rows, on)
		return right
	case "MARK": // one more column says whether there is a partner; the rows stay as they are
		left.columns = append(slices.Clone(left.columns), blend(on, r.rows).as(table.ByCondition))
		return left
	case "SINGLE": // at most one partner; the rows stay as they are
		for _, c := range right.columns {
			left.columns = append(slices.Clip(left.columns), blend(c, on, r.rows))
		}
		return left
	case "INNER", "LEFT", "RIGHT", "OUTER", "FULL":
		out := beside(left, right)
		out.rows = blend(out.rows, on)
		return out
	}
	return t.lose()
}

// with names a query for another.
func (t *tracer) with(p planned, children []planned) flow {
	if len(children) != 2 {
		return t.lose()
	}
	t.ctes[p.number("table_index")] = t.operator(children[0])
	return t.operator(children[1])
}

// recursive goes round until nothing is added to what the columns are made of.
func (t *tracer) recursive(p planned, children []planned) flow {
	if len(children) != 2 {
		return t.lose()
	}
	at := p.number("table_index")
	f := t.operator(children[0])
	for !t.lost {
		t.ctes[at] = f
		next := t.operator(children[1])
		if t.lost {
			break
		}
		u := t.union(f, next)
		if u.same(f) {
			return f
		}
		f = u
	}
	return flow{}
}

// correlated joins rows with what a subquery makes of them.
func (t *tracer) correlated(p planned, children []planned) flow {
	if len(children) != 2 {
		return t.lose()
	}
	if flipped, _ := p["delim_flipped"].(bool); flipped {
		return t.lose()
	}
	l := t.operator(children[0])
	if t.lost {
		return flow{}
	}
	t.outer = append(t.outer, flow{columns: t.all(p.parts("duplicate_eliminated_columns"), l)})
	r := t.operator(children[1])
	t.outer = t.outer[:len(t.outer)-1]
	if t.lost {
		return flow{}
	}
	return t.joined(p, l, r)
}

// fromOuter is what a subquery sees of the rows around it. Where several are around, it may be of any.
func (t *tracer) fromOuter(p planned) flow {
	n := len(p.items("chunk_types"))
	if len(t.outer) == 1 && len(t.outer[0].columns) == n {
		return t.outer[0]
	}
	all := made{}
	for _, o := range t.outer {
		all.add(o.whole(), table.Identity)
	}
	if len(all) > 0 {
		all = all.as(table.Transformation)
	}
	out := flow{columns: empty(n), rows: made{}}
	for i := range out.columns {
		out.columns[i] = all
	}
	return out
}
