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

// Check checks the columns of keys that stand in the given field.
func Check(check *columns.Checker, in table.Input, field string, keys []Key) {
	for i, k := range keys {
		check.Column(in, fmt.Sprintf("%s[%d].column", field, i), k.Column)
	}
}

// Write writes the keys for use after ORDER BY, each with a comma after it; reversed is for taking the last instead of the
// first. Empty values come last in either case.
func Write(b *sqltext.Builder, field string, keys []Key, reversed bool) {
	for i, k := range keys {
		b.From(fmt.Sprintf("%s[%d].column", field, i), func() { b.Name(k.Column) })
		if (k.Order == "desc") != reversed {
			b.Text(" DESC")
		}
		b.Text(" NULLS LAST, ")
	}
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var check columns.Checker
	Check(&check, in, "with.by", c.By)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	row := sqltext.Quote(columns.Free(columns.Row, in)) // keeps the order of what is equal
	b.Text("SELECT * EXCLUDE (", row, ") FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") ORDER BY ")
	Write(&b, "with.by", c.By, false)
	b.Text(row)
	return b.Query()
}
