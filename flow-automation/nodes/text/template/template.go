// Package template has the node that fills values into a text.
package template

import (
	"context"
	"encoding/json"
	"html"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/text/internal/quote"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Config is the configuration of text.template.
type Config struct {
	Template  string `json:"template" required:"true" title:"Template" zh:"模板" doc:"A text with {{ expressions }}, in which item is what came in, or one item of the list" doc_zh:"包含 {{ 表达式 }} 的文本，其中 item 是输入的值，或列表中的一项" widget:"item" example:"{{ item.name }}: {{ item.total }} €"`
	Lists     string `json:"lists,omitempty" title:"Of a list" zh:"输入为列表时" enum:"join,each,whole" default:"join" doc:"join: one text for each item, put together to one. each: a list of these texts. whole: one text, in which item is the list" doc_zh:"join：每项生成一段文本并连成一个；each：输出这些文本的列表；whole：只生成一段文本，item 是整个列表"`
	Separator string `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:"\n" doc:"For join: between the texts" doc_zh:"用于 join：各段文本之间" widget:"literal"`
	Before    string `json:"before,omitempty" title:"Before" zh:"开头" doc:"For join: stands before the first text, once" doc_zh:"用于 join：放在最前面，只出现一次" widget:"textarea"`
	After     string `json:"after,omitempty" title:"After" zh:"结尾" doc:"For join: stands behind the last text, once" doc_zh:"用于 join：放在最后面，只出现一次" widget:"textarea"`
	Escape    string `json:"escape,omitempty" title:"Escape" zh:"转义" enum:"none,html,url,json,csv" default:"none" doc:"What is done to values, so that they cannot break out of the text that they stand in: html in mails and pages, url within an address, json between quotes, csv for a field" doc_zh:"对插入的值如何转义，避免破坏所在的文本：html 用于邮件和网页，url 用于网址，json 用于引号之间，csv 用于字段"`
	incoming.Field
}

// Type is text.template.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.template",
		Doc: node.Doc{
			Title:   node.Text{EN: "Fill in text", ZH: "填充文本"},
			Summary: node.Text{EN: "Writes values into a template, once or for each item of a list.", ZH: "把值写入模板，可对列表逐项进行。"},
			Details: node.Text{
				EN: "`{{ item.name }}` is a field of what came in; `{{ index }}` counts items from 0; params, vars and nodes are there as everywhere. Texts are written as they are, null as nothing, lists and objects as JSON. For mails and pages set **Escape** to html, so that a value cannot bring in markup of its own.",
				ZH: "`{{ item.name }}` 是输入值的字段；`{{ index }}` 从 0 开始计数；params、vars 和 nodes 与其他地方相同。文本原样写出，null 写为空，列表和对象写为 JSON。用于邮件和网页时，请把 **转义** 设为 html，防止值中带入标记。",
			},
			Family: "text", Icon: "template", Keywords: []string{"format", "mail", "html", "report", "render", "interpolate", "mustache"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title:  "A letter",
				With:   map[string]any{"template": "Dear {{ item.name }}, you owe {{ item.total * (1 + params.tax) }} €."},
				Params: map[string]any{"tax": 0.5},
				Inputs: incoming.Example(`{"name": "Zoë", "total": 20}`), Want: incoming.Example(`"Dear Zoë, you owe 30 €."`),
			},
			{
				Title:  "A list in HTML",
				With:   map[string]any{"template": "<li>{{ index + 1 }}. {{ item }}</li>", "separator": "", "before": "<ul>", "after": "</ul>", "escape": "html"},
				Inputs: incoming.Example(`["R&D", "<script>", null]`), Want: incoming.Example(`"<ul><li>1. R&amp;D</li><li>2. &lt;script&gt;</li><li>3. </li></ul>"`),
			},
			{
				Title:  "Of nothing",
				With:   map[string]any{"template": "{{ item.name }}"},
				Inputs: incoming.Example(`[]`), Want: incoming.Example(`""`),
			},
		},
	}, run)
}

// maxText is the most bytes that the text may have.
const maxText = 64 << 20

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	fill, err := call.PerItem(ctx, "template", escapes[c.Escape])
	if err != nil {
		return nil, err
	}
	if c.Lists == "whole" || len(in.JSON) == 0 || in.JSON[0] != '[' {
		text, err := one(ctx, fill, in.JSON, 0)
		if err != nil {
			return nil, err
		}
		return incoming.Give(text)
	}
	items, err := in.Items()
	if err != nil {
		return nil, err
	}
	texts := make([]any, len(items))
	var joined strings.Builder
	joined.WriteString(c.Before)
	for i, item := range items {
		text, err := one(ctx, fill, item, i)
		if err != nil {
			return nil, err
		}
		if c.Lists == "each" {
			texts[i] = text
			continue
		}
		if i > 0 {
			joined.WriteString(c.Separator)
		}
		joined.WriteString(text)
		if joined.Len() > maxText {
			return nil, node.FieldError("value_too_large", "with.template", "The text grows beyond %d MiB at item %d; write it in parts", maxText>>20, i+1)
		}
	}
	if c.Lists == "each" {
		return incoming.Give(texts)
	}
	joined.WriteString(c.After)
	return incoming.Give(joined.String())
}

func one(ctx context.Context, fill node.ItemEval, raw json.RawMessage, index int) (string, error) {
	item, err := expr.Decode(raw)
	if err != nil {
		return "", errs.Internal(err)
	}
	filled, err := fill(ctx, item, index)
	if err != nil {
		return "", err
	}
	text, _, err := incoming.Text(filled)
	return text, err
}

// escapes are by name what is done to values.
var escapes = map[string]func(string) string{
	"none": func(s string) string { return s },
	"html": html.EscapeString,
	"url":  quote.URL,
	"json": quote.JSON,
	"csv":  quote.CSV,
}
