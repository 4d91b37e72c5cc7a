// Package get has the node that takes a part out of a value.
package get

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.get.
type Config struct {
	Path    string          `json:"path" required:"true" title:"Path" zh:"路径" doc:"items[0].name, or any JSONPath (RFC 9535) such as $.items[?@.price > 3].name" doc_zh:"如 items[0].name，或任意 JSONPath（RFC 9535），如 $.items[?@.price > 3].name" example:"items[0].name"`
	First   bool            `json:"first,omitempty" title:"First only" zh:"只取第一个" default:"false" doc:"Of a path that may lead to several places, gives the first thing found in place of a list of all" doc_zh:"路径可能匹配多处时，只输出第一个而不是全部的列表"`
	Missing string          `json:"missing,omitempty" title:"When nothing is there" zh:"未找到时" enum:"default,fail" default:"default" doc:"default: gives the default. fail: fails the step and says what is near" doc_zh:"default：输出默认值；fail：步骤失败并提示相近的名称"`
	Default json.RawMessage `json:"default,omitempty" title:"Default" zh:"默认值" doc:"Given where nothing is found; left out, it is null" doc_zh:"未找到时的输出；不填则为 null" widget:"json"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return path.Check("with.path", c.Path) }

// Type is json.get.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.get",
		Doc: node.Doc{
			Title:   node.Text{EN: "Get value", ZH: "取值"},
			Summary: node.Text{EN: "Takes a part out of a value by its path.", ZH: "按路径从值中取出一部分。"},
			Details: node.Text{
				EN: "A path of names and indexes gives what is there, or the default. A path that may lead to several places, with `*`, `..`, a slice such as `[1:3]` or a filter `[?…]`, gives a list of all that it finds, which may be empty. Names with other characters than letters, digits and `_` are written as `[\"content-type\"]`; a negative index counts from the end.",
				ZH: "由名称和下标组成的路径给出该处的值或默认值。含 `*`、`..`、切片（如 `[1:3]`）或过滤器 `[?…]` 的路径可能匹配多处，给出全部结果的列表（可为空）。名称含字母、数字和 `_` 以外的字符时写作 `[\"content-type\"]`；负下标从末尾计数。",
			},
			Family: "json", Icon: "target-arrow", Keywords: []string{"path", "jsonpath", "extract", "field", "pluck", "property"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "One field", With: map[string]any{"path": `orders[-1]["ship-to"]`},
				Inputs: incoming.Example(`{"orders": [{"ship-to": "Oslo"}, {"ship-to": "成都"}]}`), Want: incoming.Example(`"成都"`),
			},
			{
				Title: "All that a filter finds", With: map[string]any{"path": "$.items[?@.price > 3].name"},
				Inputs: incoming.Example(`{"items": [{"name": "pen", "price": 2}, {"name": "ink", "price": 9}, {"name": "ax", "price": null}]}`), Want: incoming.Example(`["ink"]`),
			},
			{
				Title: "Nothing there", With: map[string]any{"path": "user.email", "default": "nobody@example.com"},
				Inputs: incoming.Example(`{"user": null}`), Want: incoming.Example(`"nobody@example.com"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	p, err := path.Parse("with.path", c.Path)
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	root := tree.Parse(in.JSON)
	if p.Steps != nil {
		found := p.One(root)
		if found == nil {
			return c.missing(p, root)
		}
		return incoming.Give(found.JSON())
	}
	places, err := p.All(ctx, root)
	switch {
	case err != nil:
		return nil, err
	case len(places) == 0 && (c.First || c.Missing == "fail"):
		return c.missing(p, root)
	case c.First:
		return incoming.Give(places[0].Node.JSON())
	}
	all := make([]any, len(places))
	for i, place := range places {
		all[i] = place.Node.JSON()
	}
	return incoming.Give(all)
}

func (c Config) missing(p *path.Path, root *tree.Node) (value.Outputs, error) {
	switch {
	case c.Missing == "fail":
		return nil, p.Missing(root)
	case c.Default == nil:
		return incoming.Give(nil)
	}
	return incoming.Give(c.Default)
}
