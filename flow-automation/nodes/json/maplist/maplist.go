// Package maplist has the node that makes a new item of each item of a list.
package maplist

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Config is the configuration of json.map.
type Config struct {
	To      json.RawMessage `json:"to" required:"true" title:"New item" zh:"新项" doc:"Any JSON; texts in it may hold {{ expressions }}, in which item is the item and index its place from 0" doc_zh:"任意 JSON；其中的文本可包含 {{ 表达式 }}，item 是该项，index 是从 0 开始的位置" widget:"item" example:"{\"name\": \"{{ item.name }}\"}"`
	Flatten bool            `json:"flatten,omitempty" title:"Flatten" zh:"展平" default:"false" doc:"New items that are lists give their own items to the result" doc_zh:"若新项是列表，则把其中各项并入结果"`
	incoming.Field
}

// Type is json.map.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.map",
		Doc: node.Doc{
			Title:   node.Text{EN: "Map list", ZH: "映射列表"},
			Summary: node.Text{EN: "Makes a new item of each item of a list.", ZH: "由列表的每一项生成新的一项。"},
			Details: node.Text{
				EN: "A text that is one whole expression keeps the type of its result; `{{ item }}` is the item as it is. Names of objects are sorted. To run other nodes for each item, use a map container.",
				ZH: "若整个文本就是一个表达式，则保留结果的类型；`{{ item }}` 是该项本身。对象的名称会排序。若要对每一项运行其他节点，请使用映射容器。",
			},
			Family: "json", Icon: "arrows-exchange", Keywords: []string{"each", "transform", "array", "pluck", "select", "flatten"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Another shape", With: map[string]any{"to": map[string]any{"n": "{{ index + 1 }}", "who": "{{ upper(item.name) }}"}},
				Inputs: incoming.Example(`[{"name": "zoë"}, {"name": "李雷"}]`), Want: incoming.Example(`[{"n": 1, "who": "ZOË"}, {"n": 2, "who": "李雷"}]`),
			},
			{
				Title: "All tags in one list", With: map[string]any{"to": "{{ item.tags ?? [] }}", "flatten": true},
				Inputs: incoming.Example(`[{"tags": ["a", "b"]}, {}, {"tags": ["c"]}]`), Want: incoming.Example(`["a", "b", "c"]`),
			},
			{
				Title: "Of nothing", With: map[string]any{"to": "{{ item.a.b }}"},
				Inputs: incoming.Example(`[]`), Want: incoming.Example(`[]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	_, items, err := incoming.TakeItems(ctx, call)
	if err != nil {
		return nil, err
	}
	build, err := call.PerItem(ctx, "to", nil)
	if err != nil {
		return nil, err
	}
	mapped := make([]any, 0, len(items))
	for i, raw := range items {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		item, err := expr.Decode(raw)
		if err != nil {
			return nil, errs.Internal(err)
		}
		built, err := build(ctx, item, i)
		if err != nil {
			return nil, err
		}
		if c.Flatten && len(built) > 0 && built[0] == '[' {
			inner, err := incoming.Taken{JSON: built}.Items()
			if err != nil {
				return nil, err
			}
			for _, v := range inner {
				mapped = append(mapped, v)
			}
			continue
		}
		mapped = append(mapped, built)
	}
	return incoming.Give(mapped)
}
