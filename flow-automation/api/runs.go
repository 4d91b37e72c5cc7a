package api

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

const runsPath = prefix + "/runs/"

func (a *API) startRun(ctx context.Context, in *startRunInput) (*created[engine.Run], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	document, yaml := f.Document, f.YAML
	if in.Body.Version > 0 {
		v, err := a.deps.Flows.Version(ctx, tenantOf(ctx), in.ID, in.Body.Version)
		if err != nil {
			return nil, err
		}
		document, yaml = v.Document, v.YAML
	}
	src, err := storedSource(document, yaml)
	if err != nil {
		return nil, err
	}
	return a.start(ctx, src, engine.StartRequest{
		FlowID: in.ID, FlowVersion: in.Body.Version, Params: in.Body.Params, IdempotencyKey: in.IdempotencyKey,
		Test: in.Body.Test, Keep: in.Body.Keep, Targets: in.Body.Targets, Reuse: in.Body.Reuse, Fresh: in.Body.From,
	})
}

func (a *API) startDocument(ctx context.Context, in *startDocumentInput) (*created[engine.Run], error) {
	if err := auth.Require(ctx, auth.FlowRun); err != nil {
		return nil, err
	}
	src, err := in.Body.source()
	if err != nil {
		return nil, err
	}
	return a.start(ctx, src, engine.StartRequest{Params: in.Body.Params, IdempotencyKey: in.IdempotencyKey})
}

func (b StartDocumentBody) source() (source, error) {
	if b.YAML == "" {
		return jsonSource(json.RawMessage(b.Document), "")
	}
	if len(b.Document) > 0 {
		return source{}, errs.Invalid("document_twice", "Give either document or yaml, not both.")
	}
	return yamlSource(b.YAML)
}

// start begins a run for the principal, by hand.
func (a *API) start(ctx context.Context, src source, req engine.StartRequest) (*created[engine.Run], error) {
	if err := flow.AsError(a.analyze(ctx, tenantOf(ctx), src).Problems); err != nil {
		return nil, err
	}
	params, err := src.doc.Spec.Params.Resolve(req.Params)
	if err != nil {
		return nil, err
	}
	req.Tenant, req.By, req.Document, req.Params = tenantOf(ctx), auth.From(ctx).Name, src.doc, params
	req.Trigger = engine.Trigger{Type: "manual"}
	if req.Reuse != "" { // of this tenant
		if _, err := a.deps.Engine.Run(ctx, req.Tenant, req.Reuse); err != nil {
			return nil, err
		}
	}
	run, err := a.deps.Engine.Begin(ctx, req)
	if err != nil {
		return nil, err
	}
	return &created[engine.Run]{Location: runsPath + run.ID, Body: run}, nil
}

func (a *API) listRuns(ctx context.Context, in *listRunsInput) (*body[runList], error) {
	f := engine.RunFilter{FlowID: in.FlowID, Query: in.Query, Since: in.Since, Until: in.Until, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit,
		Backfill: in.Backfill, Parent: in.Parent, Paused: in.Paused, Late: in.Late}
	var err error
	if f.Statuses, err = statuses(strings.FieldsFunc(in.Status, func(r rune) bool { return r == ',' || r == ' ' }), "query.status"); err != nil {
		return nil, err
	}
	page, next, err := a.deps.Engine.Runs(ctx, tenantOf(ctx), f)
	if err != nil {
		return nil, err
	}
	return &body[runList]{runList{Items: orEmpty(page), Next: next}}, nil
}

var runStatuses = []engine.Status{engine.Queued, engine.Running, engine.Succeeded, engine.Failed, engine.Skipped, engine.Canceled}

// statuses reads names of statuses of runs.
func statuses(names []string, field string) ([]engine.Status, error) {
	list := make([]engine.Status, 0, len(names))
	for _, s := range names {
		if !slices.Contains(runStatuses, engine.Status(s)) {
			return nil, errs.Invalid("status_invalid", "There is no run status %q; use queued, running, succeeded, failed, skipped or canceled.", s).
				With(errs.Detail{Message: "not a status", Place: errs.Place{Field: field}})
		}
		list = append(list, engine.Status(s))
	}
	return list, nil
}

func (a *API) countRuns(ctx context.Context, in *countRunsInput) (*body[RunCounts], error) {
	n, err := a.deps.Engine.Counts(ctx, tenantOf(ctx), in.FlowID)
	if err != nil {
		return nil, err
	}
	return &body[RunCounts]{countsOf(n)}, nil
}

func countsOf(n map[engine.Status]int64) RunCounts {
	return RunCounts{
		Queued: n[engine.Queued], Running: n[engine.Running],
		Succeeded: n[engine.Succeeded], Failed: n[engine.Failed], Skipped: n[engine.Skipped], Canceled: n[engine.Canceled],
	}
}

func (a *API) getRun(ctx context.Context, in *idInput) (*body[engine.Run], error) {
	run, err := a.deps.Engine.Run(ctx, tenantOf(ctx), in.ID)
	if err == nil && run.Status == engine.Succeeded && a.deps.Connections != nil {
		run.Held = a.held(ctx, run)
	}
	return &body[engine.Run]{run}, err
}

// held gives the steps of a run whose marks stayed. Where the run has ended only just now, its marks are settled for that, which writes:
// a full disk must not keep people from seeing what has run.
func (a *API) held(ctx context.Context, run engine.Run) (list []engine.Held) {
	held, err := a.deps.Connections.Held(ctx, tenantOf(ctx), run.ID)
	if err != nil {
		a.deps.Log.WarnContext(ctx, "it cannot be said which steps of a run have read in vain", "tenant", tenantOf(ctx), "run", run.ID, "error", err)
		return nil
	}
	for _, h := range held {
		list = append(list, engine.Held(h))
	}
	return list
}

func (a *API) listSteps(ctx context.Context, in *stepsInput) (*body[stepList], error) {
	if in.Within != "" {
		steps, err := a.deps.Engine.StepsWithin(ctx, tenantOf(ctx), in.ID, in.Within)
		return &body[stepList]{stepList{Items: orEmpty(steps)}}, err
	}
	steps, err := a.deps.Engine.Steps(ctx, tenantOf(ctx), in.ID)
	return &body[stepList]{stepList{Items: orEmpty(steps)}}, err
}

func (a *API) runGraph(ctx context.Context, in *idInput) (*body[RunGraph], error) {
	doc, err := a.deps.Engine.Document(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	steps, err := a.deps.Engine.Steps(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &body[RunGraph]{RunGraph{Document: doc, Analysis: a.analyze(ctx, tenantOf(ctx), source{doc: doc}), Steps: orEmpty(steps)}}, nil
}

func (a *API) listLogs(ctx context.Context, in *logsInput) (*body[logList], error) {
	lines, err := a.deps.Engine.Logs(ctx, tenantOf(ctx), in.ID, in.Node, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := logList{Items: orEmpty(lines)}
	if len(lines) == in.Limit {
		out.Next = strconv.FormatInt(lines[len(lines)-1].Seq, 10)
	}
	return &body[logList]{out}, nil
}

func (a *API) cancelRun(ctx context.Context, in *idInput) (*body[engine.Run], error) {
	if err := a.deps.Engine.Cancel(ctx, tenantOf(ctx), in.ID, auth.From(ctx).Name); err != nil {
		return nil, err
	}
	return a.getRun(ctx, in)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
