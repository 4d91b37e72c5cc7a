// Package union has the node that puts tables below each other.
package union

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	"dataflow/flow-automation/value"
	transform "dataflow/ide-go-lib/table/transform/union"
)

// Type is table.union.
func Type() node.Type {
	return relation.Define[transform.Config]("table.union", node.Doc{
		Title:   node.Text{EN: "Append tables", ZH: "合并表"},
		Summary: node.Text{EN: "Puts tables below each other.", ZH: "将多个表上下拼接。"},
		Details: node.Text{
			EN: "Connect as many tables as you like; their rows come in the order of the connections. By name, a column that a table lacks is empty in its rows. Whole numbers and decimals below numbers of DOUBLE become DOUBLE, and those that it would round stop the run. A further column may say which table a row comes from.",
			ZH: "可连接任意多个表，行按连接顺序排列。按名称对应时，某表缺少的列在其行中为空。整数或小数与 DOUBLE 拼接时变为 DOUBLE，会被舍入的数字使运行停止。另可添加一列说明每行来自哪个表。",
		},
		Icon: "stack-2", Keywords: []string{"concat", "append", "stack"},
	}, []node.Example{
		{
			Title:  "By name",
			With:   relation.With{},
			Inputs: relation.Tables("table", `[{"a": 1, "b": "x"}]`, "table[1]", `[{"b": "y", "c": true}]`),
			Want:   relation.Rows(`[{"a": 1, "b": "x", "c": null}, {"a": null, "b": "y", "c": true}]`),
		},
		{
			Title:  "With the source of each row",
			With:   relation.With{"source": "year", "names": relation.List{"2025"}},
			Inputs: relation.Tables("table", `[{"n": 1}]`, "table[1]", `[{"n": 2}]`),
			Want:   relation.Rows(`[{"year": "2025", "n": 1}, {"year": "2", "n": 2}]`),
		},
		{
			Title:     "By position, of different width",
			With:      relation.With{"match": "position"},
			Inputs:    relation.Tables("table", `[{"a": 1}]`, "table[1]", `[{"a": 1, "b": 2}]`),
			WantError: "columns_differ",
		},
		{
			Title:  "By position",
			With:   relation.With{"match": "position"},
			Inputs: relation.Tables("table", `[{"a": 1}]`, "table[1]", `[{"other": 2}, {"other": 1}]`),
			Want:   relation.Rows(`[{"a": 1}, {"a": 2}, {"a": 1}]`),
		},
	}, node.Port{Name: "table", Kind: value.Table, Title: node.Text{EN: "Tables", ZH: "表"}, Required: true, Many: true})
}
