// Package sample has the node that keeps some rows by chance.
package sample

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/sample"
)

// Type is table.sample.
func Type() node.Type {
	return relation.Define[transform.Config]("table.sample", node.Doc{
		Title:   node.Text{EN: "Sample rows", ZH: "抽样"},
		Summary: node.Text{EN: "Keeps some rows by chance.", ZH: "随机保留部分行。"},
		Details: node.Text{
			EN: "Takes a number of rows, of the whole table or of each group, or about a share of them. The choice is repeatable: the same seed picks the same rows of the same table. " +
				"For another choice in each run, give the seed an expression. The rows keep their order.",
			ZH: "抽取一定数量的行（整个表或每组），或大约一定比例的行。抽样可重复：相同种子对相同的表总是抽取相同的行。若要每次运行都不同，可为种子填写表达式。行的顺序不变。",
		},
		Icon: "arrows-random", Keywords: []string{"random", "subset", "percent", "test data", "seed"},
	}, []node.Example{
		{
			Title:  "As many rows as there are",
			With:   relation.With{"rows": 5},
			Inputs: relation.Rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
			Want:   relation.Rows(`[{"id": 1}, {"id": 2}, {"id": 3}]`),
		},
		{
			Title:  "One row of each city",
			With:   relation.With{"rows": 1, "each": relation.List{"city"}},
			Inputs: relation.Rows(`[{"city": "Utrecht", "n": 1}, {"city": "Breda", "n": 2}, {"city": null, "n": 3}]`),
			Want:   relation.Rows(`[{"city": "Utrecht", "n": 1}, {"city": "Breda", "n": 2}, {"city": null, "n": 3}]`),
		},
		{
			Title:     "A column that is not there",
			With:      relation.With{"rows": 1, "each": relation.List{"ctiy"}},
			Inputs:    relation.Rows(`[{"city": "Utrecht"}]`),
			WantError: "column_unknown",
		},
	})
}
