package automation

import (
	"context"
	"encoding/json"
	"slices"

	"dataflow/flow-automation/check"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/openlineage"
	runs "dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// lineages tells the lineage of flows with what runs have left.
type lineages struct {
	executor    *step.Executor
	types       *node.Registry
	engine      engine.Engine
	flows       flows
	connections *connection.Service // nil knows none
	checker     *check.Checker
	namespace   string // of the events of runs, in which names of several installations meet
}

// Lineage implements api.Lineager.
func (l lineages) Lineage(ctx context.Context, tenant string, ref engine.FlowRef) (*lineage.Graph, error) {
	t, err := l.task(ctx, tenant, ref)
	if err != nil {
		return nil, err
	}
	return l.executor.Lineage(ctx, t, l.around())
}

// OfRun is Lineage with what that run has given; nil for a flow that touches no data outside of itself.
func (l lineages) OfRun(ctx context.Context, run engine.Run, doc *flow.Document) (*lineage.Graph, error) {
	if !l.outside(doc.Spec.Nodes) {
		return nil, nil // it touches no data
	}
	t, err := l.with(ctx, run.Tenant, doc, &run)
	if err != nil {
		return nil, err
	}
	around := l.around()
	around.Ran = true
	around.Name = func(ctx context.Context, tenant string, d node.Dataset) (string, string) {
		namespace, name := l.name(ctx, tenant, d)
		return lineage.Sited(openlineage.Namespace(l.namespace, tenant), namespace, d.Connection), name
	}
	return l.executor.Lineage(ctx, t, around)
}

// outside says whether any node reads or writes data outside of flows.
func (l lineages) outside(nodes []flow.Node) bool {
	return slices.ContainsFunc(nodes, func(n flow.Node) bool {
		if t := l.types.Get(n.Type); n.Type == runsFlow || t != nil && t.Datasets != nil {
			return true
		}
		return slices.ContainsFunc(n.Bodies(), func(b flow.Body) bool { return l.outside(b.Nodes) })
	})
}

func (l lineages) around() step.Around {
	return step.Around{
		Name:     l.name,
		Problems: func(doc *flow.Document) []flow.Problem { return l.checker.Analyze(doc, nil).Problems },
		Leads:    l.leads,
		Flow: func(ctx context.Context, tenant, name string, version int) (engine.Task, error) {
			ref, err := l.flows.Flow(ctx, tenant, name, version)
			if err != nil {
				return engine.Task{}, err
			}
			return l.task(ctx, tenant, ref)
		},
	}
}

// task is a document with what its last run has given: the last that succeeded, for one that failed has not given all.
func (l lineages) task(ctx context.Context, tenant string, ref engine.FlowRef) (engine.Task, error) {
	for _, f := range []engine.RunFilter{{FlowID: ref.ID, Limit: 1, Statuses: []engine.Status{engine.Succeeded}}, {FlowID: ref.ID, Limit: 1}} {
		if ref.ID == "" {
			break
		}
		last, _, err := l.engine.Runs(ctx, tenant, f)
		if err != nil {
			return engine.Task{}, err
		}
		if len(last) > 0 {
			return l.with(ctx, tenant, ref.Document, &last[0])
		}
	}
	return l.with(ctx, tenant, ref.Document, nil)
}

func (l lineages) with(ctx context.Context, tenant string, doc *flow.Document, run *engine.Run) (engine.Task, error) {
	outputs := engine.NodeOutputs{}
	scope := engine.Scope{Vars: doc.Spec.Vars, Nodes: outputs, Run: map[string]any{}}
	given, found := map[string]any{}, map[string]node.Found{}
	if run != nil {
		steps, err := l.engine.Steps(ctx, tenant, run.ID)
		if err != nil {
			return engine.Task{}, err
		}
		for _, s := range steps {
			if s.Status == engine.Succeeded {
				outputs[s.NodeID] = s.Outputs
			}
			if at, there := s.Details[node.DetailFound]; there {
				var f node.Found
				if err := json.Unmarshal(at, &f); err != nil {
					return engine.Task{}, errs.Internal(err)
				}
				_, id := runs.Path(s.NodeID).Split() // of all instances of a container
				found[id] = f
			}
		}
		scope.Trigger = run.Trigger
		if given, err = paramsOf(run.Params); err != nil {
			return engine.Task{}, err
		}
	}
	scope.Params = given
	if params, err := doc.Spec.Params.Resolve(given); err == nil {
		scope.Params = params
	}
	for _, p := range doc.Spec.Params { // what nobody has given yet is empty, so that the rest can be told
		if _, there := scope.Params[p.Name]; !there {
			scope.Params[p.Name] = nil
		}
	}
	return engine.Task{Tenant: tenant, Document: doc, Attempt: 1, Scope: scope, Found: found}, nil
}

// paramsOf gives the parameters of a run with their numbers as they were written.
func paramsOf(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return map[string]any{}, nil
	}
	v, err := expr.Decode(raw)
	if err != nil {
		return nil, errs.Internal(err)
	}
	params, ok := v.(map[string]any)
	if !ok {
		return map[string]any{}, nil
	}
	return params, nil
}

// name knows datasets as the world does. A connection that is not there keeps its own name.
func (l lineages) name(ctx context.Context, tenant string, d node.Dataset) (namespace, name string) {
	if d.Kind != node.DatasetTable || l.connections == nil {
		return lineage.PlainName(d)
	}
	c, err := l.connections.Get(ctx, tenant, d.Connection)
	if err != nil {
		return lineage.PlainName(d)
	}
	return lineage.TableName(c.Kind, c.Config, c.Name, d.Schema, d.Name)
}

// leads says of a dataset behind a connection that the connection is not there.
func (l lineages) leads(ctx context.Context, tenant string, d node.Dataset) error {
	if d.Connection == "" || l.connections == nil || expr.Has(d.Connection) {
		return nil
	}
	_, err := l.connections.Get(ctx, tenant, d.Connection)
	return err
}
