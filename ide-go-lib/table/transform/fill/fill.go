// Package fill is the transform that puts values where there are none.
package fill

import (
	"fmt"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/table/transform/sort"
)

// Config says which columns to fill, and from what.
type Config struct {
	Columns []Column   `json:"columns" title:"Columns" zh:"列" required:"true" doc:"The columns to fill; the others stay as they are" doc_zh:"要填充的列；其余保持不变"`
	By      []string   `json:"by,omitempty" title:"Within each" zh:"分组列" widget:"columns" doc:"Values come only from rows that are equal in these columns" doc_zh:"只使用在这些列上相等的行中的值"`
	Order   []sort.Key `json:"order,omitempty" title:"In the order of" zh:"顺序依据" doc:"What previous and next mean; none is the order of the rows" doc_zh:"决定前后关系；不填则按行的顺序"`
}

// Column is one column to fill.
type Column struct {
	Column string        `json:"column" title:"Column" zh:"列" required:"true" widget:"column"`
	Method string        `json:"method" title:"With" zh:"填充方式" enum:"constant,previous,next,mean,median,mode,interpolate" default:"constant" doc:"constant: the value. previous, next: of the nearest row that has one. mean, median, mode: of the group. interpolate: on a straight line between the previous and the next" doc_zh:"constant：固定值；previous、next：最近的有值行；mean、median、mode：组内均值、中位数、众数；interpolate：在前后两值之间线性插值"`
	Value  literal.Value `json:"value,omitzero" title:"Value" zh:"值" widget:"text" when:"method=constant" doc:"For constant" doc_zh:"用于 constant"`
}

// Check finds what the schema cannot. Before a run a column may not have its default yet.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		if (col.Method == "constant" || col.Method == "") && col.Value.IsZero() {
			check.Fail("config_invalid", field+".value", "A value is needed to fill with.")
		}
		check.Result(field+".column", col.Column)
	}
	return check.Details()
}

// Query implements table.Relation. The rows keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		check.Column(in, field+".column", col.Column)
		if t := columns.Type(in, col.Column); t != "" && !columns.Numeric(t) && (col.Method == "mean" || col.Method == "median" || col.Method == "interpolate") {
			check.Fail("type_mismatch", field+".method", "The column %q is %s; %s is for numbers.", col.Column, t, col.Method)
		}
	}
	check.Columns(in, "with.by", c.By)
	sort.Check(&check, in, "with.order", c.Order)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	w := writer{c: c, in: in, row: sqltext.Quote(columns.Free(columns.Row, in)), at: sqltext.Quote(columns.Free("__at__", in))}
	return w.query()
}

// writer keeps the names of the columns that are taken away again: of the row, of its place within the group and, for each
// column that needs it, of how often its value is there.
type writer struct {
	b       sqltext.Builder
	c       Config
	in      table.Input
	row, at string
}

func (w *writer) times(i int) string {
	return sqltext.Quote(columns.Free(fmt.Sprintf("__times%d__", i), w.in))
}

func (w *writer) query() (table.Query, error) {
	b := &w.b
	b.Text("SELECT * EXCLUDE (", w.row, ", ", w.at)
	for i, col := range w.c.Columns {
		if col.Method == "mode" {
			b.Text(", ", w.times(i))
		}
	}
	b.Text(") REPLACE (")
	for i, col := range w.c.Columns {
		if i > 0 {
			b.Text(", ")
		}
		w.column(i, col)
		b.Text(" AS ").Name(col.Column)
	}
	b.Text(") FROM (SELECT *")
	for i, col := range w.c.Columns {
		if col.Method == "mode" {
			b.Text(", count(").Name(col.Column).Text(") OVER (PARTITION BY ")
			for _, by := range w.c.By {
				b.Name(by).Text(", ")
			}
			b.Name(col.Column).Text(") AS ", w.times(i))
		}
	}
	b.Text(", row_number()")
	w.over(true, "")
	b.Text(" AS ", w.at, " FROM (SELECT *, row_number() OVER () AS ", w.row, " FROM ", w.in.Name, ")) ORDER BY ", w.row)
	return b.Query()
}

// over writes a window of the group; the order of its rows matters or not.
func (w *writer) over(ordered bool, frame string) {
	w.b.Text(" OVER (")
	if len(w.c.By) > 0 {
		w.b.Text("PARTITION BY ").Names(w.c.By).Text(" ")
	}
	if ordered {
		w.b.Text("ORDER BY ")
		sort.Write(&w.b, "with.order", w.c.Order, false)
		w.b.Text(w.row)
	}
	w.b.Text(frame, ")")
}

const (
	before = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
	after  = " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
)

func (w *writer) column(i int, col Column) {
	b := &w.b
	name := func() { b.Name(col.Column) }
	typ := columns.Type(w.in, col.Column)
	switch col.Method {
	case "previous":
		w.nearest("last_value", name, before)
	case "next":
		w.nearest("first_value", name, after)
	case "mean", "median":
		call := "avg"
		if col.Method == "median" {
			call = "median"
		}
		w.cast(typ, func() {
			b.Text("coalesce(").Name(col.Column).Text(", ", call, "(").Name(col.Column).Text(")")
			w.over(false, "")
			b.Text(")")
		})
	case "mode": // the smallest of those that are there most often
		b.Text("coalesce(").Name(col.Column).Text(", first_value(").Name(col.Column).Text(") OVER (")
		if len(w.c.By) > 0 {
			b.Text("PARTITION BY ").Names(w.c.By).Text(" ")
		}
		b.Text("ORDER BY ", w.times(i), " DESC, ").Name(col.Column).Text(" NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))")
	case "interpolate":
		w.cast(typ, func() { w.line(col.Column) })
	default:
		b.Text("coalesce(").Name(col.Column).Text(", ")
		col.Value.Write(b, fmt.Sprintf("with.columns[%d].value", i), typ)
		b.Text(")")
	}
}

func (w *writer) nearest(call string, of func(), frame string) {
	w.b.Text(call, "(")
	of()
	w.b.Text(" IGNORE NULLS)")
	w.over(true, frame)
}

// cast keeps the type of the column, but for whole numbers, which have no place for what lies between.
func (w *writer) cast(typ string, write func()) {
	if typ == "" || columns.Integer(typ) {
		typ = "DOUBLE"
	}
	w.b.Text("CAST(")
	write()
	w.b.Text(" AS ", typ, ")")
}

// line writes the value on the line between the nearest rows that have one; without two of them it stays empty.
func (w *writer) line(column string) {
	value := func() { w.b.Text("CAST(").Name(column).Text(" AS DOUBLE)") }
	place := func() { w.b.Text("CASE WHEN ").Name(column).Text(" IS NOT NULL THEN ", w.at, " END") }
	from := func(of func()) { w.nearest("last_value", of, before) }
	to := func(of func()) { w.nearest("first_value", of, after) }
	w.b.Text("coalesce(")
	value()
	w.b.Text(", ")
	from(value)
	w.b.Text(" + (")
	to(value)
	w.b.Text(" - ")
	from(value)
	w.b.Text(") * (", w.at, " - ")
	from(place)
	w.b.Text(") / (")
	to(place)
	w.b.Text(" - ")
	from(place)
	w.b.Text("))")
}
