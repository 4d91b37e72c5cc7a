// Package distinct is the transform that removes repeated rows.
package distinct

import (
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/sort"
)

// Config says which rows count as repetitions, and which of them stay.
type Config struct {
	Columns []string   `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" doc:"Rows that are equal in these are repetitions; none selected means all columns" doc_zh:"在这些列上相等的行视为重复；不选表示全部列"`
	Keep    string     `json:"keep" title:"Keep" zh:"保留" enum:"first,last,none" default:"first" doc:"Which of the repeated rows stays; none leaves out every row that has repetitions" doc_zh:"保留重复行中的哪一行；none 去掉所有有重复的行"`
	Order   []sort.Key `json:"order,omitempty" title:"First and last by" zh:"首末依据" doc:"The order that decides which row is the first or the last; empty values never win. None is the order of the rows" doc_zh:"决定哪一行为首或末的顺序，空值不会胜出；不填则按行的顺序"`
}

// Query implements table.Relation. The rows that stay keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var check columns.Checker
	check.Columns(in, "with.columns", c.Columns)
	sort.Check(&check, in, "with.order", c.Order)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	keys := c.Columns
	if len(keys) == 0 {
		keys = columns.Other(in, nil)
	}
	var b sqltext.Builder
	if len(keys) == 0 {
		b.Text("SELECT DISTINCT * FROM ", in.Name)
		return b.Query()
	}
	row := sqltext.Quote(columns.Free(columns.Row, in))
	b.Text("SELECT * EXCLUDE (", row, ") FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") QUALIFY ")
	if c.Keep == "none" {
		b.Text("count(*) OVER (PARTITION BY ").Names(keys).Text(") = 1 ORDER BY ", row)
		return b.Query()
	}
	b.Text("row_number() OVER (PARTITION BY ").Names(keys).Text(" ORDER BY ")
	sort.Write(&b, "with.order", c.Order, c.Keep == "last")
	b.Text(row)
	if c.Keep == "last" {
		b.Text(" DESC")
	}
	b.Text(") = 1 ORDER BY ", row)
	return b.Query()
}
