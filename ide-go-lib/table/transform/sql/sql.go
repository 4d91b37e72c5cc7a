// Package sql is the transform that is any SELECT over its inputs.
package sql

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config is the query.
type Config struct {
	Select table.SQL `json:"query" title:"Query" zh:"查询" required:"true" widget:"sql" example:"SELECT city, count(*) AS n FROM input GROUP BY city ORDER BY n DESC" doc:"One SELECT. What comes in at the table port is called input; further inputs have the names that you give them" doc_zh:"一个 SELECT 语句。table 端口的输入名为 input，其他输入使用您指定的名称"`
}

// InputName is what the query calls the table port; table itself is a word of SQL and would have to be quoted.
const InputName = "input"

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	check.Statement("with.query", c.Select)
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	for i, port := range slices.Sorted(maps.Keys(inputs)) {
		name := port
		if port == "table" {
			name = InputName
		}
		if i == 0 {
			b.Text("WITH ")
		} else {
			b.Text(", ")
		}
		// What is named more than once must be the same each time.
		mode := " AS NOT MATERIALIZED (SELECT * FROM "
		if mentions(c.Select.Text, name) > 1 {
			mode = " AS MATERIALIZED (SELECT * FROM "
		}
		b.Name(name).Text(mode, inputs[port].Name, ")")
	}
	b.Text(" SELECT * FROM ").Select("with.query", c.Select)
	return b.Query()
}

// mentions counts how often a text has a name as a word, wherever in it.
func mentions(text, name string) (n int) {
	word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	if strings.ContainsFunc(name, func(r rune) bool { return !word(r) }) {
		return strings.Count(strings.ToLower(text), strings.ToLower(name))
	}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !word(r) }) {
		if strings.EqualFold(w, name) {
			n++
		}
	}
	return n
}
