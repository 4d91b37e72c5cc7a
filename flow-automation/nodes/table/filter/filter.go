// Package filter has the node that keeps rows.
package filter

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/filter"
)

// Type is table.filter.
func Type() node.Type {
	return relation.Define[transform.Config]("table.filter", node.Doc{
		Title:   node.Text{EN: "Filter rows", ZH: "筛选行"},
		Summary: node.Text{EN: "Keeps the rows for which a condition holds.", ZH: "保留满足条件的行。"},
		Details: node.Text{
			EN: "The condition is SQL over the columns: `cost > 0 AND state IN ('Texas', 'Utah')`. Names with spaces stand in double quotes: `\"Cost Total $\" > 0`. " +
				"Rows for which it is empty, as comparisons with empty values are, are left out.",
			ZH: "条件是基于各列的 SQL：`cost > 0 AND state IN ('Texas', 'Utah')`。含空格的列名写在双引号中：`\"Cost Total $\" > 0`。条件结果为空（如与空值比较）的行会被去掉。",
		},
		Icon: "filter", Keywords: []string{"where", "condition", "keep", "remove"},
	}, []node.Example{
		{
			Title:  "Rows with a cost",
			With:   relation.With{"where": "cost > 0"},
			Inputs: relation.Rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 0}, {"id": 3, "cost": null}]`),
			Want:   relation.Rows(`[{"id": 1, "cost": 10}]`),
		},
		{
			Title:  "More than a parameter of the flow says",
			With:   relation.With{"where": "cost >= {{ params.min_cost }} -- set when the flow is started"},
			Params: relation.With{"min_cost": 5},
			Inputs: relation.Rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 5}, {"id": 3, "cost": 4}]`),
			Want:   relation.Rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 5}]`),
		},
	})
}
