// Package value has the nodes that make values.
package value

import (
	"bytes"
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// SetConfig is the configuration of value.set.
type SetConfig struct {
	Value any `json:"value" required:"true" title:"Value" zh:"值" doc:"Any JSON; texts in it may hold {{ expressions }}" doc_zh:"任意 JSON；其中的文本可包含 {{ 表达式 }}" widget:"json"`
}

// Types are the node types of this family.
func Types() []node.Type { return []node.Type{set()} }

func set() node.Type {
	t := node.Define(node.Type{
		Name: "value.set",
		Doc: node.Doc{
			Title:   node.Text{EN: "Set value", ZH: "设置值"},
			Summary: node.Text{EN: "Gives a value that is written down or calculated.", ZH: "给出一个写定或计算得到的值。"},
			Details: node.Text{
				EN: "The value is any JSON: a text, a number, a list, an object. Every text in it may hold `{{ expressions }}`; a text that is one whole expression keeps the type of its result. The input only says what comes before; read it with `{{ nodes.<id>.<port> }}`.",
				ZH: "值可以是任意 JSON：文本、数字、列表或对象。其中的每个文本都可包含 `{{ 表达式 }}`；若整个文本就是一个表达式，则保留结果的类型。输入仅表示先后顺序；请用 `{{ nodes.<id>.<port> }}` 读取数据。",
			},
			Family: "value", Icon: "variable", Keywords: []string{"constant", "variable", "expression", "calculate"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Value", ZH: "值"}}},
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "A constant", With: map[string]any{"value": "hello"},
				Want: map[string]json.RawMessage{"value": json.RawMessage(`"hello"`)},
			},
			{
				Title:  "Calculated from a parameter",
				With:   map[string]any{"value": map[string]any{"double": "{{ params.n * 2 }}", "text": "n is {{ params.n }}"}},
				Params: map[string]any{"n": 21},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`{"double": 42, "text": "n is 21"}`)},
			},
		},
	}, func(context.Context, *node.Call, SetConfig) (value.Outputs, error) { return nil, nil })
	t.Run = run
	return t
}

// run takes the value out of the configuration as it is: decoding and encoding it again would be most of the work of
// this node, of which there may be very many, and could only change it.
func run(_ context.Context, call *node.Call) (value.Outputs, error) {
	data, ok := only(call.Config)
	if !ok {
		var config struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(call.Config, &config); err != nil {
			return nil, node.Invalid(nil).Wrap(err)
		}
		data = config.Value
	}
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	return value.Outputs{"value": {Kind: value.JSON, Data: data}}, nil
}

// only cuts {"value":…} open when that is all there is, which is how a resolved configuration is written. A second field
// would have been refused when the flow was checked; here it is seen by what stands before it.
func only(config json.RawMessage) (json.RawMessage, bool) {
	inner, ok := bytes.CutPrefix(config, []byte(`{"value":`))
	if !ok || !bytes.HasSuffix(inner, []byte("}")) {
		return nil, false
	}
	inner = inner[:len(inner)-1]
	return inner, json.Valid(inner)
}
