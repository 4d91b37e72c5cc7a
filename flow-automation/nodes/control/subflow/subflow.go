// Package subflow has the node that carries out another flow.
package subflow

import (
	"context"
	"encoding/json"
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// Config is the configuration of control.flow.
type Config struct {
	Flow    string         `json:"flow" required:"true" title:"Flow" zh:"流程" doc:"Name of the flow" doc_zh:"流程名称" widget:"flow" example:"clean_orders"`
	Version int            `json:"version,omitempty" title:"Version" zh:"版本" minimum:"0" default:"0" doc:"A published version; 0 is the latest at the time" doc_zh:"已发布的版本；0 表示当时的最新版本"`
	Params  map[string]any `json:"params,omitempty" title:"Parameters" zh:"参数" doc:"By name" doc_zh:"按名称" widget:"keyvalue"`
}

// Type is control.flow.
func Type() node.Type {
	return node.DefineSuspended(node.Type{
		Name: "control.flow",
		Doc: node.Doc{
			Title:   node.Text{EN: "Run a flow", ZH: "运行子流程"},
			Summary: node.Text{EN: "Carries out another flow as a run of its own and waits for it.", ZH: "将另一个流程作为独立运行执行并等待其结束。"},
			Details: node.Text{
				EN: "`result` is what the flow gave with **Return**, else null. Canceling this run, or its deadline, ends the other, too. Waiting holds no worker.",
				ZH: "`result` 为子流程通过 **返回** 给出的值，否则为空。取消本次运行或到达其期限也会结束子流程。等待不占用工作线程。",
			},
			Family: "control", Icon: "sitemap", Keywords: []string{"sub-flow", "subflow", "call", "child", "workflow"},
		},
		Inputs: []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{
			{Name: "result", Title: node.Text{EN: "Result", ZH: "结果"}},
			{Name: "run", Kind: value.JSON, Title: node.Text{EN: "Run", ZH: "运行"}},
		},
		// The run that it starts is begun once, whatever happens; what its steps do is for their own effects.
		Effect: node.Idempotent, Pool: node.IO,
		Key: fingerprint,
		Examples: []node.Example{
			{
				Title: "Its result", With: map[string]any{"flow": "double", "params": map[string]any{"n": 21}},
				Want: map[string]json.RawMessage{"result": json.RawMessage(`42`), "run": json.RawMessage(`{"flow": "double"}`)},
			},
			{
				Title: "With an expression", With: map[string]any{"flow": "double", "params": map[string]any{"n": "{{ params.n }}"}}, Params: map[string]any{"n": 4},
				Want: map[string]json.RawMessage{"result": json.RawMessage(`8`), "run": json.RawMessage(`{"flow": "double"}`)},
			},
		},
	}, func(ctx context.Context, call *node.Call, config Config) (node.Suspension, error) {
		if err := ctx.Err(); err != nil {
			return node.Suspension{}, err
		}
		// Read again, so that numbers keep their exact form.
		var exact struct {
			Params json.RawMessage `json:"params"`
		}
		if err := json.Unmarshal(call.Config, &exact); err == nil && len(exact.Params) > 0 {
			if params, err := node.Exact(exact.Params); err == nil {
				config.Params = params
			}
		}
		return node.Suspension{Kind: "run", Child: &node.Child{Flow: config.Flow, Version: config.Version, Params: config.Params}}, nil
	})
}

// fingerprint tells apart what the flow does, which the configuration only names.
func fingerprint(ctx context.Context, call *node.Call) (string, error) {
	var config Config
	if err := json.Unmarshal(call.Config, &config); err != nil {
		return "", err
	}
	if call.Env.Flows == nil {
		return "", errors.New("no flows are stored here")
	}
	return call.Env.Flows.Fingerprint(ctx, call.Tenant, config.Flow, config.Version)
}
