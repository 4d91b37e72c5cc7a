// Package split has the node that cuts a column of texts.
package split

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/split"
)

// Type is table.split.
func Type() node.Type {
	return relation.Strict(relation.Define[transform.Config]("table.split", node.Doc{
		Title:   node.Text{EN: "Split column", ZH: "拆分列"},
		Summary: node.Text{EN: "Cuts a column of texts into several.", ZH: "将文本列拆分为多列。"},
		Details: node.Text{
			EN: "Cuts at a separator or at a pattern, or takes what the groups of a pattern hold, and gives each part a column. Without names for them the column becomes a list of its parts, of which Explode makes rows.",
			ZH: "按分隔符或正则表达式切分，或取正则表达式各分组的内容，每部分成为一列。不填列名时，该列变为各部分的列表，可再用“展开”变成多行。",
		},
		Icon: "arrows-split", Keywords: []string{"separate", "delimiter", "parse", "regex", "extract", "tokens"},
	}, []node.Example{
		{
			Title:  "A name in two parts",
			With:   relation.With{"column": "name", "separator": " ", "into": relation.List{"first", "last"}},
			Inputs: relation.Rows(`[{"id": 1, "name": "Ada Lovelace"}, {"id": 2, "name": "Juan de la Cierva"}, {"id": 3, "name": "Plato"}, {"id": 4, "name": null}]`),
			Want:   relation.Rows(`[{"id": 1, "first": "Ada", "last": "Lovelace"}, {"id": 2, "first": "Juan", "last": "de la Cierva"}, {"id": 3, "first": "Plato", "last": null}, {"id": 4, "first": null, "last": null}]`),
		},
		{
			Title:  "A number and its unit, by the groups of a pattern",
			With:   relation.With{"column": "size", "by": "groups", "pattern": `([\d.]+)\s*(\w+)`, "into": relation.List{"number", "unit"}, "keep": true},
			Inputs: relation.Rows(`[{"size": "2.5 kg"}, {"size": "none"}]`),
			Want:   relation.Rows(`[{"size": "2.5 kg", "number": "2.5", "unit": "kg"}, {"size": "none", "number": null, "unit": null}]`),
		},
		{
			Title:  "A list of the parts",
			With:   relation.With{"column": "tags", "by": "pattern", "pattern": "[,;]", "trim": true},
			Inputs: relation.Rows(`[{"tags": "red, green;blue"}]`),
			Want:   relation.Rows(`[{"tags": ["red", "green", "blue"]}]`),
		},
		{
			Title:     "More parts than there should be",
			With:      relation.With{"column": "date", "separator": "-", "into": relation.List{"year", "month"}, "rest": "fail"},
			Inputs:    relation.Rows(`[{"date": "a-b-c"}]`),
			WantError: "too_many_parts",
		},
	}))
}
