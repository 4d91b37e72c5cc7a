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
				"The order of rows is not promised; sort afterwards if it matters.",
			ZH: "结果先是左表全部列，再是右表的列；右表中与左表重名的列加后缀，两侧同名的匹配列只出现一次。不保证行的顺序，如有需要请在其后排序。",
		},
		Icon: "arrows-join-2", Keywords: []string{"merge", "lookup", "combine", "vlookup"},
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
	}, relation.Port("left", "Left", "左表"),
		relation.Port("right", "Right", "右表"))
}
