package step_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// What a node leaves open goes with its success, and is closed by every failure, also one that comes after the node's own work.
func TestWhatANodeLeavesOpenIsClosedWhenTheStepFails(t *testing.T) {
	for name, c := range map[string]struct {
		run      func() (value.Outputs, error)
		contract flow.Contract
		open     bool
	}{
		"success": {run: func() (value.Outputs, error) {
			return value.Outputs{"out": {Kind: value.JSON, Data: json.RawMessage("1")}}, nil
		}, open: true},
		"failure": {run: func() (value.Outputs, error) { return nil, errors.New("no") }},
		"panic":   {run: func() (value.Outputs, error) { panic("out of bounds") }},
		"drift": {
			run: func() (value.Outputs, error) {
				return value.Outputs{"out": {Kind: value.JSON, Data: json.RawMessage("1")}}, nil
			},
			contract: flow.Contract{Columns: []flow.ContractColumn{{Name: "id", Type: "BIGINT"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			closed := 0
			x := step.New(node.NewRegistry([]node.Type{probe("test.probe", value.JSON, func(_ context.Context, call *node.Call) (value.Outputs, error) {
				call.AfterEnd(node.Afterwards{Do: func(context.Context) error { return nil }, Close: func() error { closed++; return errors.New("gone") }})
				return c.run()
			})}), env(t), nil)
			n := flow.Node{ID: "n", Type: "test.probe"}
			if len(c.contract.Columns) > 0 {
				n.Contract = map[string]flow.Contract{"out": c.contract}
			}
			var logs []string
			work := task(n, engine.Scope{})
			work.Log = func(level, text string) { logs = append(logs, level+": "+text) }
			out := x.Execute(t.Context(), work)
			if (out.Err == nil) != c.open || (len(out.Afterwards) == 1) != c.open || (closed == 1) == c.open || (len(logs) == 1) == c.open {
				t.Errorf("error %v, %d left open, %d closed, %q", out.Err, len(out.Afterwards), closed, logs)
			}
		})
	}
}
