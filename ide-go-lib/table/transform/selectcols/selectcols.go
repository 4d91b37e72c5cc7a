// Package selectcols is the transform that picks, orders and renames columns.
package selectcols

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which columns to keep, in which order and under which names.
type Config struct {
	Columns []Column `json:"columns" title:"Columns" zh:"列" required:"true" doc:"The columns to keep, in this order" doc_zh:"要保留的列，按此顺序排列"`
}

// Column is one column of the result.
type Column struct {
	Name string `json:"name" title:"Column" zh:"列" required:"true" widget:"column" doc:"Column of the input" doc_zh:"输入的列"`
	As   string `json:"as,omitempty" title:"New name" zh:"新名称" doc:"Left empty, the column keeps its name" doc_zh:"留空则保留原名"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, col := range c.Columns {
		name, field := col.As, "as"
		if name == "" {
			name, field = col.Name, "name"
		}
		check.Result(fmt.Sprintf("with.columns[%d].%s", i, field), name)
	}
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	var check columns.Checker
	seen := map[string]bool{}
	b.Text("SELECT ")
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		check.Column(in, field+".name", col.Name)
		as, at := col.As, field+".as"
		if as == "" {
			as, at = col.Name, field+".name"
		}
		if key := strings.ToLower(as); seen[key] {
			check.Twice(at, as)
		} else {
			seen[key] = true
		}
		if i > 0 {
			b.Text(", ")
		}
		b.From(field+".name", func() { b.Name(col.Name).Text(" AS ").Name(as) })
	}
	b.Text(" FROM ", in.Name)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	return b.Query()
}
