// Package flatten has the node that makes columns of objects.
package flatten

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/flatten"
)

// Type is table.flatten.
func Type() node.Type {
	return relation.Define[transform.Config]("table.flatten", node.Doc{
		Title:   node.Text{EN: "Flatten objects", ZH: "展平对象"},
		Summary: node.Text{EN: "Makes columns of the fields of objects.", ZH: "将对象的字段变为列。"},
		Details: node.Text{
			EN: "Takes columns that hold objects apart: each field becomes a column in their place. The fields of JSON are found in the data, with the types that their values have in common; what is no object stays in a column of its own. " +
				"Lists stay lists; Explode makes rows of them.",
			ZH: "拆开存放对象的列：每个字段在原位置成为一列。JSON 的字段从数据中找到，类型为其值的共同类型；不是对象的值保留在单独的列中。列表保持不变，可用“展开列表”变成多行。",
		},
		Icon: "layout-columns", Keywords: []string{"json", "struct", "normalize", "nested", "expand", "unnest"},
	}, []node.Example{
		{
			Title:  "One level",
			With:   relation.With{},
			Inputs: relation.Rows(`[{"id": 1, "user": {"name": "Ada", "home": {"city": "London"}}}, {"id": 2, "user": null}]`),
			Want:   relation.Rows(`[{"id": 1, "user_name": "Ada", "user_home": {"city": "London"}}, {"id": 2, "user_name": null, "user_home": null}]`),
		},
		{
			Title:  "All levels of JSON in a text, without prefix",
			With:   relation.With{"columns": relation.List{"data"}, "depth": 0, "prefix": false},
			Inputs: relation.Rows(`[{"data": "{\"a\": 1, \"b\": {\"c\": [1, 2]}}"}, {"data": "{\"a\": 2.5, \"b\": {\"d\": \"x\"}}"}]`),
			Want:   relation.Rows(`[{"a": 1.0, "c": [1, 2], "d": null}, {"a": 2.5, "c": null, "d": "x"}]`),
		},
		{
			Title:     "A number holds no fields",
			With:      relation.With{"columns": relation.List{"id"}},
			Inputs:    relation.Rows(`[{"id": 1}]`),
			WantError: "type_mismatch",
		},
	})
}
