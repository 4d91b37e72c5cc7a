// Package distinct is the transform that removes repeated rows.
package distinct

import (
	"fmt"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which rows count as repetitions.
type Config struct {
	Columns []string `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" doc:"Rows that are equal in these are repetitions; none selected means all columns" doc_zh:"在这些列上相等的行视为重复；不选表示全部列"`
	Keep    string   `json:"keep" title:"Keep" zh:"保留" enum:"first,last" default:"first" doc:"Which of the repeated rows stays" doc_zh:"保留重复行中的哪一行"`
}

// rowNumber holds the rows' own order, which the result keeps.
const rowNumber = `"__row__"`

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	var check columns.Checker
	keys := c.Columns
	for i, name := range keys {
		check.Column(in, fmt.Sprintf("with.columns[%d]", i), name)
	}
	if len(keys) == 0 {
		for _, col := range in.Columns {
			keys = append(keys, col.Name)
		}
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	if len(keys) == 0 {
		b.Text("SELECT DISTINCT * FROM ", in.Name)
		return b.Query()
	}
	order := ""
	if c.Keep == "last" {
		order = " DESC"
	}
	b.Text("SELECT * EXCLUDE (", rowNumber, ") FROM (SELECT *, row_number() OVER () AS ", rowNumber, " FROM ", in.Name,
		") QUALIFY row_number() OVER (PARTITION BY ").Names(keys).Text(" ORDER BY ", rowNumber, order, ") = 1 ORDER BY ", rowNumber)
	return b.Query()
}
