// Package stringify has the node that writes JSON as a text.
package stringify

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.stringify.
type Config struct {
	Indent    int  `json:"indent,omitempty" title:"Indent" zh:"缩进" default:"0" minimum:"0" maximum:"8" doc:"Spaces for each level; 0 writes all on one line" doc_zh:"每层的空格数；0 表示写在一行"`
	SortNames bool `json:"sort_names,omitempty" title:"Sort names" zh:"按名称排序" default:"false" doc:"Also writes numbers in one form, so that equal values give equal texts" doc_zh:"同时统一数字写法，使相同的值得到相同的文本"`
	Lines     bool `json:"lines,omitempty" title:"One item a line" zh:"每行一项" default:"false" doc:"Writes the items of a list on a line each (NDJSON)" doc_zh:"把列表各项分别写在一行（NDJSON）"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if c.Lines && c.Indent > 0 {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "An item on one line cannot be indented; set it to 0", Place: errs.Place{Field: "with.indent"}}}
	}
	return nil
}

// Type is json.stringify.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.stringify",
		Doc: node.Doc{
			Title:   node.Text{EN: "Write JSON", ZH: "写出 JSON"},
			Summary: node.Text{EN: "Writes a value as a JSON text.", ZH: "把值写成 JSON 文本。"},
			Details: node.Text{
				EN: "The result is a text, for a mail, a file or another system. Without sorting, names keep their order and numbers their digits.",
				ZH: "结果是文本，可用于邮件、文件或其他系统。不排序时，名称保持顺序，数字保持位数。",
			},
			Family: "json", Icon: "file-text", Keywords: []string{"encode", "serialize", "to text", "pretty", "ndjson", "jsonl", "canonical"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "As it is", With: map[string]any{},
				Inputs: incoming.Example(`{"b": 1.50, "a": "<é>"}`), Want: incoming.Example(`"{\"b\":1.50,\"a\":\"<é>\"}"`),
			},
			{
				Title: "The same text for the same value", With: map[string]any{"sort_names": true, "indent": 2},
				Inputs: incoming.Example(`{"b": 1.50, "a": []}`), Want: incoming.Example(`"{\n  \"a\": [],\n  \"b\": 1.5\n}"`),
			},
			{
				Title: "One item a line", With: map[string]any{"lines": true},
				Inputs: incoming.Example(`[{"n": 1}, null, "二"]`), Want: incoming.Example(`"{\"n\":1}\nnull\n\"二\"\n"`),
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
	if !c.Lines {
		text, err := c.write(in.JSON)
		if err != nil {
			return nil, err
		}
		return incoming.Give(text)
	}
	items, err := in.Items()
	if err != nil {
		return nil, err
	}
	var lines strings.Builder
	for _, item := range items {
		text, err := c.write(item)
		if err != nil {
			return nil, err
		}
		lines.WriteString(text)
		lines.WriteByte('\n')
	}
	return incoming.Give(lines.String())
}

func (c Config) write(raw json.RawMessage) (string, error) {
	if c.SortNames {
		key, err := tree.Parse(raw).Key()
		if err != nil {
			return "", errs.Internal(err)
		}
		raw = json.RawMessage(key)
	}
	var out bytes.Buffer
	var err error
	if c.Indent > 0 {
		err = json.Indent(&out, raw, "", strings.Repeat(" ", c.Indent))
	} else {
		err = json.Compact(&out, raw)
	}
	if err != nil {
		return "", errs.Internal(err)
	}
	return out.String(), nil
}
