// Package steptest runs single nodes as the engine does, expressions and all, for the tests of the nodes themselves.
package steptest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
)

// With is a configuration.
type With = map[string]any

// Bench runs nodes of one family.
type Bench struct {
	T        testing.TB
	Clock    *clock.Fake
	executor *step.Executor
	env      *node.Env
}

// New makes a bench for types; the clock stands at 2026-11-24T08:30:00Z.
func New(t testing.TB, types []node.Type) *Bench {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{T: t, Clock: clock.NewFake(time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC))}
	b.env = &node.Env{Artifacts: store}
	b.executor = step.New(node.NewRegistry(types), b.env, nil)
	return b
}

// Run carries out a node whose sources, in their order, give the inputs; params is what expressions see. The result is
// the JSON of the output called value.
func (b *Bench) Run(typ string, with With, params map[string]any, inputs ...string) (string, *errs.Error) {
	b.T.Helper()
	return b.RunContext(b.T.Context(), typ, with, params, inputs...)
}

// RunContext is Run with a context of one's own.
func (b *Bench) RunContext(ctx context.Context, typ string, with With, params map[string]any, inputs ...string) (string, *errs.Error) {
	b.T.Helper()
	n := flow.Node{ID: "node", Type: typ, With: with}
	outputs := engine.NodeOutputs{}
	for i, in := range inputs {
		id := "in" + string(rune('a'+i))
		if n.In == nil {
			n.In = map[string]flow.Sources{}
		}
		n.In["value"] = append(n.In["value"], id)
		outputs[id] = value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(in)}}
	}
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: "test"}}
	doc.Spec.Nodes = []flow.Node{n}
	out := b.executor.Execute(ctx, engine.Task{
		Tenant: "default", RunID: "run", Document: doc, Node: &doc.Spec.Nodes[0], Path: "node", Attempt: 1, Now: b.Clock.Now(),
		Scope: engine.Scope{Params: params, Nodes: outputs},
	})
	if out.Err != nil {
		return "", out.Err
	}
	result := out.Outputs["value"]
	data, err := node.LoadJSON(ctx, b.env.Artifacts, "default", result)
	if err != nil {
		b.T.Fatal(err)
	}
	return string(data), nil
}

// Case is one execution: a result, or an error with its code and the field it names.
type Case struct {
	Type   string
	With   With
	Params map[string]any
	In     []string
	Want   string // JSON, exactly as it leaves the node
	Code   string
	Field  string
	Row    int64
}

// Check carries out the cases by name.
func (b *Bench) Check(t *testing.T, cases map[string]Case) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := b.Run(c.Type, c.With, c.Params, c.In...)
			switch {
			case c.Code == "" && err != nil:
				t.Fatalf("%v", err)
			case c.Code == "":
				if got != c.Want {
					t.Errorf("\n got %s\nwant %s", got, c.Want)
				}
			case err == nil:
				t.Errorf("no error, but %s", got)
			case err.Code != c.Code || len(err.Details) == 0 || err.Details[0].Field != c.Field || err.Details[0].Row != c.Row:
				t.Errorf("%s, %+v", err.Code, err.Details)
			}
		})
	}
}
