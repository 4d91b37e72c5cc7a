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

// What was given to one run alone is in no other, whatever the node's cache says; who repeats the run takes it over.
func TestWhatIsGivenOnceIsKeptForNoOtherRun(t *testing.T) {
	for name, c := range map[string]struct{ once, open bool }{"by its type": {once: true}, "by what it leaves open": {open: true}} {
		t.Run(name, func(t *testing.T) {
			given := 0
			typ := probe("test.probe", value.JSON, func(_ context.Context, call *node.Call) (value.Outputs, error) {
				given++
				if c.open {
					call.AfterEnd(node.Afterwards{Do: func(context.Context) error { return nil }, Close: func() error { return nil }})
				}
				return value.Outputs{"out": {Kind: value.JSON, Data: json.RawMessage("1")}}, nil
			})
			typ.Once = c.once
			typ.Key = func(context.Context, *node.Call) (string, error) { return "", nil }
			known := results{}
			x := step.New(node.NewRegistry([]node.Type{typ}), env(t), known)
			work := task(flow.Node{ID: "n", Type: "test.probe", Cache: &flow.Cache{For: "1h"}}, engine.Scope{})
			done := work
			for range 2 {
				out := x.Execute(t.Context(), work)
				if out.Err != nil || out.Details["cached"] != nil {
					t.Errorf("cached %s, %v", out.Details["cached"], out.Err)
				}
				done.Details = out.Details
			}
			if given != 2 || len(known) > 0 {
				t.Errorf("carried out %d times, and %d kept", given, len(known))
			}
			if !x.Same(t.Context(), work, done) {
				t.Error("who repeats the run cannot take it over")
			}
		})
	}
}
