// Package compare has the node that tells how tables differ.
package compare

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/compare"
)

// Type is table.compare.
func Type() node.Type {
	before, after := `[{"id": 1, "name": "pen", "price": 2}, {"id": 2, "name": "ink", "price": 5}, {"id": 3, "name": "cap", "price": 1}]`, `[{"id": 3, "name": "cap", "price": 1}, {"id": 1, "name": "Pen", "price": 3}, {"id": 4, "name": "nib", "price": 2}]`
	return relation.Strict(relation.Define[transform.Config]("table.compare", node.Doc{
		Title:   node.Text{EN: "Compare tables", ZH: "比较表"},
		Summary: node.Text{EN: "Tells which rows were added, removed or changed.", ZH: "指出新增、删除和更改的行。"},
		Details: node.Text{
			EN: "Rows of both tables with the same key belong together. The result has a row for each that differs: its status (added, removed, changed), the key, the names of the columns that changed, and the old and the new value of each column. " +
				"Filter by the status to treat them apart. It may also have a row for each value that changed. Empty values are equal to each other, also in keys. A column that one table lacks counts as empty there.",
			ZH: "两表中键相同的行视为同一行。每个有差异的行得到一行结果：状态（added 新增、removed 删除、changed 更改）、键、更改的列名，以及各列的旧值与新值。可按状态筛选后分别处理。也可每个更改的值一行。空值彼此相等，键中亦然。某表缺少的列视为空值。",
		},
		Icon: "file-diff", Keywords: []string{"diff", "changes", "delta", "reconcile", "added", "removed"},
	}, []node.Example{
		{
			Title:  "Prices before and after",
			With:   relation.With{"keys": relation.List{"id"}},
			Inputs: relation.Tables("before", before, "after", after),
			Want: relation.Rows(`[{"status": "changed", "id": 1, "changed_columns": ["name", "price"], "name_old": "pen", "name_new": "Pen", "price_old": 2, "price_new": 3},
				{"status": "removed", "id": 2, "changed_columns": null, "name_old": "ink", "name_new": null, "price_old": 5, "price_new": null},
				{"status": "added", "id": 4, "changed_columns": null, "name_old": null, "name_new": "nib", "price_old": null, "price_new": 2}]`),
		},
		{
			Title:  "One column, within a tolerance, and what is unchanged",
			With:   relation.With{"keys": relation.List{"id"}, "columns": relation.List{"price"}, "tolerance": 1, "unchanged": true},
			Inputs: relation.Tables("before", before, "after", `[{"id": 1, "name": "Pen", "price": 3}, {"id": 2, "name": "ink", "price": 7}, {"id": 3, "name": "cap", "price": 1}]`),
			Want: relation.Rows(`[{"status": "unchanged", "id": 1, "changed_columns": null, "price_old": 2, "price_new": 3}, {"status": "changed", "id": 2, "changed_columns": ["price"], "price_old": 5, "price_new": 7},
				{"status": "unchanged", "id": 3, "changed_columns": null, "price_old": 1, "price_new": 1}]`),
		},
		{
			Title:  "Each value that changed",
			With:   relation.With{"keys": relation.List{"id"}, "layout": "cells"},
			Inputs: relation.Tables("before", before, "after", after),
			Want: relation.Rows(`[{"status": "changed", "id": 1, "column": "name", "old": "pen", "new": "Pen"}, {"status": "changed", "id": 1, "column": "price", "old": "2", "new": "3"},
				{"status": "removed", "id": 2, "column": null, "old": null, "new": null}, {"status": "added", "id": 4, "column": null, "old": null, "new": null}]`),
		},
		{
			Title:     "A key that occurs twice",
			With:      relation.With{"keys": relation.List{"id"}, "duplicates": "fail"},
			Inputs:    relation.Tables("before", `[{"id": 1, "n": 1}, {"id": 1, "n": 2}]`, "after", `[{"id": 1, "n": 1}]`),
			WantError: "key_duplicate",
		},
	}, relation.Port("before", "Before", "之前"), relation.Port("after", "After", "之后")))
}
