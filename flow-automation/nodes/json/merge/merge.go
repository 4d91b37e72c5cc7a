// Package merge has the node that puts several values together.
package merge

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.merge.
type Config struct {
	With     json.RawMessage `json:"with,omitempty" title:"With" zh:"附加" doc:"One more object or list, which comes last; mostly with expressions" doc_zh:"再合并一个对象或列表，排在最后，通常含表达式" widget:"json"`
	Deep     bool            `json:"deep,omitempty" title:"Deep" zh:"深度合并" default:"true" doc:"Objects within objects are merged too; otherwise the later one counts as a whole" doc_zh:"对象中的对象也合并；否则以后者整体为准"`
	Lists    string          `json:"lists,omitempty" title:"Lists in objects" zh:"对象中的列表" enum:"replace,append" default:"replace" doc:"replace: the later list counts. append: its items come behind those of the earlier" doc_zh:"replace：以后者为准；append：后者的各项接在前者之后"`
	Nulls    string          `json:"nulls,omitempty" title:"null in a later object" zh:"后者中的 null" enum:"keep,ignore,remove" default:"keep" doc:"keep: null counts like any value. ignore: it does not change what is there. remove: it takes the field away (RFC 7396)" doc_zh:"keep：null 与其他值一样覆盖；ignore：不改变已有的值；remove：删除该字段（RFC 7396）"`
	Conflict string          `json:"conflict,omitempty" title:"When both have a value" zh:"冲突时" enum:"last,first,fail" default:"last" doc:"last, first: whose value counts. fail: different values fail the step" doc_zh:"last、first：以谁的值为准；fail：值不同则步骤失败"`
}

// Type is json.merge.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.merge",
		Doc: node.Doc{
			Title:   node.Text{EN: "Merge values", ZH: "合并值"},
			Summary: node.Text{EN: "Makes one object of several, or one list of several.", ZH: "把多个对象合并为一个，或把多个列表连成一个。"},
			Details: node.Text{
				EN: "Values come in the order of the sources, and the written one last. All of them must be objects, or all lists, which are put one behind the other; null and sources that were not taken are left out. The order of names is kept.",
				ZH: "按来源顺序合并，写定的值排在最后。必须全是对象，或全是列表（依次相接）；null 和未执行的来源会被忽略。名称顺序保持不变。",
			},
			Family: "json", Icon: "layers-union", Keywords: []string{"combine", "concat", "assign", "extend", "patch"},
		},
		Inputs:  []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Values", ZH: "值"}, Many: true}},
		Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Settings over defaults", With: map[string]any{"lists": "append"},
				Inputs: map[string]json.RawMessage{
					"value":    json.RawMessage(`{"retries": 3, "mail": {"from": "a@example.com", "to": ["b@example.com"]}}`),
					"value[1]": json.RawMessage(`{"mail": {"to": ["李@example.com"], "cc": null}, "debug": true}`),
				},
				Want: incoming.Example(`{"retries": 3, "mail": {"from": "a@example.com", "to": ["b@example.com", "李@example.com"], "cc": null}, "debug": true}`),
			},
			{
				Title: "A patch", With: map[string]any{"with": map[string]any{"a": nil, "b": map[string]any{"c": "{{ params.c }}"}}, "nulls": "remove"},
				Params: map[string]any{"c": 3},
				Inputs: incoming.Example(`{"a": 1, "b": {"c": 2, "d": 4}}`), Want: incoming.Example(`{"b": {"c": 3, "d": 4}}`),
			},
			{
				Title: "Lists", With: map[string]any{"with": []any{3}},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`[1, 2]`), "value[1]": json.RawMessage(`null`)}, Want: incoming.Example(`[1, 2, 3]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	m := merger{Config: c}
	var all *tree.Node
	add := func(field string, raw json.RawMessage) error {
		n := tree.Parse(raw)
		if n.IsNull() {
			return nil
		}
		if !n.IsObject() && !n.IsList() {
			return node.FieldError(incoming.CodeWrongType, field, "Only objects and lists are merged, but %s came in", incoming.Describe(n.JSON()))
		}
		m.field = field
		switch {
		case all == nil:
			all = n
		case all.IsObject() != n.IsObject():
			return node.FieldError(incoming.CodeWrongType, field, "An object and a list cannot be merged; before it came %s", incoming.Describe(all.JSON()))
		case n.IsList():
			all = tree.List(append(all.Kids(), n.Kids()...))
		default:
			return m.merge(all, n, "")
		}
		return nil
	}
	for _, in := range call.Inputs["value"] {
		raw, err := call.JSON(ctx, in)
		if err != nil {
			return nil, err
		}
		if err := add("in.value", raw); err != nil {
			return nil, err
		}
	}
	if err := add("with.with", c.With); err != nil {
		return nil, err
	}
	if all == nil {
		return incoming.Give(nil)
	}
	return incoming.Give(all.JSON())
}

type merger struct {
	Config
	field string // of the later value, for errors
}

// merge changes into by what from has. Where is the path so far.
func (m merger) merge(into, from *tree.Node, where string) error {
	kids := from.Kids()
	for i, name := range from.Names() {
		v, place := kids[i], where+"."+name
		known := into.Get(name)
		switch {
		case v.IsNull() && m.Nulls == "ignore":
		case v.IsNull() && m.Nulls == "remove":
			into.Drop(func(n *tree.Node) bool { return n == known })
		case known == nil || known.IsNull() && m.Conflict != "first":
			into.Put(name, v)
		case m.Deep && known.IsObject() && v.IsObject():
			if err := m.merge(known, v, place); err != nil {
				return err
			}
		case m.Lists == "append" && known.IsList() && v.IsList():
			into.Put(name, tree.List(append(known.Kids(), v.Kids()...)))
		case m.Conflict == "last":
			into.Put(name, v)
		case m.Conflict == "fail":
			if err := m.refuse(known, v, place); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuse fails where two values differ.
func (m merger) refuse(known, v *tree.Node, place string) error {
	same, err := known.Equal(v)
	if err != nil {
		return errs.Internal(err)
	}
	if same {
		return nil
	}
	return node.FieldError("merge_conflict", m.field, "Two of the values differ at $%s: %s and %s", place, short(known), short(v))
}

func short(n *tree.Node) string {
	raw := n.JSON()
	if len(raw) > 60 {
		return incoming.Describe(raw)
	}
	return string(raw)
}
