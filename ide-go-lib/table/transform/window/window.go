// Package window is the transform that computes columns over the rows around each row.
package window

import (
	"fmt"
	"slices"
	"strconv"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/table/transform/sort"
)

// Config says which rows belong together, in which order, and what to compute over them.
type Config struct {
	By     []string   `json:"by,omitempty" title:"Within each" zh:"分组列" widget:"columns" doc:"Each combination of these columns is computed by itself; none is the whole table" doc_zh:"这些列的每种组合各自计算；不选则为整个表"`
	Order  []sort.Key `json:"order,omitempty" title:"In the order of" zh:"顺序依据" doc:"What before and after mean; none is the order of the rows" doc_zh:"决定前后关系；不填则按行的顺序"`
	Values []Value    `json:"values" title:"New columns" zh:"新列" required:"true" doc:"What to compute" doc_zh:"要计算的内容"`
}

// Value is one computed column.
type Value struct {
	Function string        `json:"function" title:"Function" zh:"函数" enum:"row_number,rank,dense_rank,percent_rank,lag,lead,first,last,sum,avg,min,max,count,share" default:"row_number" doc:"rank leaves gaps after equal rows, dense_rank does not. lag and lead are the value some rows before and after. share is the part of the group's sum" doc_zh:"rank 在并列后留空位，dense_rank 不留。lag、lead 为前、后若干行的值。share 为占组内总和的比例"`
	Column   string        `json:"column,omitempty" title:"Column" zh:"列" widget:"column" doc:"Left empty for row_number and ranks; count may leave it empty to count rows" doc_zh:"row_number 与排名留空；count 留空表示统计行数"`
	Over     string        `json:"over,omitempty" title:"Over" zh:"范围" enum:"running,moving,all" default:"running" when:"function=first,last,sum,avg,min,max,count" doc:"For first, last, sum, avg, min, max and count. running: from the first row to this one. moving: the last rows up to this one. all: every row of the group" doc_zh:"用于 first、last、sum、avg、min、max 和 count。running：从第一行到本行；moving：到本行为止的最近若干行；all：组内所有行"`
	Rows     int64         `json:"rows,omitempty" title:"Rows" zh:"行数" default:"1" minimum:"1" when:"function=lag,lead,first,last,sum,avg,min,max,count" doc:"How many rows before or after for lag and lead, and how many to take for moving, this one with them" doc_zh:"lag、lead 相隔的行数；moving 包括本行在内的行数"`
	Default  literal.Value `json:"default,omitzero" title:"Default" zh:"默认值" widget:"text" when:"function=lag,lead" doc:"For lag and lead: stands where there is no such row" doc_zh:"用于 lag、lead：没有对应行时的值"`
	As       string        `json:"as,omitempty" title:"Name" zh:"名称" doc:"Left empty, it is made of the function and the column" doc_zh:"留空则由函数和列名组成"`
}

// Name is that of the computed column.
func (v Value) Name() string {
	switch {
	case v.As != "":
		return v.As
	case v.Column == "":
		return v.Function
	}
	return v.Function + "_" + v.Column
}

// ranks go by the order alone, so that equal rows are equal.
func (v Value) ranks() bool {
	return v.Function == "rank" || v.Function == "dense_rank" || v.Function == "percent_rank"
}

// needsColumn is false, too, where the function is still an expression, or left to its default.
func (v Value) needsColumn() bool {
	return slices.Contains([]string{"lag", "lead", "first", "last", "sum", "avg", "min", "max", "share"}, v.Function)
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	check := columns.New(c.problems())
	for i, v := range c.Values {
		check.Result(fmt.Sprintf("with.values[%d].as", i), v.Name())
	}
	return check.Details()
}

// problems is Check without the names of columns, which a query holds against those of its input, too.
func (c Config) problems() []errs.Detail {
	var check columns.Checker
	for i, v := range c.Values {
		field := fmt.Sprintf("with.values[%d]", i)
		switch {
		case v.needsColumn() && v.Column == "":
			check.Fail("config_invalid", field+".column", "%s needs a column.", v.Function)
		case v.ranks() && len(c.Order) == 0:
			check.Fail("config_invalid", "with.order", "%s needs an order, or all rows are equal.", v.Function)
		}
	}
	return check.Details()
}

// Query implements table.Relation. The rows keep their order, which also decides between those that the order says are equal.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.problems())
	check.Columns(in, "with.by", c.By)
	sort.Check(&check, in, "with.order", c.Order)
	check.Results(columns.Other(in, nil)...)
	for i, v := range c.Values {
		field := fmt.Sprintf("with.values[%d]", i)
		if v.Column != "" && !v.ranks() && v.Function != "row_number" {
			check.Column(in, field+".column", v.Column)
		}
		check.Result(field+".as", v.Name())
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	var added table.Input
	for _, v := range c.Values {
		added.Columns = append(added.Columns, table.Column{Name: v.Name()})
	}
	row := sqltext.Quote(columns.Free(columns.Row, in, added))
	var b sqltext.Builder
	b.Text("SELECT * EXCLUDE (", row, ")")
	for i, v := range c.Values {
		b.Text(", ")
		c.write(&b, in, v, fmt.Sprintf("with.values[%d]", i), row)
		b.Text(" AS ").Name(v.Name())
	}
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") ORDER BY ", row)
	return b.Query()
}

var calls = map[string]string{"first": "first_value", "last": "last_value"}

func (c Config) write(b *sqltext.Builder, in table.Input, v Value, field, row string) {
	column := func(call string) {
		b.From(field+".column", func() { b.Text(call, "(").Name(v.Column).Text(")") })
	}
	rows := strconv.FormatInt(max(v.Rows, 1), 10)
	switch v.Function {
	case "row_number", "rank", "dense_rank", "percent_rank":
		b.Text(v.Function, "()")
		c.over(b, row, v.ranks(), "")
	case "lag", "lead":
		b.Text(v.Function, "(").Name(v.Column).Text(", ", rows, ", ")
		v.Default.Write(b, field+".default", columns.Type(in, v.Column))
		b.Text(")")
		c.over(b, row, false, "")
	case "share":
		b.From(field+".column", func() { b.Text("CAST(").Name(v.Column).Text(" AS DOUBLE)") }).Text(" / nullif(CAST(")
		column("sum")
		c.over(b, row, false, frame("all", ""))
		b.Text(" AS DOUBLE), 0)")
	default:
		call := v.Function
		if other, ok := calls[call]; ok {
			call = other
		}
		if v.Column == "" {
			b.Text("count(*)")
		} else {
			column(call)
		}
		c.over(b, row, false, frame(v.Over, rows))
	}
}

func frame(over, rows string) string {
	switch over {
	case "all":
		return " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
	case "moving":
		return " ROWS BETWEEN " + rows + " - 1 PRECEDING AND CURRENT ROW"
	}
	return " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
}

func (c Config) over(b *sqltext.Builder, row string, ranks bool, frame string) {
	b.Text(" OVER (")
	if len(c.By) > 0 {
		b.Text("PARTITION BY ").Names(c.By).Text(" ")
	}
	b.Text("ORDER BY ")
	sort.Write(b, "with.order", c.Order, false)
	if ranks {
		row = "true"
	}
	b.Text(row, frame, ")")
}
