// Package slice has the node that takes a part of a list.
package slice

import (
	"context"

	"github.com/theory/jsonpath/spec"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.slice.
type Config struct {
	Start  *int `json:"start,omitempty" title:"From" zh:"起始" minimum:"-1000000000" maximum:"1000000000" doc:"Index of the first item, from 0; a negative one counts from the end. Left out, it is the beginning" doc_zh:"第一项的下标，从 0 开始；负数从末尾计数。不填为开头" example:"-3"`
	End    *int `json:"end,omitempty" title:"To" zh:"结束" minimum:"-1000000000" maximum:"1000000000" doc:"Index behind the last item; a negative one counts from the end. Left out, it is the end" doc_zh:"最后一项之后的下标；负数从末尾计数。不填为末尾" example:"10"`
	Step   int  `json:"step,omitempty" title:"Step" zh:"步长" default:"1" minimum:"-1000000000" maximum:"1000000000" doc:"2 takes every other item; -1 takes them backwards" doc_zh:"2 表示每隔一项；-1 表示倒序"`
	Chunks int  `json:"chunks,omitempty" title:"In chunks of" zh:"分块大小" minimum:"0" doc:"Cuts what is taken into lists of this many items; the last may have fewer. 0 does not" doc_zh:"把取出的部分切成每块这么多项的列表，最后一块可能较少；0 表示不切"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if c.Step == 0 {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "A step of 0 leads nowhere; 1 takes every item", Place: errs.Place{Field: "with.step"}}}
	}
	return nil
}

// Type is json.slice.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.slice",
		Doc: node.Doc{
			Title:   node.Text{EN: "Slice list", ZH: "截取列表"},
			Summary: node.Text{EN: "Takes a part of a list, turns it round, or cuts it into chunks.", ZH: "截取、倒序或分块列表。"},
			Details: node.Text{
				EN: "As `[start:end:step]` in JSONPath and Python: bounds beyond the list are no error, and give what is there.",
				ZH: "与 JSONPath 和 Python 的 `[start:end:step]` 相同：超出范围不会报错，只给出已有的项。",
			},
			Family: "json", Icon: "slice", Keywords: []string{"first", "last", "limit", "head", "tail", "reverse", "batch", "chunk", "array"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "The last two, backwards", With: map[string]any{"end": -3, "step": -1},
				Inputs: incoming.Example(`[1, "二", 3, null]`), Want: incoming.Example(`[null, 3]`),
			},
			{
				Title: "Batches", With: map[string]any{"start": 1, "chunks": 2},
				Inputs: incoming.Example(`["head", 1, 2, 3]`), Want: incoming.Example(`[[1, 2], [3]]`),
			},
			{
				Title: "Beyond the end", With: map[string]any{"start": 2, "end": 99},
				Inputs: incoming.Example(`[1]`), Want: incoming.Example(`[]`),
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
	part := path.Slice(items, spec.Slice(bound(c.Start), bound(c.End), c.Step))
	list := make([]any, 0, len(part))
	if c.Chunks == 0 {
		for _, v := range part {
			list = append(list, v)
		}
		return incoming.Give(list)
	}
	for len(part) > 0 {
		n := min(c.Chunks, len(part))
		list = append(list, part[:n])
		part = part[n:]
	}
	return incoming.Give(list)
}

// bound is an index, or nothing.
func bound(i *int) any {
	if i == nil {
		return nil
	}
	return *i
}
