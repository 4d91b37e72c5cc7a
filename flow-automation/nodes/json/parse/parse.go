// Package parse has the node that reads JSON from a text.
package parse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.parse.
type Config struct {
	Format  string `json:"format,omitempty" title:"Format" zh:"格式" enum:"json,lines" default:"json" doc:"json: one value. lines: a value on each line (NDJSON), which gives a list" doc_zh:"json：一个值；lines：每行一个值（NDJSON），输出列表"`
	Invalid string `json:"invalid,omitempty" title:"When it is not JSON" zh:"不是 JSON 时" enum:"fail,null,text" default:"fail" doc:"fail: fails the step and says where. null: gives null. text: gives the text as it is" doc_zh:"fail：步骤失败并指出位置；null：输出 null；text：原样输出文本"`
	incoming.Field
}

// Type is json.parse.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.parse",
		Doc: node.Doc{
			Title:   node.Text{EN: "Parse JSON", ZH: "解析 JSON"},
			Summary: node.Text{EN: "Reads the value that a text holds as JSON.", ZH: "读取文本中的 JSON 值。"},
			Details: node.Text{
				EN: "Numbers keep all their digits and names their order. A byte order mark is overlooked. Of a list of texts every one is read; null stays null.",
				ZH: "数字保留全部位数，名称保持顺序。字节顺序标记会被忽略。若输入是文本列表则逐项解析；null 保持 null。",
			},
			Family: "json", Icon: "json", Keywords: []string{"decode", "read", "ndjson", "jsonl", "from text"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "A value", With: map[string]any{},
				Inputs: incoming.Example(`"{\"b\": 12345678901234567890, \"a\": [1.50, \"\\u00e9\"]}"`), Want: incoming.Example(`{"b": 12345678901234567890, "a": [1.50, "é"]}`),
			},
			{
				Title: "A value on each line", With: map[string]any{"format": "lines"},
				Inputs: incoming.Example(`"{\"n\": 1}\r\n\n[]\n\"二\""`), Want: incoming.Example(`[{"n": 1}, [], "二"]`),
			},
			{
				Title: "What may be JSON or not", With: map[string]any{"invalid": "text"},
				Inputs: incoming.Example(`["true", "yes", "", null]`), Want: incoming.Example(`[true, "yes", "", null]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) {
		v, err := c.parse(in.Field, strings.TrimPrefix(text, "\ufeff"))
		var e *errs.Error
		switch {
		case err == nil:
			return v, nil
		case c.Invalid == "fail" || !errors.As(err, &e):
			return nil, err
		case c.Invalid == "text":
			return text, nil
		}
		return nil, nil
	})
}

func (c Config) parse(field, text string) (any, error) {
	if c.Format != "lines" {
		return one(field, text, 0)
	}
	list := []any{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		v, err := one(field, strings.TrimRight(line, "\r\n"), n)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// one reads one value. Line is where the text is within a larger one, 0 for the whole of it.
func one(field, text string, line int) (any, error) {
	var raw json.RawMessage
	err := json.Unmarshal([]byte(text), &raw)
	if err == nil {
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return nil, errs.Internal(err)
		}
		return json.RawMessage(compact.Bytes()), nil
	}
	if strings.TrimSpace(text) == "" {
		return nil, node.FieldError("json_invalid", field, "The text is empty; there is no JSON in it")
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return nil, errs.Internal(err)
	}
	// The offset is behind the character that is wrong; at the end there is none.
	before := text[:min(max(int(syntax.Offset)-1, 0), len(text))]
	if int(syntax.Offset) >= len(text) && strings.Contains(syntax.Error(), "unexpected end") {
		before = text
	}
	row := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	if line > 0 {
		row = line
	}
	message := fmt.Sprintf("The text is not JSON at line %d, column %d: %s", row, column, syntax.Error())
	return nil, errs.Invalid("json_invalid", "%s", message).With(errs.Detail{
		Code: "json_invalid", Message: message, Place: errs.Place{Field: field, Line: row, Column: column},
	})
}
