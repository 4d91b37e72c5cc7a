// Package unique has the node that takes repetitions out of a list.
package unique

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

// Config is the configuration of json.unique.
type Config struct {
	By   []string `json:"by,omitempty" title:"By" zh:"依据" doc:"Paths within an item, such as customer.id; left out, items must be equal as a whole" doc_zh:"项内的路径，如 customer.id；不填则比较整项" example:"[\"customer.id\"]"`
	Keep string   `json:"keep,omitempty" title:"Keep" zh:"保留" enum:"first,last" default:"first" doc:"Which of those that are equal stays" doc_zh:"相等的项中保留哪一个"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return path.CheckEach(field, c.By) }

func field(i int) string { return fmt.Sprintf("with.by[%d]", i) }

// Type is json.unique.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.unique",
		Doc: node.Doc{
			Title:   node.Text{EN: "Unique list", ZH: "列表去重"},
			Summary: node.Text{EN: "Keeps one of the items of a list that repeat each other.", ZH: "列表中重复的项只保留一个。"},
			Details: node.Text{
				EN: "Items are compared by what they mean: 1 and 1.0 are equal, and objects whatever the order of their names. What is not there counts as null. The order of what stays is kept.",
				ZH: "按含义比较：1 与 1.0 相等，对象不论名称顺序。缺失的值视为 null。保留的项维持原有顺序。",
			},
			Family: "json", Icon: "fingerprint", Keywords: []string{"distinct", "deduplicate", "dedupe", "array", "set"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Whole items", With: map[string]any{},
				Inputs: incoming.Example(`[1, "1", 1.0, null, {"a": 1, "b": 2}, {"b": 2, "a": 1.0}, null]`), Want: incoming.Example(`[1, "1", null, {"a": 1, "b": 2}]`),
			},
			{
				Title: "The last of each customer", With: map[string]any{"by": []any{"customer.id"}, "keep": "last"},
				Inputs: incoming.Example(`[{"customer": {"id": "é"}, "n": 1}, {"n": 2}, {"customer": {"id": "é"}, "n": 3}]`),
				Want:   incoming.Example(`[{"n": 2}, {"customer": {"id": "é"}, "n": 3}]`),
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
	paths, err := path.ParseEach(field, c.By)
	if err != nil {
		return nil, err
	}
	last := make(map[string]int, len(items)) // where each key was kept
	kept := make([]any, 0, len(items))
	for i, raw := range items {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		id, err := key(raw, paths)
		if err != nil {
			return nil, errs.Internal(err)
		}
		at, there := last[id]
		if there && c.Keep == "first" {
			continue
		}
		if there {
			kept[at] = nil
		}
		last[id] = len(kept)
		kept = append(kept, raw)
	}
	result := kept[:0]
	for _, v := range kept {
		if v != nil { // a null that stays is the text of it
			result = append(result, v)
		}
	}
	return incoming.Give(result)
}

// key is the same for items that repeat each other.
func key(raw json.RawMessage, paths []*path.Path) (string, error) {
	item := tree.Parse(raw)
	if len(paths) == 0 {
		return item.Key()
	}
	parts := make([]string, len(paths))
	for i, p := range paths {
		n := p.One(item)
		if n == nil {
			parts[i] = "null"
			continue
		}
		var err error
		if parts[i], err = n.Key(); err != nil {
			return "", err
		}
	}
	return strings.Join(parts, ","), nil
}
