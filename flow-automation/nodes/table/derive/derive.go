// Package derive has the node that adds columns.
package derive

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/derive"
)

// Type is table.derive.
func Type() node.Type {
	return relation.Define[transform.Config]("table.derive", node.Doc{
		Title:   node.Text{EN: "Add columns", ZH: "添加列"},
		Summary: node.Text{EN: "Computes columns from others with SQL expressions.", ZH: "用 SQL 表达式由其他列计算新列。"},
		Details: node.Text{
			EN: "Each column is an SQL expression over the columns before it. A name that exists is replaced. Values from elsewhere come in with `{{ … }}` and are always values, never SQL.",
			ZH: "每一列是基于之前各列的 SQL 表达式。已存在的名称会被替换。可用 `{{ … }}` 引入其他值，它们始终作为值而不是 SQL 文本。",
		},
		Icon: "math-function", Keywords: []string{"compute", "formula", "expression", "add", "new column"},
	}, []node.Example{
		{
			Title:  "A total, and a class made of it",
			With:   relation.With{"columns": relation.List{relation.With{"name": "total", "expression": "price * quantity"}, relation.With{"name": "class", "expression": "CASE WHEN total >= 10 THEN 'big' ELSE 'small' END"}}},
			Inputs: relation.Rows(`[{"price": 2.5, "quantity": 4}, {"price": 3, "quantity": 1}]`),
			Want:   relation.Rows(`[{"price": 2.5, "quantity": 4, "total": 10.0, "class": "big"}, {"price": 3.0, "quantity": 1, "total": 3.0, "class": "small"}]`),
		},
		{
			Title:  "Replace a column",
			With:   relation.With{"columns": relation.List{relation.With{"name": "name", "expression": "upper(trim(name))"}}},
			Inputs: relation.Rows(`[{"name": " ada "}, {"name": null}]`),
			Want:   relation.Rows(`[{"name": "ADA"}, {"name": null}]`),
		},
	})
}
