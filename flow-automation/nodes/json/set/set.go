// Package set has the node that changes parts of a value.
package set

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Config is the configuration of json.set.
type Config struct {
	Set    []Field  `json:"set,omitempty" title:"Set" zh:"设置" doc:"Made one after the other" doc_zh:"依次执行"`
	Remove []string `json:"remove,omitempty" title:"Remove" zh:"删除" doc:"Paths of what is taken away, after all is set; what is not there is no error" doc_zh:"在设置之后删除这些路径；不存在也不报错" example:"[\"internal\", \"items[*].id\"]"`
	incoming.Field
}

// Field is one thing to set.
type Field struct {
	Path string          `json:"path" required:"true" title:"Path" zh:"路径" doc:"address.city, items[0], items[*].seen or any other JSONPath" doc_zh:"如 address.city、items[0]、items[*].seen 或其他 JSONPath" example:"address.city"`
	To   json.RawMessage `json:"to" title:"Value" zh:"值" doc:"Any JSON; texts in it may hold {{ expressions }}" doc_zh:"任意 JSON；其中的文本可包含 {{ 表达式 }}" widget:"expression"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	if len(c.Set)+len(c.Remove) == 0 {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "There is nothing to set and nothing to remove", Place: errs.Place{Field: "with.set"}}}
	}
	for i, f := range c.Set {
		details = append(details, path.Check(at("set[%d].path", i), f.Path)...)
	}
	for i, text := range c.Remove {
		details = append(details, path.Check(at("remove[%d]", i), text)...)
	}
	return details
}

func at(format string, i int) string { return "with." + fmt.Sprintf(format, i) }

// Type is json.set.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.set",
		Doc: node.Doc{
			Title:   node.Text{EN: "Set fields", ZH: "设置字段"},
			Summary: node.Text{EN: "Sets, adds and removes parts of a value.", ZH: "设置、添加和删除值的各个部分。"},
			Details: node.Text{
				EN: "A path of names and indexes makes the objects on its way, and adds an item to a list when the index is one behind the last. A path that may lead to several places, such as `items[*].seen`, changes those that it finds. The order of names is kept; new ones come last. null counts as an empty object.",
				ZH: "由名称和下标组成的路径会创建途中的对象；下标恰在列表末尾之后时追加一项。可能匹配多处的路径（如 `items[*].seen`）修改所有匹配处。名称顺序保持不变，新名称排在最后。null 视为空对象。",
			},
			Family: "json", Icon: "edit", Keywords: []string{"assign", "update", "add", "remove", "delete", "field", "patch"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title:  "New and old fields",
				With:   map[string]any{"set": []any{map[string]any{"path": "address.city", "to": "{{ params.city }}"}, map[string]any{"path": "tags[1]", "to": nil}}, "remove": []any{"id"}},
				Params: map[string]any{"city": "Zürich"},
				Inputs: incoming.Example(`{"name": "Zoë", "id": 7, "tags": ["a"]}`), Want: incoming.Example(`{"name": "Zoë", "tags": ["a", null], "address": {"city": "Zürich"}}`),
			},
			{
				Title:  "In every item",
				With:   map[string]any{"set": []any{map[string]any{"path": "$[*].seen", "to": true}}, "remove": []any{"$[*].id"}},
				Inputs: incoming.Example(`[{"id": 1}, {"id": 2, "seen": false}, 3]`), Want: incoming.Example(`[{"seen": true}, {"seen": true}, 3]`),
			},
			{
				Title:  "From nothing",
				With:   map[string]any{"set": []any{map[string]any{"path": "a.b", "to": map[string]any{"c": 1}}}},
				Inputs: incoming.Example(`null`), Want: incoming.Example(`{"a": {"b": {"c": 1}}}`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	root := tree.Parse(in.JSON)
	for i, f := range c.Set {
		p, err := path.Parse(at("set[%d].path", i), f.Path)
		if err != nil {
			return nil, err
		}
		if err := set(ctx, root, p, f.To, at("set[%d].path", i)); err != nil {
			return nil, err
		}
	}
	for i, text := range c.Remove {
		p, err := path.Parse(at("remove[%d]", i), text)
		if err != nil {
			return nil, err
		}
		if err := remove(ctx, root, p); err != nil {
			return nil, err
		}
	}
	return incoming.Give(root.JSON())
}

func set(ctx context.Context, root *tree.Node, p *path.Path, to json.RawMessage, field string) error {
	if p.Steps != nil {
		return setOne(root, p, to, field)
	}
	holders, last, err := p.Holders(ctx, root)
	if err != nil {
		return err
	}
	if last != nil { // $[*].name: the name need not be there yet
		for _, holder := range holders {
			if holder.Node.IsObject() {
				holder.Node.Put(*last, tree.Parse(to))
			}
		}
		return nil
	}
	for _, place := range holders {
		place.Node.Become(tree.Parse(to))
	}
	return nil
}

func setOne(root *tree.Node, p *path.Path, to json.RawMessage, field string) error {
	n := root
	for _, s := range p.Steps {
		if n.IsNull() && s.Name != nil {
			n.Become(tree.Object())
		}
		if n.IsNull() && s.Index == 0 {
			n.Become(tree.List(nil))
		}
		next := new(tree.Node)
		switch {
		case s.Name != nil && n.IsObject():
			if known := n.Get(*s.Name); known != nil {
				next = known
			} else {
				n.Put(*s.Name, next)
			}
		case s.Name == nil && n.IsList():
			known := n.At(s.Index)
			switch {
			case known != nil:
				next = known
			case s.Index == len(n.Kids()):
				n.Push(next)
			default:
				return node.FieldError("path_missing", field, "%s cannot be set: the list has %s, so that [%d] is neither there nor the next", p.Text, words.Number(len(n.Kids()), "item", "items"), s.Index)
			}
		default:
			needed := "an object"
			if s.Name == nil {
				needed = "a list"
			}
			return node.FieldError("path_missing", field, "%s cannot be set: %s needs %s, but there is %s", p.Text, s, needed, incoming.Describe(n.JSON()))
		}
		n = next
	}
	n.Become(tree.Parse(to))
	return nil
}

func remove(ctx context.Context, root *tree.Node, p *path.Path) error {
	places, err := p.All(ctx, root)
	if err != nil {
		return err
	}
	gone := make(map[*tree.Node]bool, len(places))
	for _, place := range places {
		gone[place.Node] = true
	}
	cleared := map[*tree.Node]bool{}
	for _, place := range places {
		if place.Holder == nil {
			root.Become(tree.Parse(nil))
		} else if !cleared[place.Holder] {
			cleared[place.Holder] = true
			place.Holder.Drop(func(kid *tree.Node) bool { return gone[kid] })
		}
	}
	return nil
}
