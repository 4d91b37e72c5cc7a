// Package fill has the node that puts values where there are none.
package fill

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/fill"
)

// Type is table.fill.
func Type() node.Type {
	fill := func(column, method string) relation.With { return relation.With{"column": column, "method": method} }
	return relation.Define[transform.Config]("table.fill", node.Doc{
		Title:   node.Text{EN: "Fill empty values", ZH: "填充空值"},
		Summary: node.Text{EN: "Puts values where there are none.", ZH: "在空值处填入值。"},
		Details: node.Text{
			EN: "Fills with a value, that of the previous or the next row, the mean, the median or the most frequent value, or on a straight line between the neighbours; within groups when you choose so. " +
				"What has no value to fill from stays empty. Whole numbers become decimal ones where the mean, the median or a line is filled in. Of values that are equally frequent the smallest is taken. The rows keep their order.",
			ZH: "可用固定值、前一行或后一行的值、均值、中位数、众数填充，或在相邻值之间线性插值；可按组进行。没有可用值时保持为空。使用均值、中位数或插值时，整数列变为小数列。出现次数相同时取最小的值。行的顺序不变。",
		},
		Icon: "bucket-droplet", Keywords: []string{"impute", "missing", "null", "forward fill", "interpolate", "default", "coalesce"},
	}, []node.Example{
		{
			Title:  "From the row before, and with a value",
			With:   relation.With{"columns": relation.List{fill("day", "previous"), relation.With{"column": "n", "method": "constant", "value": 0}}},
			Inputs: relation.Rows(`[{"day": "Monday", "n": 1}, {"day": null, "n": null}, {"day": "Tuesday", "n": 3}]`),
			Want:   relation.Rows(`[{"day": "Monday", "n": 1}, {"day": "Monday", "n": 0}, {"day": "Tuesday", "n": 3}]`),
		},
		{
			Title:  "On a line within each sensor, in the order of time",
			With:   relation.With{"columns": relation.List{fill("heat", "interpolate")}, "by": relation.List{"sensor"}, "order": relation.List{relation.With{"column": "at"}}},
			Inputs: relation.Rows(`[{"sensor": "a", "at": 4, "heat": 7.0}, {"sensor": "a", "at": 1, "heat": 1.0}, {"sensor": "b", "at": 2, "heat": null}, {"sensor": "a", "at": 2, "heat": null}, {"sensor": "a", "at": 3, "heat": null}]`),
			Want:   relation.Rows(`[{"sensor": "a", "at": 4, "heat": 7.0}, {"sensor": "a", "at": 1, "heat": 1.0}, {"sensor": "b", "at": 2, "heat": null}, {"sensor": "a", "at": 2, "heat": 3.0}, {"sensor": "a", "at": 3, "heat": 5.0}]`),
		},
		{
			Title:  "Mean, median and the most frequent",
			With:   relation.With{"columns": relation.List{fill("a", "mean"), fill("b", "median"), fill("c", "mode")}},
			Inputs: relation.Rows(`[{"a": 1, "b": 1, "c": "x"}, {"a": 2, "b": 2, "c": "y"}, {"a": 6, "b": 9, "c": "y"}, {"a": null, "b": null, "c": null}]`),
			Want:   relation.Rows(`[{"a": 1.0, "b": 1.0, "c": "x"}, {"a": 2.0, "b": 2.0, "c": "y"}, {"a": 6.0, "b": 9.0, "c": "y"}, {"a": 3.0, "b": 2.0, "c": "y"}]`),
		},
		{
			Title:     "A value of another type",
			With:      relation.With{"columns": relation.List{relation.With{"column": "n", "value": "none"}}},
			Inputs:    relation.Rows(`[{"n": 1}, {"n": null}]`),
			WantError: "type_mismatch",
		},
	})
}
