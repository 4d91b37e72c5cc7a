// Package profile has the node that describes columns.
package profile

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/profile"
)

// Type is table.profile.
func Type() node.Type {
	return relation.Define[transform.Config]("table.profile", node.Doc{
		Title:   node.Text{EN: "Profile columns", ZH: "数据概况"},
		Summary: node.Text{EN: "Describes each column of a table in a row.", ZH: "用一行描述表的每一列。"},
		Details: node.Text{
			EN: "Gives for each column its type, how many values are empty and how many differ, the least and the greatest; of numbers the mean, the standard deviation and the quartiles; of texts the lengths and the most frequent patterns, such as Aa-99; " +
				"and the most frequent values. Long texts are shown by their first 200 characters.",
			ZH: "对每一列给出类型、空值数、不同值数、最小值与最大值；数字列的均值、标准差和四分位数；文本列的长度和最常见的形态（如 Aa-99）；以及最常见的值。长文本只显示前 200 个字符。",
		},
		Icon: "report-analytics", Keywords: []string{"statistics", "summary", "describe", "quality", "explore", "nulls", "distinct"},
	}, []node.Example{
		{
			Title:  "Numbers and texts",
			With:   relation.With{"top": 1},
			Inputs: relation.Rows(`[{"n": 1, "code": "Ab-12"}, {"n": 3, "code": "Cd-34"}, {"n": null, "code": "Ab-12"}]`),
			Want: relation.Rows(`[{"column": "n", "type": "BIGINT", "rows": 3, "nulls": 1, "null_percent": 33.333333333333336, "distinct": 2, "min": "1", "max": "3", "mean": 2.0, "stddev": 1.4142135623730951, "p25": 1.5, "median": 2.0, "p75": 2.5,
				"min_length": null, "max_length": null, "top": [{"value": "1", "count": 1}], "patterns": null},
				{"column": "code", "type": "VARCHAR", "rows": 3, "nulls": 0, "null_percent": 0.0, "distinct": 2, "min": "Ab-12", "max": "Cd-34", "mean": null, "stddev": null, "p25": null, "median": null, "p75": null,
				"min_length": 5, "max_length": 5, "top": [{"value": "Ab-12", "count": 2}], "patterns": [{"value": "Aa-99", "count": 3}]}]`),
		},
		{
			Title:     "A column that is not there",
			With:      relation.With{"columns": relation.List{"cod"}},
			Inputs:    relation.Rows(`[{"code": "x"}]`),
			WantError: "column_unknown",
		},
	})
}
