// Package sort has the node that orders rows.
package sort

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/sort"
)

// Type is table.sort.
func Type() node.Type {
	return relation.Define[transform.Config]("table.sort", node.Doc{
		Title:   node.Text{EN: "Sort rows", ZH: "排序"},
		Summary: node.Text{EN: "Orders the rows by one or more columns.", ZH: "按一列或多列排序。"},
		Details: node.Text{EN: "Rows that are equal in all columns keep their order. Empty values come last.", ZH: "各列都相等的行保持原有顺序。空值排在最后。"},
		Icon:    "sort-ascending", Keywords: []string{"order"},
	}, []node.Example{
		{
			Title:  "Highest first",
			With:   relation.With{"by": relation.List{relation.With{"column": "cost", "order": "desc"}}},
			Inputs: relation.Rows(`[{"id": 1, "cost": 5}, {"id": 2, "cost": null}, {"id": 3, "cost": 9}]`),
			Want:   relation.Rows(`[{"id": 3, "cost": 9}, {"id": 1, "cost": 5}, {"id": 2, "cost": null}]`),
		},
		{
			Title:  "By two columns",
			With:   relation.With{"by": relation.List{relation.With{"column": "state"}, relation.With{"column": "id", "order": "desc"}}},
			Inputs: relation.Rows(`[{"state": "UT", "id": 1}, {"state": "TX", "id": 2}, {"state": "TX", "id": 3}]`),
			Want:   relation.Rows(`[{"state": "TX", "id": 3}, {"state": "TX", "id": 2}, {"state": "UT", "id": 1}]`),
		},
	})
}
