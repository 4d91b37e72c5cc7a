// Package finish has the nodes that say what a run comes to.
package finish

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// ReturnConfig is the configuration of control.return.
type ReturnConfig struct {
	Value any `json:"value,omitempty" title:"Value" zh:"值" doc:"Any JSON; left out, what comes in is given" doc_zh:"任意 JSON；留空则返回输入" widget:"json"`
}

// FailConfig is the configuration of control.fail.
type FailConfig struct {
	Code    string `json:"code,omitempty" title:"Code" zh:"代码" default:"failed" pattern:"[a-z][a-z0-9_]{0,63}" doc:"For retries and for programs: lower-case letters, digits and _" doc_zh:"供重试和程序使用：小写字母、数字和 _"`
	Message string `json:"message" required:"true" title:"Message" zh:"消息" doc:"What people read" doc_zh:"显示给用户的消息" example:"No orders came in on {{ params.date }}."`
}

// Return is control.return.
func Return() node.Type {
	return node.Handing(node.Define(node.Type{
		Name: "control.return",
		Doc: node.Doc{
			Title:   node.Text{EN: "Return", ZH: "返回"},
			Summary: node.Text{EN: "Says what the run as a whole gives.", ZH: "给出整个运行的结果。"},
			Details: node.Text{
				EN: "Whoever started the run, or the flow that called this one, gets the value. The run still ends when all its steps have; of several that were taken, the last in the flow counts.",
				ZH: "启动该运行的人或调用该流程的流程会得到此值。运行仍在所有步骤结束后才结束；若有多个被执行，则以流程中最后一个为准。",
			},
			Family: "control", Icon: "corner-down-left", Keywords: []string{"result", "output", "respond"},
		},
		Inputs:  []node.Port{{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}},
		Outputs: []node.Port{{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}},
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{Title: "A value", With: map[string]any{"value": map[string]any{"n": "{{ params.n }}"}}, Params: map[string]any{"n": 3}, Want: map[string]json.RawMessage{"value": json.RawMessage(`{"n": 3}`)}},
			{Title: "What came in", With: map[string]any{}, Inputs: map[string]json.RawMessage{"value": json.RawMessage(`[1]`)}, Want: map[string]json.RawMessage{"value": json.RawMessage(`[1]`)}},
		},
	}, func(_ context.Context, call *node.Call, _ ReturnConfig) (value.Outputs, error) {
		var exact struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(call.Config, &exact); err != nil {
			return nil, errs.Internal(err)
		}
		v := value.Value{Kind: value.JSON, Data: exact.Value}
		if in := call.Inputs["value"]; len(exact.Value) == 0 && len(in) > 0 {
			v = in[0]
		}
		if v.Artifact == nil && len(v.Data) == 0 {
			v.Data = json.RawMessage("null")
		}
		return value.Outputs{"value": v}, nil
	}), "value")
}

// Fail is control.fail.
func Fail() node.Type {
	return node.Define(node.Type{
		Name: "control.fail",
		Doc: node.Doc{
			Title:   node.Text{EN: "Fail", ZH: "失败"},
			Summary: node.Text{EN: "Fails, with a message of your own.", ZH: "以自定义消息失败。"},
			Details: node.Text{
				EN: "Put it behind an **If** to stop a run whose data makes no sense. Around it, **Try** can catch it, and retry policies see its code.",
				ZH: "放在 **条件分支** 之后，可以终止数据不合理的运行。外层的 **尝试** 可以捕获它，重试策略可以识别其代码。",
			},
			Family: "control", Icon: "circle-x", Keywords: []string{"error", "stop", "raise", "assert"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Never", ZH: "从不"}}},
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{Title: "A message", With: map[string]any{"message": "There is nothing to do."}, WantError: "failed"},
			{Title: "A code of its own", With: map[string]any{"code": "no_orders", "message": "{{ params.n }} orders"}, Params: map[string]any{"n": 0}, WantError: "no_orders"},
		},
	}, func(_ context.Context, _ *node.Call, c FailConfig) (value.Outputs, error) {
		return nil, errs.Invalid(c.Code, "%s", c.Message)
	})
}
