package table

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/table/transform/distinct"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/limit"
	"dataflow/ide-go-lib/table/transform/sort"
)

func filterType() node.Type {
	return transform[filter.Config]("table.filter", node.Doc{
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
			With:   with{"where": "cost > 0"},
			Inputs: rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 0}, {"id": 3, "cost": null}]`),
			Want:   rows(`[{"id": 1, "cost": 10}]`),
		},
		{
			Title:  "More than a parameter of the flow says",
			With:   with{"where": "cost >= {{ params.min_cost }} -- set when the flow is started"},
			Params: with{"min_cost": 5},
			Inputs: rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 5}, {"id": 3, "cost": 4}]`),
			Want:   rows(`[{"id": 1, "cost": 10}, {"id": 2, "cost": 5}]`),
		},
	})
}

func sortType() node.Type {
	return transform[sort.Config]("table.sort", node.Doc{
		Title:   node.Text{EN: "Sort rows", ZH: "排序"},
		Summary: node.Text{EN: "Orders the rows by one or more columns.", ZH: "按一列或多列排序。"},
		Details: node.Text{EN: "Rows that are equal in all columns keep their order. Empty values come last.", ZH: "各列都相等的行保持原有顺序。空值排在最后。"},
		Icon:    "sort-ascending", Keywords: []string{"order"},
	}, []node.Example{
		{
			Title:  "Highest first",
			With:   with{"by": list{with{"column": "cost", "order": "desc"}}},
			Inputs: rows(`[{"id": 1, "cost": 5}, {"id": 2, "cost": null}, {"id": 3, "cost": 9}]`),
			Want:   rows(`[{"id": 3, "cost": 9}, {"id": 1, "cost": 5}, {"id": 2, "cost": null}]`),
		},
		{
			Title:  "By two columns",
			With:   with{"by": list{with{"column": "state"}, with{"column": "id", "order": "desc"}}},
			Inputs: rows(`[{"state": "UT", "id": 1}, {"state": "TX", "id": 2}, {"state": "TX", "id": 3}]`),
			Want:   rows(`[{"state": "TX", "id": 3}, {"state": "TX", "id": 2}, {"state": "UT", "id": 1}]`),
		},
	})
}

func limitType() node.Type {
	return transform[limit.Config]("table.limit", node.Doc{
		Title:   node.Text{EN: "Limit rows", ZH: "限制行数"},
		Summary: node.Text{EN: "Keeps the first rows.", ZH: "保留前若干行。"},
		Details: node.Text{EN: "Put a sort before it to choose which rows come first.", ZH: "在它之前加排序，可决定哪些行在前。"},
		Icon:    "list-numbers", Keywords: []string{"top", "head", "first", "offset"},
	}, []node.Example{
		{
			Title:  "The first two",
			With:   with{"rows": 2},
			Inputs: rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			Want:   rows(`[{"id": 1}, {"id": 2}]`),
		},
		{
			Title:  "The second",
			With:   with{"rows": 1, "offset": 1},
			Inputs: rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			Want:   rows(`[{"id": 2}]`),
		},
	})
}

func distinctType() node.Type {
	return transform[distinct.Config]("table.distinct", node.Doc{
		Title:   node.Text{EN: "Remove duplicates", ZH: "去重"},
		Summary: node.Text{EN: "Keeps one of the rows that repeat each other.", ZH: "重复的行只保留一行。"},
		Details: node.Text{
			EN: "Rows are repetitions when they are equal in the chosen columns, or in all when none is chosen. The first or the last of them stays; the order of rows is kept.",
			ZH: "在所选列（不选则为全部列）上相等的行视为重复。保留其中第一行或最后一行，行的顺序不变。",
		},
		Icon: "fingerprint", Keywords: []string{"unique", "deduplicate", "dedupe", "duplicates"},
	}, []node.Example{
		{
			Title:  "The last row of each customer",
			With:   with{"columns": list{"customer"}, "keep": "last"},
			Inputs: rows(`[{"customer": "a", "n": 1}, {"customer": "b", "n": 2}, {"customer": "a", "n": 3}]`),
			Want:   rows(`[{"customer": "b", "n": 2}, {"customer": "a", "n": 3}]`),
		},
		{
			Title:  "Rows that are equal throughout",
			With:   with{},
			Inputs: rows(`[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "x"}, {"a": null, "b": null}, {"a": null, "b": null}]`),
			Want:   rows(`[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": null, "b": null}]`),
		},
	})
}
