// Package limit is the transform that keeps the first rows.
package limit

import (
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says how many rows to keep.
type Config struct {
	Rows   int64 `json:"rows" title:"Rows" zh:"行数" default:"100" minimum:"0" doc:"How many rows to keep" doc_zh:"保留的行数"`
	Offset int64 `json:"offset,omitempty" title:"Skip" zh:"跳过" default:"0" minimum:"0" doc:"How many rows to leave out before" doc_zh:"之前跳过的行数"`
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT * FROM ", in.Name, " LIMIT ", strconv.FormatInt(c.Rows, 10))
	if c.Offset > 0 {
		b.Text(" OFFSET ", strconv.FormatInt(c.Offset, 10))
	}
	return b.Query()
}
