// Package distinct has the node that removes repeated rows.
package distinct

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/distinct"
)

// Type is table.distinct.
func Type() node.Type {
	return relation.Define[transform.Config]("table.distinct", node.Doc{
		Title:   node.Text{EN: "Remove duplicates", ZH: "去重"},
		Summary: node.Text{EN: "Keeps one of the rows that repeat each other.", ZH: "重复的行只保留一行。"},
		Details: node.Text{
			EN: "Rows are repetitions when they are equal in the chosen columns, or in all when none is chosen. The first or the last of them stays, as they come or by an order of your own, or none of them; the order of rows is kept.",
			ZH: "在所选列（不选则为全部列）上相等的行视为重复。保留其中第一行或最后一行（按行的顺序或指定的顺序），或全部去掉；行的顺序不变。",
		},
		Icon: "fingerprint", Keywords: []string{"unique", "deduplicate", "dedupe", "duplicates"},
	}, []node.Example{
		{
			Title:  "The last row of each customer",
			With:   relation.With{"columns": relation.List{"customer"}, "keep": "last"},
			Inputs: relation.Rows(`[{"customer": "a", "n": 1}, {"customer": "b", "n": 2}, {"customer": "a", "n": 3}]`),
			Want:   relation.Rows(`[{"customer": "b", "n": 2}, {"customer": "a", "n": 3}]`),
		},
		{
			Title:  "The latest row of each customer",
			With:   relation.With{"columns": relation.List{"customer"}, "keep": "last", "order": relation.List{relation.With{"column": "at"}}},
			Inputs: relation.Rows(`[{"customer": "a", "at": 5}, {"customer": "b", "at": null}, {"customer": "a", "at": 3}, {"customer": "a", "at": null}]`),
			Want:   relation.Rows(`[{"customer": "a", "at": 5}, {"customer": "b", "at": null}]`),
		},
		{
			Title:  "Only what occurs once",
			With:   relation.With{"columns": relation.List{"customer"}, "keep": "none"},
			Inputs: relation.Rows(`[{"customer": "a", "n": 1}, {"customer": "b", "n": 2}, {"customer": "a", "n": 3}]`),
			Want:   relation.Rows(`[{"customer": "b", "n": 2}]`),
		},
		{
			Title:     "A column that is not there",
			With:      relation.With{"columns": relation.List{"custommer"}},
			Inputs:    relation.Rows(`[{"customer": "a"}]`),
			WantError: "column_unknown",
		},
		{
			Title:  "Rows that are equal throughout",
			With:   relation.With{},
			Inputs: relation.Rows(`[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "x"}, {"a": null, "b": null}, {"a": null, "b": null}]`),
			Want:   relation.Rows(`[{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": null, "b": null}]`),
		},
	})
}
