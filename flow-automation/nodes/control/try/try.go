// Package try has the node that catches what goes wrong in it.
package try

import (
	"encoding/json"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// Config is the configuration of control.try.
type Config struct {
	Result string `json:"result,omitempty" title:"Result" zh:"结果" doc:"The node in the body, or node.port, whose output is the value; left out, the body's last node" doc_zh:"作为值的内部节点或 node.port；留空则为最后一个节点" example:"load.table"`
}

// Type is control.try.
func Type() node.Type {
	return node.DefineContainer[Config](node.Type{
		Name: "control.try",
		Doc: node.Doc{
			Title:   node.Text{EN: "Try", ZH: "尝试"},
			Summary: node.Text{EN: "Carries out the nodes in it and catches what goes wrong.", ZH: "执行内部节点并捕获错误。"},
			Details: node.Text{
				EN: "When a node of the body fails, the nodes of **catch** run, in which `item` is the error. The nodes of **finally** run in any case. `value` is the result of the body or, when it failed, of the catch; `error` is there only when something was caught.",
				ZH: "主体中的节点失败时执行 **catch** 中的节点，其中 `item` 为错误。**finally** 中的节点总会执行。`value` 为主体的结果，失败时为 catch 的结果；仅在捕获到错误时才有 `error`。",
			},
			Family: "control", Icon: "shield-check", Keywords: []string{"catch", "finally", "error", "exception", "recover"},
		},
		Inputs: []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{
			{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}},
			{Name: "error", Kind: value.JSON, Title: node.Text{EN: "Error", ZH: "错误"}},
		},
		Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Nothing goes wrong", With: map[string]any{},
				Nodes: []flow.Node{{ID: "fine", Type: "value.set", With: map[string]any{"value": 1}}},
				Catch: []flow.Node{{ID: "caught", Type: "value.set", With: map[string]any{"value": 2}}},
				Want:  map[string]json.RawMessage{"value": json.RawMessage(`1`)},
			},
			{
				Title:   "A failure is caught",
				With:    map[string]any{},
				Nodes:   []flow.Node{{ID: "wrong", Type: "control.fail", With: map[string]any{"code": "no_luck", "message": "It was not to be."}}},
				Catch:   []flow.Node{{ID: "caught", Type: "value.set", With: map[string]any{"value": "{{ item.code }}"}}},
				Finally: []flow.Node{{ID: "always", Type: "value.set", With: map[string]any{"value": 3}}},
				Want:    map[string]json.RawMessage{"value": json.RawMessage(`"no_luck"`), "error": json.RawMessage(`{"code": "no_luck"}`)},
			},
		},
	}, node.Container{Bodies: []string{"nodes", "catch", "finally"}})
}
