// Package explode has the node that makes a row of each item of a list.
package explode

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/explode"
)

// Type is table.explode.
func Type() node.Type {
	return relation.Define[transform.Config]("table.explode", node.Doc{
		Title:   node.Text{EN: "Explode lists", ZH: "展开列表"},
		Summary: node.Text{EN: "Makes a row of each item of a list.", ZH: "列表的每一项成为一行。"},
		Details: node.Text{
			EN: "The column holds lists, JSON lists, or texts with a separator. The other columns are repeated in each row, and a further one may count the items. A row whose list is empty stays with an empty value, or is left out.",
			ZH: "该列存放列表、JSON 列表或带分隔符的文本。其他列在每一行中重复，另可添加一列为各项编号。列表为空的行保留为空值，或被去掉。",
		},
		Icon: "list-details", Keywords: []string{"unnest", "flatten", "rows", "array", "expand", "items"},
	}, []node.Example{
		{
			Title:  "Tags in a text, counted",
			With:   relation.With{"column": "tags", "as": "tag", "position": "no"},
			Inputs: relation.Rows(`[{"id": 1, "tags": "red, blue"}, {"id": 2, "tags": ""}, {"id": 3, "tags": null}]`),
			Want:   relation.Rows(`[{"id": 1, "tag": "red", "no": 1}, {"id": 1, "tag": "blue", "no": 2}, {"id": 2, "tag": null, "no": null}, {"id": 3, "tag": null, "no": null}]`),
		},
		{
			Title:  "Lists, without the rows that have no items",
			With:   relation.With{"column": "sizes", "empty": "drop"},
			Inputs: relation.Rows(`[{"id": 1, "sizes": [38, 40]}, {"id": 2, "sizes": []}, {"id": 3, "sizes": [null]}]`),
			Want:   relation.Rows(`[{"id": 1, "sizes": 38}, {"id": 1, "sizes": 40}, {"id": 3, "sizes": null}]`),
		},
		{
			Title:     "A number is no list",
			With:      relation.With{"column": "id"},
			Inputs:    relation.Rows(`[{"id": 1}]`),
			WantError: "type_mismatch",
		},
	})
}
