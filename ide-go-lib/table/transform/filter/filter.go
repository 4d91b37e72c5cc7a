// Package filter is the transform that keeps the rows for which a condition holds.
package filter

import (
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config is the condition.
type Config struct {
	Where table.SQL `json:"where" title:"Condition" zh:"条件" required:"true" widget:"sql" example:"amount > 0 AND country = 'NL'" doc:"SQL condition over the columns; rows for which it holds are kept" doc_zh:"基于各列的 SQL 条件；保留满足条件的行"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	check.Expression("with.where", c.Where)
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT * FROM ", in.Name, " WHERE ").Expression("with.where", c.Where)
	return b.Query()
}
