package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/trigger"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Describe turns the types of an installation into what the API says of them.
func Describe(nodes *node.Registry, triggers *trigger.Registry) NodeTypes {
	out := NodeTypes{Items: []NodeType{}, Triggers: []NodeType{}}
	for _, t := range nodes.All() {
		var bodies []string
		if t.Container != nil {
			bodies = t.Container.Bodies
		}
		out.Items = append(out.Items, NodeType{
			Bodies: bodies,
			Name:   t.Name, Version: t.Version, Doc: t.Doc, Config: t.Config.JSON(),
			Inputs: orEmpty(t.Inputs), Outputs: orEmpty(t.Outputs), NamedInputs: t.NamedInputs, Looks: t.Look != nil || t.Scan != nil,
			Effect: t.Effect, Pool: t.Pool, Examples: orEmpty(t.Examples),
		})
	}
	for _, t := range triggers.All() {
		out.Triggers = append(out.Triggers, NodeType{
			Name: t.Name, Version: t.Version, Doc: t.Doc, Config: t.Config.JSON(),
			Inputs: []node.Port{}, Outputs: []node.Port{}, Effect: node.Pure, Pool: node.Inline, Examples: orEmpty(t.Examples),
		})
	}
	return out
}

func (a *API) listNodeTypes(context.Context, *struct{}) (*body[NodeTypes], error) {
	return &body[NodeTypes]{a.deps.NodeTypes()}, nil
}

func (a *API) inspectPython(ctx context.Context, in *inspectInput) (*body[node.PythonSignature], error) {
	sig, err := a.deps.Python.Inspect(ctx, tenantOf(ctx), in.Body.Environment, in.Body.Code)
	sig.Tables, sig.Findings = orEmpty(sig.Tables), orEmpty(sig.Findings)
	return &body[node.PythonSignature]{sig}, err
}

func (a *API) getSystem(ctx context.Context, _ *struct{}) (*body[System], error) {
	return &body[System]{a.deps.System(ctx)}, nil
}

func (a *API) evaluate(ctx context.Context, in *evaluateInput) (*body[Evaluation], error) {
	b, tenant := in.Body, tenantOf(ctx)
	doc, err := a.documentFor(ctx, tenant, b)
	if err != nil {
		return nil, err
	}
	scope, seen, err := a.scopeOf(ctx, tenant, doc, b)
	if err != nil {
		return nil, err
	}
	v, err := a.deps.Evaluator.Evaluate(ctx, tenant, b.Text, scope)
	if err == nil {
		return &body[Evaluation]{Evaluation{Value: v, Earlier: seen.earlier()}}, nil
	}
	p, err := problemOf(err, b.Node)
	return &body[Evaluation]{Evaluation{Problem: p, Earlier: seen.earlier()}}, err
}

// problemOf makes a problem of an error that is the user's; others stay errors.
func problemOf(err error, node string) (*flow.Problem, error) {
	e := errs.From(err)
	if e.Status >= 500 {
		return nil, e
	}
	p := flow.Errorf(e.Code, node, "", "%s", e.Message)
	p.Said, _ = e.Told()
	if len(e.Details) > 0 {
		d := e.Details[0]
		p = flow.Problem{Severity: flow.Error, Code: d.Code, Message: d.Message, Said: d.Told(), Node: node, Field: d.Field, Line: d.Line, Column: d.Column}
	}
	return &p, nil
}

func (a *API) documentFor(ctx context.Context, tenant string, b EvaluateBody) (*flow.Document, error) {
	if len(b.Document) > 0 {
		src, err := jsonSource(json.RawMessage(b.Document), "")
		return src.doc, err
	}
	f, err := a.deps.Flows.Get(ctx, tenant, b.FlowID)
	if err != nil {
		return nil, err
	}
	return flow.ParseJSON(f.Document)
}

// earlierRuns bounds the runs that are looked through for what a node gave.
const earlierRuns = 5

// scopeOf is what an expression sees on the data of a run: the one asked for, or the flow's last; what a node did not give
// in the last one, because it failed before or is still at work, is that of the one before, as far as the node that is
// looked at stands on it; test runs of before are left out, for what is pinned is no data of a run. Without any, it sees
// the parameters' defaults and no node.
func (a *API) scopeOf(ctx context.Context, tenant string, doc *flow.Document, b EvaluateBody) (engine.Scope, *seenOutputs, error) {
	outputs := engine.NodeOutputs{}
	seen := &seenOutputs{NodeOutputs: outputs, of: map[string]string{}, used: map[string]string{}}
	scope := engine.Scope{Vars: doc.Spec.Vars, Nodes: seen, Run: map[string]any{}}
	needed := standsOn(doc, b.Node)
	runs, err := a.runsFor(ctx, tenant, b)
	if err != nil {
		return scope, seen, err
	}
	given := b.Params
	for i, run := range runs {
		if i > 0 && complete(needed, outputs) {
			break
		}
		if i > 0 && run.Test {
			continue
		}
		steps, err := a.deps.Engine.Steps(ctx, tenant, run.ID)
		if err != nil {
			return scope, seen, err
		}
		for _, s := range steps {
			if _, newer := outputs[s.NodeID]; newer || s.Status != engine.Succeeded || i > 0 && !needed[s.NodeID] {
				continue
			}
			outputs[s.NodeID] = s.Outputs
			if i > 0 {
				seen.of[s.NodeID] = run.ID
			}
		}
		if i > 0 {
			continue
		}
		if err := a.within(ctx, tenant, run.ID, b, &scope, outputs); err != nil {
			return scope, seen, err
		}
		scope.Trigger = run.Trigger
		scope.Run = runScope(run)
		if given == nil {
			if given, err = exactParams(run.Params); err != nil {
				return scope, seen, err
			}
		}
	}
	// What an expression is tried on may be unfinished: a parameter that does not fit is seen as it was given.
	scope.Params = given
	if params, err := doc.Spec.Params.Resolve(given); err == nil {
		scope.Params = params
	}
	return scope, seen, nil
}

// runsFor gives the run that is asked for, or the flow's last ones, the newest first.
func (a *API) runsFor(ctx context.Context, tenant string, b EvaluateBody) ([]engine.Run, error) {
	if b.RunID != "" {
		run, err := a.deps.Engine.Run(ctx, tenant, b.RunID)
		return []engine.Run{run}, err
	}
	if b.FlowID == "" {
		return nil, nil
	}
	list, _, err := a.deps.Engine.Runs(ctx, tenant, engine.RunFilter{FlowID: b.FlowID, Limit: earlierRuns})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	list[0], err = a.deps.Engine.Run(ctx, tenant, list[0].ID) // lists leave parameters out
	return list, err
}

// complete says whether each of the nodes has given something.
func complete(needed map[string]bool, outputs engine.NodeOutputs) bool {
	for id := range needed {
		if _, there := outputs[id]; !there {
			return false
		}
	}
	return true
}

// standsOn gives all nodes that a node takes from or waits for, however far; without a node, all of the flow.
func standsOn(doc *flow.Document, id string) map[string]bool {
	needed := map[string]bool{}
	var add func(n *flow.Node)
	add = func(n *flow.Node) {
		for _, up := range n.Upstream() {
			if next := doc.Spec.Find(up); next != nil && !needed[up] {
				needed[up] = true
				add(next)
			}
		}
	}
	for i := range doc.Spec.Nodes {
		n := &doc.Spec.Nodes[i]
		inside := flow.Spec{Nodes: []flow.Node{*n}}
		switch {
		case id == "":
			needed[n.ID] = true
		case inside.Find(id) != nil: // what a container waits for, its nodes may see
			add(n)
		}
	}
	return needed
}

// seenOutputs notes which outputs of earlier runs were looked at.
type seenOutputs struct {
	engine.NodeOutputs
	of map[string]string // the earlier runs that outputs are of; those of the newest are not in it

	mu   sync.Mutex
	used map[string]string
}

// Outputs implements engine.Outputs.
func (s *seenOutputs) Outputs(id string) value.Outputs {
	if run, earlier := s.of[id]; earlier {
		s.mu.Lock()
		s.used[id] = run
		s.mu.Unlock()
	}
	return s.NodeOutputs.Outputs(id)
}

// earlier gives the nodes whose outputs of an earlier run were looked at, with the runs.
func (s *seenOutputs) earlier() []EarlierOutput {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]EarlierOutput, 0, len(s.used))
	for _, id := range slices.Sorted(maps.Keys(s.used)) {
		list = append(list, EarlierOutput{Node: id, RunID: s.used[id]})
	}
	return list
}

// within adds what is seen in an instance of a container: the outputs of the nodes in it, and those in the containers
// around it, by their ids, and the item.
func (a *API) within(ctx context.Context, tenant, runID string, b EvaluateBody, scope *engine.Scope, outputs engine.NodeOutputs) error {
	if b.Within == "" {
		return nil
	}
	for end := range len(b.Within) + 1 {
		if end < len(b.Within) && b.Within[end] != '/' {
			continue
		}
		instance := b.Within[:end]
		steps, err := a.deps.Engine.StepsWithin(ctx, tenant, runID, instance)
		if err != nil {
			return err
		}
		for _, s := range steps {
			if outer, id := run.Path(s.NodeID).Split(); string(outer) == instance && s.Status == engine.Succeeded {
				outputs[id] = s.Outputs
			}
		}
		if open, number := strings.LastIndexByte(instance, '['), strings.TrimSuffix(instance, "]"); open >= 0 && number != instance {
			scope.Index, _ = strconv.Atoi(number[open+1:])
		}
	}
	if b.Item == nil {
		return nil
	}
	item, err := json.Marshal(b.Item)
	if err != nil {
		return errs.Internal(err)
	}
	scope.Item = &value.Value{Kind: value.JSON, Data: item}
	return nil
}

func runScope(run engine.Run) map[string]any {
	m := map[string]any{"id": run.ID, "flow": run.FlowName, "version": run.FlowVersion, "by": run.By}
	if run.StartedAt != nil {
		m["started_at"] = *run.StartedAt
	}
	return m
}
