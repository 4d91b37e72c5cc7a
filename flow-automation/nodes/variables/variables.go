// Package variables has the node that sets variables for what follows it.
package variables

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of variables.set.
type Config struct {
	Values map[string]any `json:"values" required:"true" title:"Variables" zh:"变量" doc:"By name; texts may hold {{ expressions }}" doc_zh:"按名称；文本可包含 {{ 表达式 }}" widget:"keyvalue"`
}

// Types are the node types of this family.
func Types() []node.Type { return []node.Type{set()} }

func set() node.Type {
	return node.Define(node.Type{
		Name: "variables.set",
		Doc: node.Doc{
			Title:   node.Text{EN: "Set variables", ZH: "设置变量"},
			Summary: node.Text{EN: "Sets variables for the nodes that follow.", ZH: "为后续节点设置变量。"},
			Details: node.Text{
				EN: "Nodes that come after it see `vars.<name>`; nodes beside it do not, so that the order in which parallel nodes end changes nothing. Set in a container, a variable is seen only within the same round or item.",
				ZH: "其后的节点可使用 `vars.<name>`；并行的节点看不到，因此并行节点的结束顺序不影响结果。在容器中设置的变量仅在同一轮或同一项内可见。",
			},
			Family: "value", Icon: "braces", Keywords: []string{"vars", "variable", "assign", "context"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "values", Kind: value.JSON, Title: node.Text{EN: "Variables", ZH: "变量"}}},
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{Title: "Two variables", With: map[string]any{"values": map[string]any{"region": "EU", "limit": 10}}, Want: map[string]json.RawMessage{"values": json.RawMessage(`{"region": "EU", "limit": 10}`)}},
			{Title: "Calculated", With: map[string]any{"values": map[string]any{"next": "{{ params.n + 1 }}"}}, Params: map[string]any{"n": 1}, Want: map[string]json.RawMessage{"values": json.RawMessage(`{"next": 2}`)}},
		},
	}, func(_ context.Context, call *node.Call, _ Config) (value.Outputs, error) {
		var exact struct {
			Values json.RawMessage `json:"values"`
		}
		if err := json.Unmarshal(call.Config, &exact); err != nil {
			return nil, errs.Internal(err)
		}
		return value.Outputs{"values": {Kind: value.JSON, Data: exact.Values}}, nil
	})
}
