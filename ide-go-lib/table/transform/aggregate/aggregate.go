// Package aggregate is the transform that summarises groups of rows.
package aggregate

import (
	"fmt"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says how to group and what to compute of each group.
type Config struct {
	By     []string `json:"by,omitempty" title:"Group by" zh:"分组列" widget:"columns" doc:"One row is made for each combination of these columns; none makes one row of the whole table" doc_zh:"这些列的每种组合得到一行；不选则整个表汇总为一行"`
	Values []Value  `json:"values" title:"Values" zh:"汇总值" required:"true" doc:"What to compute" doc_zh:"要计算的内容"`
}

// Value is one computed column.
type Value struct {
	Function string `json:"function" title:"Function" zh:"函数" enum:"count,count_distinct,sum,avg,min,max,median,stddev,variance" default:"count"`
	Column   string `json:"column,omitempty" title:"Column" zh:"列" widget:"column" doc:"Count may leave it empty to count rows" doc_zh:"计数时可留空，表示统计行数"`
	As       string `json:"as,omitempty" title:"Name" zh:"名称" doc:"Left empty, it is made of the function and the column" doc_zh:"留空则由函数和列名组成"`
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

var functions = map[string]string{
	"sum": "sum", "avg": "avg", "min": "min", "max": "max", "median": "median", "stddev": "stddev_samp", "variance": "var_samp", "count": "count",
}

// Write writes the call of the aggregate function.
func (v Value) Write(b *sqltext.Builder) {
	switch {
	case v.Column == "":
		b.Text("count(*)")
	case v.Function == "count_distinct":
		b.Text("count(DISTINCT ").Name(v.Column).Text(")")
	default:
		b.Text(functions[v.Function], "(").Name(v.Column).Text(")")
	}
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, by := range c.By {
		check.Result(fmt.Sprintf("with.by[%d]", i), by)
	}
	for i, v := range c.Values {
		field := fmt.Sprintf("with.values[%d]", i)
		v.Check(&check, field)
		check.Result(field+".as", v.Name())
	}
	return check.Details()
}

// Check notes what is wrong with a value that stands in the given field. Before a run the function may still be an
// expression, or left to its default.
func (v Value) Check(check *columns.Checker, field string) {
	_, known := functions[v.Function]
	if v.Column == "" && v.Function != "count" && (known || v.Function == "count_distinct") {
		check.Fail("config_invalid", field+".column", "%s needs a column.", v.Function)
	}
}

// Query implements table.Relation. Groups come in the order of their keys, so that the same input gives the same table.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	check.Columns(in, "with.by", c.By)
	for i, v := range c.Values {
		if v.Column != "" {
			check.Column(in, fmt.Sprintf("with.values[%d].column", i), v.Column)
		}
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT ")
	for _, by := range c.By {
		b.Name(by).Text(", ")
	}
	for i, v := range c.Values {
		if i > 0 {
			b.Text(", ")
		}
		b.From(fmt.Sprintf("with.values[%d].column", i), func() { v.Write(&b) }).Text(" AS ").Name(v.Name())
	}
	b.Text(" FROM ", in.Name)
	if len(c.By) > 0 {
		b.Text(" GROUP BY ").Names(c.By).Text(" ORDER BY ").Names(c.By)
	}
	return b.Query()
}

// Split implements table.Splitting.
func (c Config) Split() (table.Split, bool) {
	return table.Split{Port: "table", Keys: c.By, Order: c.By}, len(c.By) > 0
}
