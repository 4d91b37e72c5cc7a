// Package template has the node that builds a value out of another.
package template

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Config is the configuration of json.template.
type Config struct {
	Template json.RawMessage `json:"template" required:"true" title:"Template" zh:"模板" doc:"Any JSON; texts in it may hold {{ expressions }}, in which item is what came in" doc_zh:"任意 JSON；其中的文本可包含 {{ 表达式 }}，item 是输入的值" widget:"item" example:"{\"id\": \"{{ item.id }}\"}"`
	incoming.Field
}

// Type is json.template.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.template",
		Doc: node.Doc{
			Title:   node.Text{EN: "Build value", ZH: "构建值"},
			Summary: node.Text{EN: "Builds an object or any other value out of what came in.", ZH: "用输入的内容构建对象或其他值。"},
			Details: node.Text{
				EN: "Every text in the template may hold expressions; one that is a whole expression keeps the type of its result. `item` is what came in, as a whole, also when it is a list: to build a value for each item use **Map list**.",
				ZH: "模板中的每个文本都可包含表达式；若整个文本就是一个表达式，则保留结果的类型。`item` 是输入的整体，即使它是列表；若要逐项构建请用 **映射列表**。",
			},
			Family: "json", Icon: "braces", Keywords: []string{"object", "construct", "shape", "reshape", "map"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Another shape", With: map[string]any{"template": map[string]any{"who": "{{ item.name }}", "cities": "{{ map(item.addresses, .city) }}", "text": "{{ item.name }} has {{ len(item.addresses) }}"}},
				Inputs: incoming.Example(`{"name": "Zoë", "addresses": [{"city": "Oslo"}, {"city": "成都"}]}`),
				Want:   incoming.Example(`{"who": "Zoë", "cities": ["Oslo", "成都"], "text": "Zoë has 2"}`),
			},
			{
				Title: "What is not there is null", With: map[string]any{"template": []any{"{{ item.a }}", "{{ item.b ?? params.b }}"}}, Params: map[string]any{"b": 1},
				Inputs: incoming.Example(`{}`), Want: incoming.Example(`[null, 1]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, _ Config) (value.Outputs, error) {
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	build, err := call.PerItem(ctx, "template", nil)
	if err != nil {
		return nil, err
	}
	item, err := expr.Decode(in.JSON)
	if err != nil {
		return nil, errs.Internal(err)
	}
	built, err := build(ctx, item, 0)
	if err != nil {
		return nil, err
	}
	return incoming.Give(built)
}
