// Package sql has the node that is any SELECT.
package sql

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	"dataflow/flow-automation/value"
	transform "dataflow/ide-go-lib/table/transform/sql"
)

// Type is table.sql.
func Type() node.Type {
	t := relation.Define[transform.Config]("table.sql", node.Doc{
		Title:   node.Text{EN: "SQL", ZH: "SQL 查询"},
		Summary: node.Text{EN: "Any SELECT over the inputs.", ZH: "对输入执行任意 SELECT。"},
		Details: node.Text{
			EN: "One SELECT in DuckDB's dialect, with WITH, window functions, PIVOT in FROM, and so on. The table at the port `table` is called `input`; connect further tables under names of your own and use these. " +
				"Nothing but the inputs can be read. `{{ … }}` gives a value, never SQL text. Functions that make much of little, such as range and repeat, are bounded for each value.",
			ZH: "一个 DuckDB 方言的 SELECT，可用 WITH、窗口函数、FROM 中的 PIVOT 等。`table` 端口的表名为 `input`；其他表可用自定义名称连接并引用。只能读取输入。`{{ … }}` 只提供值，不会成为 SQL 文本。range、repeat 等以小生大的函数对每个值设有上限。",
		},
		Icon: "sql", Keywords: []string{"query", "select", "window", "custom"},
	}, []node.Example{
		{
			Title:  "A running total",
			With:   relation.With{"query": "SELECT day, sum(n) OVER (ORDER BY day) AS total FROM input ORDER BY day;"},
			Inputs: relation.Rows(`[{"day": 2, "n": 5}, {"day": 1, "n": 3}]`),
			Want:   relation.Rows(`[{"day": 1, "total": 3}, {"day": 2, "total": 8}]`),
		},
		{
			Title:  "Two inputs and a value",
			With:   relation.With{"query": "SELECT o.id, c.name\nFROM orders AS o JOIN customers AS c ON o.customer = c.id\nWHERE o.amount > {{ params.least }}"},
			Params: relation.With{"least": 10},
			Inputs: relation.Tables("orders", `[{"id": 1, "customer": 7, "amount": 20}, {"id": 2, "customer": 7, "amount": 5}]`, "customers", `[{"id": 7, "name": "Ada"}]`),
			Want:   relation.Rows(`[{"id": 1, "name": "Ada"}]`),
		},
	}, node.Port{Name: "table", Kind: value.Table, Title: node.Text{EN: "input", ZH: "input"}})
	t.NamedInputs = true
	return t
}
