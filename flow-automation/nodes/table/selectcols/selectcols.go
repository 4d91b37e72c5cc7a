// Package selectcols has the node that picks columns.
package selectcols

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/selectcols"
)

// Type is table.select.
func Type() node.Type {
	return relation.Define[transform.Config]("table.select", node.Doc{
		Title:   node.Text{EN: "Select columns", ZH: "选择列"},
		Summary: node.Text{EN: "Keeps, orders and renames columns.", ZH: "保留、排序并重命名列。"},
		Details: node.Text{
			EN: "Lists the columns that the result has, in this order. A column with a new name is renamed; columns that are not listed are left out.",
			ZH: "按顺序列出结果包含的列。填写新名称即重命名；未列出的列会被去掉。",
		},
		Icon: "columns-3", Keywords: []string{"rename", "reorder", "drop", "pick", "project"},
	}, []node.Example{
		{
			Title:  "Keep two columns and rename one",
			With:   relation.With{"columns": relation.List{relation.With{"name": "Airport Name", "as": "airport"}, relation.With{"name": "cost"}}},
			Inputs: relation.Rows(`[{"cost": 120, "Airport Name": "Schiphol", "size": "Large"}]`),
			Want:   relation.Rows(`[{"airport": "Schiphol", "cost": 120}]`),
		},
		{
			Title:  "Change the order, and keep one column twice",
			With:   relation.With{"columns": relation.List{relation.With{"name": "b"}, relation.With{"name": "a"}, relation.With{"name": "a", "as": "a_before"}}},
			Inputs: relation.Rows(`[{"a": 1, "b": "x"}, {"a": 2, "b": null}]`),
			Want:   relation.Rows(`[{"b": "x", "a": 1, "a_before": 1}, {"b": null, "a": 2, "a_before": 2}]`),
		},
	})
}
