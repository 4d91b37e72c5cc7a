// Package sql is the transform that is any SELECT over its inputs.
package sql

import (
	"maps"
	"slices"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Config is the query.
type Config struct {
	Select table.SQL `json:"query" title:"Query" zh:"查询" required:"true" widget:"sql" example:"SELECT city, count(*) AS n FROM input GROUP BY city ORDER BY n DESC" doc:"One SELECT. What comes in at the table port is called input; further inputs have the names that you give them" doc_zh:"一个 SELECT 语句。table 端口的输入名为 input，其他输入使用您指定的名称"`
}

// InputName is what the query calls the table port; table itself is a word of SQL and would have to be quoted.
const InputName = "input"

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
		b.Name(name).Text(" AS NOT MATERIALIZED (SELECT * FROM ", inputs[port].Name, ")")
	}
	b.Text(" SELECT * FROM ").Select("with.query", c.Select)
	return b.Query()
}
