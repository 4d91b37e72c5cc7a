package api

import (
	"context"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

func (a *API) computeTable(ctx context.Context, in *computeTableInput) (*body[value.Value], error) {
	tenant := tenantOf(ctx)
	outputs, err := a.outputsOf(ctx, tenant, in.ID, in.Body.Step)
	if err != nil {
		return nil, err
	}
	v, there := outputs[in.Body.Port]
	if !there || v.Kind != value.Table {
		return nil, errs.NotFound("table_not_found", "The step %q gave no table at %q.", in.Body.Step, in.Body.Port)
	}
	select {
	case a.computing <- struct{}{}:
		defer func() { <-a.computing }()
	case <-ctx.Done():
		return nil, errs.Unavailable("busy", "Other tables are being computed to be looked at; try again.")
	}
	computed, err := a.deps.Computer.Compute(ctx, tenant, v, nil)
	return &body[value.Value]{computed}, err
}

func (a *API) previewNode(ctx context.Context, in *previewInput) (*body[NodePreview], error) {
	task, seen, err := a.lookAt(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	found, err := a.deps.Previewer.Preview(ctx, task, engine.Look{Inputs: in.Body.Inputs, Port: in.Body.Port, Outside: auth.Require(ctx, auth.ConnectionUse) == nil, Anew: in.Body.Anew})
	if err == nil {
		return &body[NodePreview]{NodePreview{Preview: found, Earlier: seen.earlier()}}, nil
	}
	at := task.Node.ID
	if details := errs.From(err).Details; len(details) > 0 && details[0].Node != "" {
		at = details[0].Node
	}
	problem, err := problemOf(err, at)
	return &body[NodePreview]{NodePreview{found, seen.earlier(), problem}}, err
}

// lookAt is the task of a node that somebody looks at without a run.
func (a *API) lookAt(ctx context.Context, flowID string, b PreviewBody) (engine.Task, *seenOutputs, error) {
	for _, p := range []auth.Permission{auth.RunRead, auth.ArtifactRead, auth.FileRead} { // it shows what is in all of these
		if err := auth.Require(ctx, p); err != nil {
			return engine.Task{}, nil, err
		}
	}
	of, tenant := EvaluateBody{FlowID: flowID, Document: b.Document, RunID: b.RunID, Node: b.Node, Params: b.Params}, tenantOf(ctx)
	if _, err := a.deps.Flows.Get(ctx, tenant, flowID); err != nil {
		return engine.Task{}, nil, err
	}
	doc, err := a.documentFor(ctx, tenant, of)
	if err != nil {
		return engine.Task{}, nil, err
	}
	n := doc.Spec.Find(b.Node)
	if n == nil {
		return engine.Task{}, nil, errs.Invalid("node_unknown", "The flow has no node %q.", b.Node).
			With(errs.Detail{Code: "node_unknown", Message: "there is no such node", Place: errs.Place{Field: "body.node"}})
	}
	scope, seen, err := a.scopeOf(ctx, tenant, doc, of)
	return engine.Task{Tenant: tenant, Document: doc, Node: n, Path: n.ID, Attempt: 1, Now: a.deps.Clock.Now(), Scope: scope}, seen, err
}

// outputsOf gives what a step of a run gave, wherever it is.
func (a *API) outputsOf(ctx context.Context, tenant, runID, step string) (value.Outputs, error) {
	instance, _ := run.Path(step).Split()
	steps, err := a.deps.Engine.StepsWithin(ctx, tenant, runID, string(instance))
	if instance == "" {
		steps, err = a.deps.Engine.Steps(ctx, tenant, runID)
	}
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if s.NodeID == step {
			return s.Outputs, nil
		}
	}
	return nil, errs.NotFound("step_not_found", "The run has no step %q.", step)
}
