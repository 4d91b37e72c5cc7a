// Package derive is the transform that adds computed columns.
package derive

import (
	"fmt"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says what to compute.
type Config struct {
	Columns []Column `json:"columns" title:"Columns" zh:"列" required:"true" doc:"Columns to add, one after the other; each may use those before it, and one that exists is replaced" doc_zh:"依次添加的列；每列可使用它之前的列，同名列会被替换"`
}

// Column is one computed column.
type Column struct {
	Name       string    `json:"name" title:"Name" zh:"名称" required:"true" example:"total"`
	Expression table.SQL `json:"expression" title:"Expression" zh:"表达式" required:"true" widget:"sql" example:"price * quantity" doc:"SQL expression over the columns" doc_zh:"基于各列的 SQL 表达式"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, col := range c.Columns {
		check.Expression(fmt.Sprintf("with.columns[%d].expression", i), col.Expression)
	}
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	replaces := make([]bool, len(c.Columns))
	have := append([]table.Column(nil), in.Columns...)
	for i, col := range c.Columns {
		if replaces[i] = columns.Find(have, col.Name) >= 0; !replaces[i] {
			have = append(have, table.Column{Name: col.Name})
		}
	}
	var b sqltext.Builder
	for i := len(c.Columns) - 1; i >= 0; i-- { // the first is innermost
		col := c.Columns[i]
		field := fmt.Sprintf("with.columns[%d]", i)
		if replaces[i] {
			b.Text("SELECT * REPLACE (").Expression(field+".expression", col.Expression).Text(" AS ").Name(col.Name).Text(")")
		} else {
			b.Text("SELECT *, ").Expression(field+".expression", col.Expression).Text(" AS ").Name(col.Name)
		}
		b.Text(" FROM ")
		if i > 0 {
			b.Text("(")
		}
	}
	if len(c.Columns) == 0 {
		b.Text("SELECT * FROM ")
	}
	b.Text(in.Name)
	for i := 1; i < len(c.Columns); i++ {
		b.Text(")")
	}
	return b.Query()
}
