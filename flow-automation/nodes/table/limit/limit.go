// Package limit has the node that keeps the first rows.
package limit

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/limit"
)

// Type is table.limit.
func Type() node.Type {
	return relation.Define[transform.Config]("table.limit", node.Doc{
		Title:   node.Text{EN: "Limit rows", ZH: "限制行数"},
		Summary: node.Text{EN: "Keeps the first rows.", ZH: "保留前若干行。"},
		Details: node.Text{EN: "Put a sort before it to choose which rows come first.", ZH: "在它之前加排序，可决定哪些行在前。"},
		Icon:    "list-numbers", Keywords: []string{"top", "head", "first", "offset"},
	}, []node.Example{
		{
			Title:  "The first two",
			With:   relation.With{"rows": 2},
			Inputs: relation.Rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			Want:   relation.Rows(`[{"id": 1}, {"id": 2}]`),
		},
		{
			Title:  "The second",
			With:   relation.With{"rows": 1, "offset": 1},
			Inputs: relation.Rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			Want:   relation.Rows(`[{"id": 2}]`),
		},
	})
}
