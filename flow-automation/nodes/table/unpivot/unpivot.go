// Package unpivot has the node that makes rows of columns.
package unpivot

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/unpivot"
)

// Type is table.unpivot.
func Type() node.Type {
	return relation.Define[transform.Config]("table.unpivot", node.Doc{
		Title:   node.Text{EN: "Unpivot", ZH: "逆透视（列转行）"},
		Summary: node.Text{EN: "Makes rows of columns.", ZH: "将多列变为多行。"},
		Details: node.Text{
			EN: "Each value of the chosen columns becomes a row of its own, with the name of its column and the columns that are kept. Empty values make no row unless you want them. Where the columns differ in type, their values become texts; different numbers become DOUBLE where one of them is, and those that it would round stop the run.",
			ZH: "所选各列的每个值成为单独一行，附带其列名和保留的列。默认空值不产生行。各列类型不同时，值转为文本；不同的数字类型中有 DOUBLE 时变为 DOUBLE，会被舍入的数字使运行停止。",
		},
		Icon: "table-options", Keywords: []string{"melt", "long", "gather", "reshape", "stack", "tidy"},
	}, []node.Example{
		{
			Title:  "A row for each year",
			With:   relation.With{"keep": relation.List{"city"}, "name": "year", "value": "n"},
			Inputs: relation.Rows(`[{"city": "Breda", "2023": 2, "2024": null}, {"city": "Utrecht", "2023": 3, "2024": 5}]`),
			Want:   relation.Rows(`[{"city": "Breda", "year": "2023", "n": 2}, {"city": "Utrecht", "year": "2023", "n": 3}, {"city": "Utrecht", "year": "2024", "n": 5}]`),
		},
		{
			Title:  "Columns of different types, with empty values",
			With:   relation.With{"columns": relation.List{"a", "b"}, "nulls": true},
			Inputs: relation.Rows(`[{"id": 1, "a": 2, "b": "x"}, {"id": 2, "a": null, "b": "y"}]`),
			Want:   relation.Rows(`[{"id": 1, "name": "a", "value": "2"}, {"id": 1, "name": "b", "value": "x"}, {"id": 2, "name": "a", "value": null}, {"id": 2, "name": "b", "value": "y"}]`),
		},
		{
			Title:     "A name that is taken",
			With:      relation.With{"keep": relation.List{"name"}},
			Inputs:    relation.Rows(`[{"name": "Ada", "born": 1815}]`),
			WantError: "column_duplicate",
		},
	})
}
