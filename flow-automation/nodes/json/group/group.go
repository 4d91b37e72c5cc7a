// Package group has the node that puts items of a list together that have something in common.
package group

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.group.
type Config struct {
	By []string `json:"by" required:"true" title:"By" zh:"分组依据" doc:"Paths within an item, such as address.city; items that are equal there come together" doc_zh:"项内的路径，如 address.city；在这些路径上相等的项归为一组" example:"[\"state\"]"`
	As string   `json:"as,omitempty" title:"Give" zh:"输出" enum:"groups,object" default:"groups" doc:"groups: a list of objects with key, count and items; of several paths the key is a list. object: the items by the text of their key, for one path" doc_zh:"groups：含 key、count 和 items 的对象列表，多个路径时 key 为列表；object：以键的文本为名的对象，仅用于一个路径"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	details := path.CheckEach(field, c.By)
	if c.As == "object" && len(c.By) > 1 {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: "An object has one name for each group, so that it takes one path; give groups", Place: errs.Place{Field: "with.as"}})
	}
	return details
}

func field(i int) string { return fmt.Sprintf("with.by[%d]", i) }

// Type is json.group.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.group",
		Doc: node.Doc{
			Title:   node.Text{EN: "Group list", ZH: "分组列表"},
			Summary: node.Text{EN: "Puts the items of a list together that are equal in a field.", ZH: "把列表中某字段相等的项归为一组。"},
			Details: node.Text{
				EN: "Groups come in the order of their first items, and items keep theirs. What is not there counts as null. For sums and means go on with **Map list**: `{{ sum(map(item.items, .price)) }}`; of many rows **Aggregate** is faster.",
				ZH: "各组按首项出现的顺序排列，组内保持原序。缺失的值视为 null。求和或平均可接 **映射列表**：`{{ sum(map(item.items, .price)) }}`；行数很多时 **聚合** 更快。",
			},
			Family: "json", Icon: "stack-2", Keywords: []string{"array", "bucket", "partition", "index by", "aggregate"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "By one field", With: map[string]any{"by": []any{"state"}},
				Inputs: incoming.Example(`[{"state": "TX", "n": 1}, {"n": 2}, {"state": "TX", "n": 3}]`),
				Want:   incoming.Example(`[{"key": "TX", "count": 2, "items": [{"state": "TX", "n": 1}, {"state": "TX", "n": 3}]}, {"key": null, "count": 1, "items": [{"n": 2}]}]`),
			},
			{
				Title: "By name, to look up", With: map[string]any{"by": []any{"id"}, "as": "object"},
				Inputs: incoming.Example(`[{"id": 7, "名": "a"}, {"id": 7.0, "名": "b"}, {"id": "x"}]`),
				Want:   incoming.Example(`{"7": [{"id": 7, "名": "a"}, {"id": 7.0, "名": "b"}], "x": [{"id": "x"}]}`),
			},
			{
				Title: "By two fields", With: map[string]any{"by": []any{"a.b", `["c d"]`}},
				Inputs: incoming.Example(`[{"a": {"b": 1}, "c d": true}]`), Want: incoming.Example(`[{"key": [1, true], "count": 1, "items": [{"a": {"b": 1}, "c d": true}]}]`),
			},
		},
	}, run)
}

// members are the items of one group.
type members struct {
	key   any
	items []json.RawMessage
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	_, items, err := incoming.TakeItems(ctx, call)
	if err != nil {
		return nil, err
	}
	paths, err := path.ParseEach(field, c.By)
	if err != nil {
		return nil, err
	}
	var groups []*members
	known := map[string]*members{}
	for i, raw := range items {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		id, key, err := c.key(tree.Parse(raw), paths)
		if err != nil {
			return nil, errs.Internal(err)
		}
		g := known[id]
		if g == nil {
			g = &members{key: key}
			known[id] = g
			groups = append(groups, g)
		}
		g.items = append(g.items, raw)
	}
	if c.As == "object" {
		return asObject(groups)
	}
	list := make([]any, len(groups))
	for i, g := range groups {
		list[i] = map[string]any{"key": g.key, "count": len(g.items), "items": g.items}
	}
	return incoming.Give(list)
}

// key gives what an item has in common with those of its group: as a text to compare and as it was written.
func (c Config) key(item *tree.Node, paths []*path.Path) (id string, key any, err error) {
	values := make([]any, len(paths))
	texts := make([]string, len(paths))
	for i, p := range paths {
		n := p.One(item)
		if n == nil {
			texts[i] = "null"
			continue
		}
		values[i] = n.JSON()
		if texts[i], err = n.Key(); err != nil {
			return "", nil, err
		}
	}
	if len(values) == 1 {
		return texts[0], values[0], nil
	}
	return strings.Join(texts, ","), values, nil
}

// asObject names groups by the text of their key, in their order. A number and a text that read the same share a name.
func asObject(groups []*members) (value.Outputs, error) {
	object := tree.Object()
	for _, g := range groups {
		name := "null"
		if raw, ok := g.key.(json.RawMessage); ok {
			text, isText, err := incoming.Text(raw)
			if err != nil {
				return nil, err
			}
			if name = string(raw); isText {
				name = text
			}
		}
		list := object.Get(name)
		if list == nil {
			list = tree.List(nil)
			object.Put(name, list)
		}
		for _, item := range g.items {
			list.Push(tree.Parse(item))
		}
	}
	return incoming.Give(object.JSON())
}
