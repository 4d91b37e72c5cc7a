// Package window has the node that computes over the rows around each row.
package window

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/window"
)

// Type is table.window.
func Type() node.Type {
	return relation.Define[transform.Config]("table.window", node.Doc{
		Title:   node.Text{EN: "Window functions", ZH: "窗口函数"},
		Summary: node.Text{EN: "Adds numbers, ranks, running and moving totals, earlier and later values.", ZH: "添加行号、排名、累计与移动合计、前后行的值。"},
		Details: node.Text{
			EN: "Each new column is computed over the rows of its group, in the given order: row_number and ranks, the value some rows before (lag) or after (lead), sums, averages and counts from the first row to this one (running), " +
				"over the last rows (moving) or over the whole group (all), and the share of the group's sum. The rows of the table stay as they are, in their order.",
			ZH: "每个新列按给定顺序在其分组的行上计算：行号与排名，前（lag）、后（lead）若干行的值，从第一行到本行（running）、最近若干行（moving）或整组（all）的合计、平均与计数，以及占组内总和的比例。表中的行及其顺序不变。",
		},
		Icon: "chart-histogram", Keywords: []string{"rank", "row number", "lag", "lead", "running total", "moving average", "cumulative", "share", "over", "partition"},
	}, []node.Example{
		{
			Title: "A running total for each shop, and what was sold the day before",
			With: relation.With{"by": relation.List{"shop"}, "order": relation.List{relation.With{"column": "day"}}, "values": relation.List{
				relation.With{"function": "sum", "column": "sold", "as": "total"}, relation.With{"function": "lag", "column": "sold", "default": "0", "as": "before"},
			}},
			Inputs: relation.Rows(`[{"shop": "a", "day": 2, "sold": 5}, {"shop": "b", "day": 1, "sold": 7}, {"shop": "a", "day": 1, "sold": 3}]`),
			Want:   relation.Rows(`[{"shop": "a", "day": 2, "sold": 5, "total": 8, "before": 3}, {"shop": "b", "day": 1, "sold": 7, "total": 7, "before": 0}, {"shop": "a", "day": 1, "sold": 3, "total": 3, "before": 0}]`),
		},
		{
			Title: "Ranks, a moving average of two rows, and shares",
			With: relation.With{"order": relation.List{relation.With{"column": "points", "order": "desc"}}, "values": relation.List{
				relation.With{"function": "rank"}, relation.With{"function": "dense_rank"}, relation.With{"function": "avg", "column": "points", "over": "moving", "rows": 2, "as": "average"}, relation.With{"function": "share", "column": "points"},
			}},
			Inputs: relation.Rows(`[{"points": 4}, {"points": 8}, {"points": 4}, {"points": 0}]`),
			Want:   relation.Rows(`[{"points": 4, "rank": 2, "dense_rank": 2, "average": 6.0, "share_points": 0.25}, {"points": 8, "rank": 1, "dense_rank": 1, "average": 8.0, "share_points": 0.5}, {"points": 4, "rank": 2, "dense_rank": 2, "average": 4.0, "share_points": 0.25}, {"points": 0, "rank": 4, "dense_rank": 3, "average": 2.0, "share_points": 0.0}]`),
		},
		{
			Title:     "The sum of a text",
			With:      relation.With{"values": relation.List{relation.With{"function": "sum", "column": "name"}}},
			Inputs:    relation.Rows(`[{"name": "a"}]`),
			WantError: "type_mismatch",
		},
	})
}
