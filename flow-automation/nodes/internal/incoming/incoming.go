// Package incoming is what the nodes for values work on: what comes in, or what is written down in its place.
package incoming

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Field is the field by which a value is written down in place of what comes in. A configuration embeds it last.
type Field struct {
	Value json.RawMessage `json:"value,omitempty" title:"In place of the input" zh:"代替输入" doc:"The value to work on; left out, it is what comes in" doc_zh:"要处理的值；不填则为输入的内容" widget:"expression" example:"{{ nodes.fetch.response.body }}"`
}

// Needs implements node.Needing.
func (f Field) Needs(connected func(port string) bool) []node.Need {
	if f.Value != nil || connected("value") {
		return nil
	}
	return []node.Need{{Field: "in.value", Message: node.Text{
		EN: "There is nothing to work on: connect the input value, or write a value down in the settings (In place of the input)",
		ZH: "没有可处理的内容：请连接输入“值”，或在设置的“代替输入”中填写",
	}}}
}

// CodeWrongType is the code of something that came in and is of another type than the node works on.
const CodeWrongType = "wrong_type"

// Ports is the one input, which may be left open when the value is written down.
func Ports() []node.Port {
	return []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Value", ZH: "值"}}}
}

// Outputs is the one output.
func Outputs() []node.Port {
	return []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Value", ZH: "值"}}}
}

// Example gives an input or a result of an example.
func Example(text string) map[string]json.RawMessage {
	return map[string]json.RawMessage{"value": json.RawMessage(text)}
}

// Taken is a value with the field it came from, for errors.
type Taken struct {
	JSON  json.RawMessage
	Field string // with.value or in.value
}

// Take gives what the node works on. It reads the configuration again, for only there an expression that gave null can be
// told from a field that was left out.
func Take(ctx context.Context, call *node.Call) (Taken, error) {
	var written Field
	if err := json.Unmarshal(call.Config, &written); err != nil {
		return Taken{}, errs.Internal(err)
	}
	if written.Value != nil {
		return Taken{bytes.TrimSpace(written.Value), "with.value"}, nil
	}
	in := call.Inputs["value"]
	if len(in) == 0 {
		return Taken{}, node.FieldError(node.CodeInputMissing, "with.value", "Nothing came in; connect the input, or write the value down here")
	}
	data, err := call.JSON(ctx, in[0])
	if err != nil {
		return Taken{}, err
	}
	return Taken{bytes.TrimSpace(data), "in.value"}, nil
}

// Wrong is the error of a value of another type than is wanted.
func (t Taken) Wrong(wanted string) *errs.Error {
	return node.FieldError(CodeWrongType, t.Field, "%s is needed, but %s came in", wanted, Describe(t.JSON))
}

// Items gives a list item by item, each as it was written.
func (t Taken) Items() ([]json.RawMessage, error) {
	if len(t.JSON) == 0 || t.JSON[0] != '[' {
		return nil, t.Wrong("A list")
	}
	var items []json.RawMessage
	if err := json.Unmarshal(t.JSON, &items); err != nil {
		return nil, errs.Internal(fmt.Errorf("a value that is not JSON came in: %w", err))
	}
	return items, nil
}

// TakeItems is Take for a list, item by item.
func TakeItems(ctx context.Context, call *node.Call) (Taken, []json.RawMessage, error) {
	in, err := Take(ctx, call)
	if err != nil {
		return in, nil, err
	}
	items, err := in.Items()
	return in, items, err
}

// Each applies f to a value, or to every one of a list; null stays null. An error says at which item of the list it was.
func (t Taken) Each(ctx context.Context, f func(raw json.RawMessage) (any, error)) (value.Outputs, error) {
	if len(t.JSON) == 0 || t.JSON[0] != '[' {
		result, err := unlessNull(t.JSON, f)
		if err != nil {
			return nil, err
		}
		return Give(result)
	}
	items, err := t.Items()
	if err != nil {
		return nil, err
	}
	results := make([]any, len(items))
	for i, item := range items {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if results[i], err = unlessNull(item, f); err != nil {
			return nil, AtItem(err, i)
		}
	}
	return Give(results)
}

func unlessNull(raw json.RawMessage, f func(json.RawMessage) (any, error)) (any, error) {
	if bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	return f(raw)
}

// EachText is Each for texts.
func (t Taken) EachText(ctx context.Context, f func(text string) (any, error)) (value.Outputs, error) {
	return t.Each(ctx, func(raw json.RawMessage) (any, error) {
		text, ok, err := Text(raw)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, node.FieldError(CodeWrongType, t.Field, "A text is needed, but %s came in; in an expression, string(…) makes it a text", Describe(raw))
		}
		return f(text)
	})
}

// Text reads a JSON text; ok is false for anything else.
func Text(raw json.RawMessage) (text string, ok bool, err error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false, nil
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", false, errs.Internal(err)
	}
	return text, true, nil
}

// AtItem says at which item of a list, from 0, an error was.
func AtItem(err error, index int) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Message = fmt.Sprintf("Item %d: %s", index+1, e.Message)
	placed.Details = make([]errs.Detail, len(e.Details))
	for i, d := range e.Details {
		d.Row = int64(index) + 1
		d.Message = fmt.Sprintf("Item %d: %s", index+1, d.Message)
		placed.Details[i] = d
	}
	return &placed
}

// Give makes the output of a value: what expressions may give, with json.RawMessage for JSON as it is.
func Give(v any) (value.Outputs, error) {
	data, err := expr.AppendJSON(nil, v)
	if err != nil {
		return nil, node.FieldError("value_too_large", "with", "The result cannot be kept: %v", err)
	}
	return value.Outputs{"value": {Kind: value.JSON, Data: data}}, nil
}

// Describe says in a word what a JSON text is.
func Describe(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return string(raw)
	case 'n':
		return "null"
	}
	if len(raw) > 40 {
		return "a number"
	}
	return "the number " + string(raw)
}
