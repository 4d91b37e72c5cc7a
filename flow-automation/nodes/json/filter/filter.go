// Package filter has the node that keeps some items of a list.
package filter

import (
	"context"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Config is the configuration of json.filter.
type Config struct {
	Where string `json:"where" required:"true" title:"Where" zh:"条件" doc:"An expression that gives true for the items to keep; item is the item, index its place from 0" doc_zh:"对要保留的项结果为 true 的表达式；item 是该项，index 是从 0 开始的位置" widget:"item" example:"{{ item.price > 3 }}"`
	Limit int    `json:"limit,omitempty" title:"At most" zh:"最多" minimum:"0" doc:"Number of items to keep; 0 is all" doc_zh:"最多保留几项；0 表示不限"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if c.Where == "" || strings.Contains(c.Where, "{{") {
		return nil
	}
	return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "The condition is an expression: write it in braces, such as {{ item.price > 3 }}", Place: errs.Place{Field: "with.where"}}}
}

// Type is json.filter.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.filter",
		Doc: node.Doc{
			Title:   node.Text{EN: "Filter list", ZH: "筛选列表"},
			Summary: node.Text{EN: "Keeps the items of a list for which a condition holds.", ZH: "保留列表中满足条件的项。"},
			Details: node.Text{
				EN: "The condition must give true or false for every item; for fields that may be missing write `{{ (item.price ?? 0) > 3 }}`. Items stay as they are, in their order. Tables with many rows are better filtered by **Filter rows**.",
				ZH: "条件对每一项都必须给出 true 或 false；字段可能缺失时写作 `{{ (item.price ?? 0) > 3 }}`。各项保持原样和顺序。行数很多的表请用 **筛选行**。",
			},
			Family: "json", Icon: "filter", Keywords: []string{"where", "condition", "array", "keep", "reject"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "More than a parameter says", With: map[string]any{"where": "{{ item.price > params.least }}"}, Params: map[string]any{"least": 3},
				Inputs: incoming.Example(`[{"name": "pen", "price": 2}, {"name": "墨", "price": 9.0}]`), Want: incoming.Example(`[{"name": "墨", "price": 9.0}]`),
			},
			{
				Title: "What is there", With: map[string]any{"where": "{{ item != nil && item != '' }}", "limit": 2},
				Inputs: incoming.Example(`[null, "a", "", "b", "c"]`), Want: incoming.Example(`["a", "b"]`),
			},
			{
				Title: "Of nothing", With: map[string]any{"where": "{{ item.a.b }}"},
				Inputs: incoming.Example(`[]`), Want: incoming.Example(`[]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	_, items, err := incoming.TakeItems(ctx, call)
	if err != nil {
		return nil, err
	}
	holds, err := call.PerItem(ctx, "where", nil)
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for i, raw := range items {
		item, err := expr.Decode(raw)
		if err != nil {
			return nil, errs.Internal(err)
		}
		answer, err := holds(ctx, item, i)
		if err != nil {
			return nil, err
		}
		switch string(answer) {
		case "true":
			kept = append(kept, raw)
		case "false":
		default:
			return nil, incoming.AtItem(node.FieldError("not_boolean", "with.where", "The condition must give true or false, but gives %s", incoming.Describe(answer)), i)
		}
		if c.Limit > 0 && len(kept) == c.Limit {
			break
		}
	}
	return incoming.Give(kept)
}
