// Package join has the node that makes one text of many.
package join

import (
	"context"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
)

// Config is the configuration of text.join.
type Config struct {
	Separator string  `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:", " doc:"Between the texts" doc_zh:"各文本之间" widget:"literal"`
	Last      *string `json:"last,omitempty" title:"Last separator" zh:"最后的分隔符" doc:"Before the last text, such as \" and \"; left out, it is the separator" doc_zh:"最后一个文本之前，如“和”；不填则与分隔符相同" example:" and "`
	SkipEmpty bool    `json:"skip_empty,omitempty" title:"Skip empty texts" zh:"跳过空文本" default:"false" doc:"Leaves out null and texts without a character" doc_zh:"跳过 null 和没有字符的文本"`
	incoming.Field
}

// Type is text.join.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.join",
		Doc: node.Doc{
			Title:   node.Text{EN: "Join texts", ZH: "连接文本"},
			Summary: node.Text{EN: "Puts the texts of a list together to one.", ZH: "把列表中的文本连成一个。"},
			Details: node.Text{
				EN: "Numbers, true and false are written as in JSON, null as nothing. An object or a list in the list is refused: say with **Map list** or **Fill in text** what is to become of it.",
				ZH: "数字、true 和 false 按 JSON 写出，null 写为空。列表中的对象或列表会被拒绝：请先用 **映射列表** 或 **填充文本** 说明如何转换。",
			},
			Family: "text", Icon: "link", Keywords: []string{"concatenate", "combine", "implode"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "As one writes it", With: map[string]any{"last": " and ", "skip_empty": true},
				Inputs: incoming.Example(`["Ann", null, "李雷", "", "Zoë"]`), Want: incoming.Example(`"Ann, 李雷 and Zoë"`),
			},
			{
				Title: "Numbers, one a line", With: map[string]any{"separator": "\n"},
				Inputs: incoming.Example(`[1, 2.50, true, null]`), Want: incoming.Example(`"1\n2.50\ntrue\n"`),
			},
			{
				Title: "Of nothing", With: map[string]any{},
				Inputs: incoming.Example(`[]`), Want: incoming.Example(`""`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in, items, err := incoming.TakeItems(ctx, call)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(items))
	for i, item := range items {
		text, ok, err := incoming.Text(item)
		switch {
		case err != nil:
			return nil, err
		case ok:
		case item[0] == '{' || item[0] == '[':
			return nil, incoming.AtItem(node.FieldError(incoming.CodeWrongType, in.Field, "A text is needed, but %s came in", incoming.Describe(item)), i)
		case item[0] != 'n':
			text = string(item)
		}
		if text != "" || !c.SkipEmpty {
			texts = append(texts, text)
		}
	}
	last := len(texts) - 1
	if c.Last == nil || last < 1 {
		return incoming.Give(strings.Join(texts, c.Separator))
	}
	return incoming.Give(strings.Join(texts[:last], c.Separator) + *c.Last + texts[last])
}
