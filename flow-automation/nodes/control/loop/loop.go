// Package loop has the node that carries out its body again and again.
package loop

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/words"
)

// Config is the configuration of control.loop.
type Config struct {
	While  *bool  `json:"while,omitempty" title:"While" zh:"当…时" doc:"Asked before each round; the loop goes on while it is true" doc_zh:"每轮之前判断；为真则继续" widget:"expression"`
	Until  *bool  `json:"until,omitempty" title:"Until" zh:"直到" doc:"Asked after each round; the loop ends when it is true" doc_zh:"每轮之后判断；为真则结束" widget:"expression"`
	Max    int    `json:"max,omitempty" title:"At most" zh:"最多轮数" minimum:"1" maximum:"100000" default:"1000" doc:"Rounds; a loop that would go on beyond them fails" doc_zh:"轮数上限；超过则失败"`
	Result string `json:"result,omitempty" title:"Result" zh:"结果" doc:"The node in the body, or node.port, whose output is carried into the next round; left out, the body's last node" doc_zh:"传入下一轮的内部节点或 node.port；留空则为最后一个节点" example:"page.response"`
}

// Type is control.loop.
func Type() node.Type {
	schema := spec.For[Config]()
	t := node.DefineContainer[Config](node.Type{
		Name: "control.loop", Config: schema,
		Doc: node.Doc{
			Title:   node.Text{EN: "Loop", ZH: "循环"},
			Summary: node.Text{EN: "Carries out the nodes in it again and again.", ZH: "反复执行内部节点。"},
			Details: node.Text{
				EN: "`item` is what comes in at first, and then the result of the round before; `index` counts the rounds from 0. `while` is asked before a round, `until` after it. `value` is the result of the last round.",
				ZH: "`item` 最初为输入，之后为上一轮的结果；`index` 从 0 开始计数。`while` 在每轮之前判断，`until` 在之后判断。`value` 为最后一轮的结果。",
			},
			Family: "control", Icon: "refresh", Keywords: []string{"while", "until", "again", "paging", "poll"},
		},
		Inputs: []node.Port{{Name: "value", Title: node.Text{EN: "Begin with", ZH: "初始值"}}},
		Outputs: []node.Port{
			{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}},
			{Name: "rounds", Kind: value.JSON, Title: node.Text{EN: "Rounds", ZH: "轮数"}},
		},
		Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Double until it is large", With: map[string]any{"until": "{{ item > 100 }}"},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`3`)},
				Nodes:  []flow.Node{{ID: "double", Type: "value.set", With: map[string]any{"value": "{{ item * 2 }}"}}},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`192`), "rounds": json.RawMessage(`6`)},
			},
			{
				Title: "Not even once", With: map[string]any{"while": "{{ item < 3 }}"},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`3`)},
				Nodes:  []flow.Node{{ID: "more", Type: "value.set", With: map[string]any{"value": "{{ item + 1 }}"}}},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`3`), "rounds": json.RawMessage(`0`)},
			},
		},
	}, node.Container{
		Bodies: []string{"nodes"}, EachRound: []string{"while", "until", "max"},
		Open: func(_ context.Context, call *node.Call) (node.Opening, error) {
			if _, err := node.Config[Config](call, schema); err != nil {
				return node.Opening{}, err
			}
			begin := value.Value{Kind: value.JSON, Data: json.RawMessage("null")}
			if in := call.Inputs["value"]; len(in) > 0 {
				begin = in[0]
			}
			return node.Opening{Item: begin}, nil
		},
		Again: func(_ context.Context, call *node.Call) (bool, error) {
			config, err := node.Config[Config](call, schema)
			if err != nil {
				return false, err
			}
			return again(config, call.Round)
		},
		Close: func(_ context.Context, _ *node.Call, got node.Gathered) (value.Outputs, error) {
			out := value.Outputs{"rounds": {Kind: value.JSON, Data: fmt.Append(nil, got.Rounds)}}
			if len(got.Results) > 0 {
				out["value"] = got.Results[0]
			}
			return out, nil
		},
	})
	t.Check = func(config json.RawMessage) []errs.Detail {
		var given struct {
			While, Until json.RawMessage
		}
		if err := json.Unmarshal(config, &given); err != nil || len(given.While) > 0 || len(given.Until) > 0 {
			return nil
		}
		return []errs.Detail{{Code: "loop_endless", Message: "Say when the loop ends: write a condition into While or Until", Place: errs.Place{Field: "with.until"}}}
	}
	return t
}

func again(c Config, round int) (bool, error) {
	switch {
	case c.While != nil && !*c.While:
		return false, nil
	case c.Until != nil && *c.Until && round > 0:
		return false, nil
	case round >= c.Max:
		message := fmt.Sprintf("The loop has gone round %s, and would go on", words.Number(c.Max, "time", "times"))
		return false, errs.Invalid("loop_limit", "%s.", message).WithHint("See why its condition does not end it, or raise At most.").
			With(errs.Detail{Code: "loop_limit", Message: message, Place: errs.Place{Field: "with.max"}})
	}
	return true, nil
}
