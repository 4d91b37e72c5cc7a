// Package lookup has the node that brings columns of a second table.
package lookup

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/lookup"
)

// Type is table.lookup.
func Type() node.Type {
	orders, prices := `[{"id": 1, "article": "pen"}, {"id": 2, "article": "ink"}, {"id": 3, "article": null}]`, `[{"name": "pen", "price": 2}, {"name": "cap", "price": 3}, {"name": "pen", "price": 4}]`
	on := relation.List{relation.With{"table": "article", "lookup": "name"}}
	return relation.Strict(relation.Define[transform.Config]("table.lookup", node.Doc{
		Title:   node.Text{EN: "Look up columns", ZH: "查找列"},
		Summary: node.Text{EN: "Brings columns of a second table to the rows of the first.", ZH: "从第二个表为第一个表的行带入列。"},
		Details: node.Text{
			EN: "Each row of the table is looked up in the second one by its key, and gets the columns that are found there. Unlike a join it never makes two rows of one: where several are found, the first or the last counts, or the run stops. " +
				"Rows of which nothing is found get defaults, are left out, or stop the run. The rows keep their order. Numbers are found only when they are the same, not when they would be rounded to that.",
			ZH: "按键在第二个表中查找每一行，并带入找到的列。与连接不同，一行绝不会变成多行：找到多行时取第一行或最后一行，或停止运行。未找到的行取默认值、被去掉，或停止运行。行的顺序不变。数字只有完全相同才算找到，舍入后才相等的不算。",
		},
		Icon: "table-import", Keywords: []string{"vlookup", "enrich", "map", "join", "reference", "dictionary"},
	}, []node.Example{
		{
			Title:  "Prices, with a default for what has none",
			With:   relation.With{"on": on, "lookup_columns": relation.List{relation.With{"name": "price", "as": "cost", "default": "0"}}},
			Inputs: relation.Tables("table", orders, "lookup", prices),
			Want:   relation.Rows(`[{"id": 1, "article": "pen", "cost": 2}, {"id": 2, "article": "ink", "cost": 0}, {"id": 3, "article": null, "cost": 0}]`),
		},
		{
			Title:  "Only what is found, with the last price",
			With:   relation.With{"on": on, "lookup_columns": relation.List{relation.With{"name": "price"}}, "missing": "drop", "several": "last"},
			Inputs: relation.Tables("table", orders, "lookup", prices),
			Want:   relation.Rows(`[{"id": 1, "article": "pen", "price": 4}]`),
		},
		{
			Title:     "Nothing may be missing",
			With:      relation.With{"on": on, "lookup_columns": relation.List{relation.With{"name": "price"}}, "missing": "fail"},
			Inputs:    relation.Tables("table", orders, "lookup", prices),
			WantError: "lookup_missing",
		},
		{
			Title:     "Two prices are one too many",
			With:      relation.With{"on": on, "lookup_columns": relation.List{relation.With{"name": "price"}}, "several": "fail"},
			Inputs:    relation.Tables("table", orders, "lookup", prices),
			WantError: "lookup_several",
		},
	}, relation.Port("table", "Table", "表"), relation.Port("lookup", "Lookup table", "查找表")))
}
