// Package control has the nodes that decide which way a run goes.
package control

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/control/approval"
	"dataflow/flow-automation/nodes/control/each"
	"dataflow/flow-automation/nodes/control/finish"
	"dataflow/flow-automation/nodes/control/loop"
	"dataflow/flow-automation/nodes/control/subflow"
	"dataflow/flow-automation/nodes/control/try"
	"dataflow/flow-automation/nodes/control/wait"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/pattern"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		ifType(), switchType(), mergeType(), each.Type(), loop.Type(), try.Type(), subflow.Type(), wait.Type(), approval.Type(),
		finish.Return(), finish.Fail(),
	}
}

// IfConfig is the configuration of control.if.
type IfConfig struct {
	Condition bool `json:"condition" required:"true" title:"Condition" zh:"条件" doc:"An expression that gives true or false" doc_zh:"结果为 true 或 false 的表达式" widget:"expression"`
}

var passed = node.Port{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}

func ifType() node.Type {
	return node.Handing(node.Define(node.Type{
		Name: "control.if",
		Doc: node.Doc{
			Title:   node.Text{EN: "If", ZH: "条件分支"},
			Summary: node.Text{EN: "Goes on at true or at false.", ZH: "根据条件从 true 或 false 端口继续。"},
			Details: node.Text{
				EN: "What comes in goes out at `true` or at `false`, unchanged and of any kind. What hangs on the other port is skipped. Bring the ways together again with **Merge**.",
				ZH: "输入的内容（任意类型）原样从 `true` 或 `false` 端口输出，另一端口的后续节点会被跳过。用 **合并** 节点把分支重新汇合。",
			},
			Family: "control", Icon: "arrows-split-2", Keywords: []string{"branch", "condition", "else"},
		},
		Inputs: []node.Port{passed},
		Outputs: []node.Port{
			{Name: "true", Title: node.Text{EN: "True", ZH: "真"}},
			{Name: "false", Title: node.Text{EN: "False", ZH: "假"}},
		},
		Exclusive: true, Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Large enough", With: map[string]any{"condition": "{{ params.n > 3 }}"}, Params: map[string]any{"n": 5},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`{"a": 1}`)},
				Want:   map[string]json.RawMessage{"true": json.RawMessage(`{"a": 1}`)},
			},
			{
				Title: "Not large enough", With: map[string]any{"condition": "{{ params.n > 3 }}"}, Params: map[string]any{"n": 2},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`[1, 2]`)},
				Want:   map[string]json.RawMessage{"false": json.RawMessage(`[1, 2]`)},
			},
		},
	}, func(_ context.Context, call *node.Call, config IfConfig) (value.Outputs, error) {
		return value.Outputs{fmt.Sprint(config.Condition): first(call)}, nil
	}), "value")
}

// first is what came in, or null.
func first(call *node.Call) value.Value {
	if in := call.Inputs["value"]; len(in) > 0 {
		return in[0]
	}
	return value.Value{Kind: value.JSON, Data: json.RawMessage("null")}
}

// SwitchConfig is the configuration of control.switch.
type SwitchConfig struct {
	Value any    `json:"value" required:"true" title:"Value" zh:"值" doc:"What is compared, mostly an expression" doc_zh:"要比较的值，通常是表达式" widget:"expression"`
	Cases []Case `json:"cases" required:"true" title:"Cases" zh:"分支" doc:"The first case that is equal is taken, else default" doc_zh:"采用第一个相等的分支，否则采用 default"`
}

// Case is one way.
type Case struct {
	Name   string `json:"name" required:"true" title:"Port" zh:"端口" doc:"Name of the output: letters, digits and _" doc_zh:"输出端口名：字母、数字和 _" pattern:"[A-Za-z_][A-Za-z0-9_]{0,63}" example:"europe"`
	Equals any    `json:"equals" title:"Equals" zh:"等于" doc:"The value for this case" doc_zh:"此分支对应的值" widget:"json"`
}

const otherwise = "default"

var caseName = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// Check finds names that are there twice or taken.
func (c SwitchConfig) Check() []errs.Detail {
	var details []errs.Detail
	seen := map[string]bool{}
	for i, k := range c.Cases {
		problem := ""
		switch {
		case k.Name == otherwise || k.Name == node.ErrorPort:
			problem = fmt.Sprintf("The name %s is taken; call the case otherwise", k.Name)
		case seen[k.Name]:
			problem = fmt.Sprintf("There are two cases with the name %s", k.Name)
		}
		seen[k.Name] = true
		if problem != "" {
			details = append(details, errs.Detail{Code: "case_name", Message: problem, Place: errs.Place{Field: fmt.Sprintf("with.cases[%d].name", i)}})
		}
	}
	return details
}

func switchType() node.Type {
	t := node.Define(node.Type{
		Name: "control.switch",
		Doc: node.Doc{
			Title:   node.Text{EN: "Switch", ZH: "多路分支"},
			Summary: node.Text{EN: "Goes on at the first case that equals a value.", ZH: "从第一个与值相等的分支继续。"},
			Details: node.Text{
				EN: "Every case is an output. What comes in goes out at the first case whose value is equal, or at `default` when none is; all other ways are skipped.",
				ZH: "每个分支都是一个输出端口。输入从第一个相等的分支输出；若都不相等则从 `default` 输出，其余分支会被跳过。",
			},
			Family: "control", Icon: "arrows-split", Keywords: []string{"branch", "case", "route"},
		},
		Inputs: []node.Port{passed}, Exclusive: true, Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title:  "By region",
				With:   map[string]any{"value": "{{ params.region }}", "cases": []any{map[string]any{"name": "europe", "equals": "EU"}, map[string]any{"name": "asia", "equals": "AS"}}},
				Params: map[string]any{"region": "AS"},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`1`)},
				Want:   map[string]json.RawMessage{"asia": json.RawMessage(`1`)},
			},
			{
				Title:  "None of them",
				With:   map[string]any{"value": "{{ params.n }}", "cases": []any{map[string]any{"name": "one", "equals": 1}}},
				Params: map[string]any{"n": 2},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`"x"`)},
				Want:   map[string]json.RawMessage{"default": json.RawMessage(`"x"`)},
			},
		},
	}, runSwitch)
	schema := t.Config
	t.OutputsOf = func(config json.RawMessage) []node.Port {
		c, _ := node.Loose[SwitchConfig](schema, config)
		var ports []node.Port
		for _, k := range c.Cases {
			if caseName.MatchString(k.Name) {
				ports = append(ports, node.Port{Name: k.Name, Title: node.Text{EN: k.Name, ZH: k.Name}})
			}
		}
		return append(ports, node.Port{Name: otherwise, Title: node.Text{EN: "Default", ZH: "默认"}})
	}
	return node.Handing(t, "value")
}

func runSwitch(_ context.Context, call *node.Call, _ SwitchConfig) (value.Outputs, error) {
	// Read again as expressions see it: the typed configuration has lost the difference of large integers.
	var config struct {
		Value json.RawMessage `json:"value"`
		Cases []struct {
			Name   string          `json:"name"`
			Equals json.RawMessage `json:"equals"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(call.Config, &config); err != nil {
		return nil, errs.Internal(err)
	}
	for _, k := range config.Cases {
		same, err := equal(config.Value, k.Equals)
		if err != nil {
			return nil, err
		}
		if same {
			return value.Outputs{k.Name: first(call)}, nil
		}
	}
	return value.Outputs{otherwise: first(call)}, nil
}

func equal(a, b json.RawMessage) (bool, error) {
	var sides [2]any
	for i, raw := range []json.RawMessage{a, b} {
		if len(raw) == 0 {
			continue
		}
		v, err := expr.Decode(raw)
		if err != nil {
			return false, errs.Internal(err)
		}
		sides[i] = v
	}
	return expr.Equal(sides[0], sides[1])
}

// MergeConfig is the configuration of control.merge, which has nothing to set.
type MergeConfig struct{}

func mergeType() node.Type {
	return node.Handing(node.Define(node.Type{
		Name: "control.merge",
		Doc: node.Doc{
			Title:   node.Text{EN: "Merge", ZH: "合并"},
			Summary: node.Text{EN: "Brings the ways of a branch together again.", ZH: "把分支重新汇合。"},
			Details: node.Text{
				EN: "Runs when at least one of its sources was taken, and gives what came in; when several came in, the first in the order of its sources.",
				ZH: "只要至少一个来源被执行就会运行，并输出到达的内容；若有多个来源，则取来源顺序中的第一个。",
			},
			Family: "control", Icon: "git-merge", Keywords: []string{"join", "branch", "any"},
		},
		Inputs:  []node.Port{{Name: "value", Title: node.Text{EN: "Values", ZH: "值"}, Required: true, Many: true}},
		Outputs: []node.Port{{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}},
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "What was taken", With: map[string]any{},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`{"from": "left"}`)},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`{"from": "left"}`)},
			},
			{
				Title: "A number", With: map[string]any{},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`7`)},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`7`)},
			},
		},
	}, func(_ context.Context, call *node.Call, _ MergeConfig) (value.Outputs, error) {
		return value.Outputs{"value": first(call)}, nil
	}), "value")
}
