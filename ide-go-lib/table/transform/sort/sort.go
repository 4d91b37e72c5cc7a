// Package sort is the transform that orders rows.
package sort

import (
	"fmt"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config is the order.
type Config struct {
	By []Key `json:"by" title:"Order by" zh:"排序依据" required:"true" doc:"The first column decides; the next where it is equal. Rows that are equal in all keep their order" doc_zh:"先按第一列排序，相等时再看下一列；全部相等的行保持原有顺序"`
}

// Key is one column to order by.
type Key struct {
	Column string `json:"column" title:"Column" zh:"列" required:"true" widget:"column"`
	Order  string `json:"order" title:"Order" zh:"顺序" enum:"asc,desc" default:"asc" doc:"Empty values come last in both" doc_zh:"空值总在最后"`
}

// rowNumber holds the rows' own order while they are sorted.
const rowNumber = `"__row__"`

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	var check columns.Checker
	b.Text("SELECT * EXCLUDE (", rowNumber, ") FROM (SELECT *, row_number() OVER () AS ", rowNumber, " FROM ", in.Name, ") ORDER BY ")
	for i, k := range c.By {
		field := fmt.Sprintf("with.by[%d].column", i)
		check.Column(in, field, k.Column)
		b.From(field, func() { b.Name(k.Column) })
		if k.Order == "desc" {
			b.Text(" DESC")
		}
		b.Text(" NULLS LAST, ")
	}
	b.Text(rowNumber)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	return b.Query()
}
