// Package pivot has the node that makes columns of values.
package pivot

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/pivot"
)

// Type is table.pivot.
func Type() node.Type {
	sales := `[{"city": "Utrecht", "year": 2024, "n": 1}, {"city": "Breda", "year": 2023, "n": 2}, {"city": "Utrecht", "year": 2023, "n": 3}, {"city": "Utrecht", "year": 2024, "n": 4}, {"city": "Ede", "year": null, "n": 5}]`
	sum := relation.List{relation.With{"function": "sum", "column": "n"}}
	return relation.Define[transform.Config]("table.pivot", node.Doc{
		Title:   node.Text{EN: "Pivot", ZH: "透视（行转列）"},
		Summary: node.Text{EN: "Makes columns of the values of a column.", ZH: "将一列的值变为多列。"},
		Details: node.Text{
			EN: "Gives one row for each combination of the row columns, and one column for each value of the names column, with what is computed of the rows where both meet. " +
				"The values are listed, or found in the data: then the columns depend on it, and what follows must cope with that. A row whose name is empty counts in no column.",
			ZH: "行列的每种组合得到一行，名称列的每个值得到一列，单元格为两者交汇的行的计算结果。值可以列出，也可从数据中找到：后者的列取决于数据，后续节点须能应对。名称为空的行不计入任何列。",
		},
		Icon: "table-alias", Keywords: []string{"crosstab", "wide", "spread", "cast", "reshape", "matrix"},
	}, []node.Example{
		{
			Title:  "A column for each year that is there",
			With:   relation.With{"by": relation.List{"city"}, "column": "year", "values": sum},
			Inputs: relation.Rows(sales),
			Want:   relation.Rows(`[{"city": "Breda", "2023": 2, "2024": null}, {"city": "Ede", "2023": null, "2024": null}, {"city": "Utrecht", "2023": 3, "2024": 5}]`),
		},
		{
			Title:  "Listed years, and two values in each cell",
			With:   relation.With{"by": relation.List{"city"}, "column": "year", "names": relation.List{"2024", "2025"}, "values": relation.List{relation.With{"function": "count"}, relation.With{"function": "max", "column": "n", "as": "most"}}},
			Inputs: relation.Rows(sales),
			Want:   relation.Rows(`[{"city": "Breda", "2024_count": 0, "2024_most": null, "2025_count": 0, "2025_most": null}, {"city": "Ede", "2024_count": 0, "2024_most": null, "2025_count": 0, "2025_most": null}, {"city": "Utrecht", "2024_count": 2, "2024_most": 4, "2025_count": 0, "2025_most": null}]`),
		},
		{
			Title:     "More columns than expected",
			With:      relation.With{"by": relation.List{"city"}, "column": "n", "values": relation.List{relation.With{"function": "count"}}, "most": 3},
			Inputs:    relation.Rows(sales),
			WantError: "too_many_columns",
		},
	})
}
