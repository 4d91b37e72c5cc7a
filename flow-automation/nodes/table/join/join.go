// Package join has the node that puts tables side by side.
package join

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/join"
)

// Type is table.join.
func Type() node.Type {
	strikes, airports := `[{"airport": "AMS", "cost": 5}, {"airport": "XXX", "cost": 7}]`, `[{"iata": "AMS", "name": "Schiphol"}, {"iata": "JFK", "name": "Kennedy"}]`
	return relation.Define[transform.Config]("table.join", node.Doc{
		Title:   node.Text{EN: "Join tables", ZH: "连接表"},
		Summary: node.Text{EN: "Puts the rows of two tables side by side where columns are equal.", ZH: "按相等的列将两个表的行并排连接。"},
		Details: node.Text{
			EN: "The result has all columns of the left table, then those of the right; a column of the right table whose name the left has too gets the suffix, and a key that is called the same on both sides comes once. " +
				"The order of rows is not promised but for asof, which keeps that of the left table; sort afterwards if it matters. Numbers match only when they are the same: of whole numbers and decimals beside DOUBLE or FLOAT those have no partner that would only match rounded, and a key of both sides in one column that would be rounded there is an error.\n\n" +
				"An asof join gives each left row the nearest right row of the same keys, such as the last price before a sale: the last that is not after it, the first that is not before it, or whichever is nearer, within a tolerance.",
			ZH: "结果先是左表全部列，再是右表的列；右表中与左表重名的列加后缀，两侧同名的匹配列只出现一次。除 asof 保持左表顺序外，不保证行的顺序，如有需要请在其后排序。数字只有完全相同才匹配：整数和小数与 DOUBLE 或 FLOAT 匹配时，舍入后才相等的不算匹配；两侧的键合为一列而会在其中被舍入时报错。\n\nasof 连接为左表每一行匹配相同键中最近的右表行，例如销售之前的最后一个价格：不晚于它的最后一行、不早于它的第一行，或两者中较近的，可限定最大间隔。",
		},
		Icon: "arrows-join-2", Keywords: []string{"merge", "lookup", "combine", "vlookup", "cross", "asof", "nearest"},
	}, []node.Example{
		{
			Title:  "Add names from a second table, keeping rows that have none",
			With:   relation.With{"kind": "left", "on": relation.List{relation.With{"left": "airport", "right": "iata"}}},
			Inputs: relation.Tables("left", strikes, "right", airports),
			Want:   relation.Rows(`[{"airport": "AMS", "cost": 5, "iata": "AMS", "name": "Schiphol"}, {"airport": "XXX", "cost": 7, "iata": null, "name": null}]`),
		},
		{
			Title:  "Rows that have no partner",
			With:   relation.With{"kind": "anti", "on": relation.List{relation.With{"left": "airport", "right": "iata"}}},
			Inputs: relation.Tables("left", strikes, "right", airports),
			Want:   relation.Rows(`[{"airport": "XXX", "cost": 7}]`),
		},
		{
			Title:  "Keys of the same name, and a column that both have",
			With:   relation.With{"kind": "full", "on": relation.List{relation.With{"left": "id"}}, "suffix": "_new"},
			Inputs: relation.Tables("left", `[{"id": 1, "n": "a"}]`, "right", `[{"id": 1, "n": "b"}]`),
			Want:   relation.Rows(`[{"id": 1, "n": "a", "n_new": "b"}]`),
		},
		{
			Title: "The last price before each sale, no older than an hour",
			With:  relation.With{"kind": "asof", "on": relation.List{relation.With{"left": "article"}}, "nearest": relation.With{"left": "sold", "right": "since"}, "tolerance": "1 hour"},
			Inputs: relation.Tables("left", `[{"article": "pen", "sold": "2026-01-01 12:30:00"}, {"article": "pen", "sold": "2026-01-01 09:00:00"}, {"article": "pen", "sold": "2026-01-01 14:30:00"}]`,
				"right", `[{"article": "pen", "since": "2026-01-01 12:00:00", "price": 2}, {"article": "pen", "since": "2026-01-01 12:29:00", "price": 3}, {"article": "ink", "since": "2026-01-01 12:30:00", "price": 9}]`),
			Want: relation.Rows(`[{"article": "pen", "sold": "2026-01-01T12:30:00", "since": "2026-01-01T12:29:00", "price": 3}, {"article": "pen", "sold": "2026-01-01T09:00:00", "since": null, "price": null}, {"article": "pen", "sold": "2026-01-01T14:30:00", "since": null, "price": null}]`),
		},
		{
			Title:  "Every size in every colour",
			With:   relation.With{"kind": "cross"},
			Inputs: relation.Tables("left", `[{"size": 38}, {"size": 40}]`, "right", `[{"colour": "red"}]`),
			Want:   relation.Rows(`[{"size": 38, "colour": "red"}, {"size": 40, "colour": "red"}]`),
		},
		{
			Title:     "Keys that cannot be equal",
			With:      relation.With{"on": relation.List{relation.With{"left": "cost", "right": "since"}}},
			Inputs:    relation.Tables("left", `[{"cost": 5}]`, "right", `[{"since": "2026-01-01"}]`),
			WantError: "type_mismatch",
		},
	}, relation.Port("left", "Left", "左表"),
		relation.Port("right", "Right", "右表"))
}
