package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

func (a *API) pauseRun(ctx context.Context, in *idInput) (*body[engine.Run], error) {
	if err := a.deps.Engine.Pause(ctx, tenantOf(ctx), in.ID, auth.From(ctx).Name); err != nil {
		return nil, err
	}
	return a.getRun(ctx, in)
}

func (a *API) resumeRun(ctx context.Context, in *idInput) (*body[engine.Run], error) {
	if err := a.deps.Engine.Resume(ctx, tenantOf(ctx), in.ID, auth.From(ctx).Name); err != nil {
		return nil, err
	}
	return a.getRun(ctx, in)
}

func (a *API) deleteRun(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, a.deps.Engine.Delete(ctx, tenantOf(ctx), in.ID)
}

func (a *API) retryRun(ctx context.Context, in *retryInput) (*created[engine.Run], error) {
	return a.retry(ctx, in.ID, in.Body, in.IdempotencyKey)
}

// retry begins a run that does again what a finished one did, or a part of it.
func (a *API) retry(ctx context.Context, runID string, b RetryBody, key string) (*created[engine.Run], error) {
	tenant := tenantOf(ctx)
	old, err := a.deps.Engine.Run(ctx, tenant, runID)
	if err != nil {
		return nil, err
	}
	if !old.Status.Final() {
		return nil, errs.Conflict("run_active", "The run %s has not ended yet.", runID).WithHint("Wait for its end, or cancel it first.")
	}
	src, version, err := a.documentOf(ctx, old, b.Draft)
	if err != nil {
		return nil, err
	}
	params, err := exactParams(old.Params)
	if err != nil {
		return nil, err
	}
	for name := range params { // a parameter that the draft no longer has is left out
		if b.Draft && src.doc.Spec.Params.Get(name) == nil {
			delete(params, name)
		}
	}
	maps.Copy(params, b.Params)
	req := engine.StartRequest{
		FlowID: old.FlowID, FlowVersion: version, Params: params, RetryOf: old.ID, Test: old.Test, Keep: old.Keep, Targets: old.Targets, IdempotencyKey: key,
	}
	if b.From == "step" {
		_, id := run.Path(b.Step).Split()
		if src.doc.Spec.Find(id) == nil {
			return nil, errs.Invalid("unknown_step", "The flow has no step %q.", b.Step).
				With(errs.Detail{Code: "unknown_step", Message: "Name a step of the run", Place: errs.Place{Field: "body.step"}})
		}
		req.Fresh = []string{id}
	}
	if b.From != "start" {
		if req.Reuse, err = a.lastThatDid(ctx, old); err != nil {
			return nil, err
		}
	}
	return a.start(ctx, src, req)
}

// lastThatDid gives the run whose steps a repetition of old takes over: old itself, or, where old did nothing because it
// could not take over from the run before it, that one.
func (a *API) lastThatDid(ctx context.Context, old engine.Run) (string, error) {
	for old.Error != nil && old.Error.Code == engine.CodeReuseLost && old.RetryOf != "" {
		before, err := a.deps.Engine.Run(ctx, tenantOf(ctx), old.RetryOf)
		if e := errs.From(err); e != nil && e.Status == http.StatusNotFound {
			return "", errs.Conflict(engine.CodeReuseLost, "The run %s did nothing, since it could not take over from the run %s, and that one is gone.", old.ID, old.RetryOf).
				WithHint("Start it from its beginning, if doing all of it again does no harm.")
		}
		if err != nil {
			return "", err
		}
		old = before
	}
	return old.ID, nil
}

// exactParams reads the parameters of a run with their numbers as they are written.
func exactParams(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return map[string]any{}, nil
	}
	params, err := node.Exact(raw)
	if err != nil {
		return nil, errs.Internal(err)
	}
	return params, nil
}

// documentOf gives what a run ran, or the present draft of its flow.
func (a *API) documentOf(ctx context.Context, old engine.Run, draft bool) (source, int, error) {
	if !draft {
		doc, err := a.deps.Engine.Document(ctx, tenantOf(ctx), old.ID)
		return source{doc: doc}, old.FlowVersion, err
	}
	if old.FlowID == "" {
		return source{}, 0, errs.Invalid("no_draft", "The run %s is of a document that is not stored, so there is no draft.", old.ID)
	}
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), old.FlowID)
	if err != nil {
		return source{}, 0, err
	}
	src, err := storedSource(f.Document, f.YAML)
	return src, 0, err
}

func (a *API) whyRun(ctx context.Context, in *idInput) (*body[Why], error) {
	r, err := a.deps.Engine.Run(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := Why{Reason: r.Why, Steps: []WhyStep{}}
	if r.Status.Final() {
		return &body[Why]{out}, nil
	}
	steps, err := a.deps.Engine.Steps(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if s.Why != "" && !s.Status.Final() {
			w := WhyStep{Step: s.NodeID, Status: s.Status, Reason: s.Why, Wait: s.Wait}
			if s.Wait != nil && s.Wait.Kind == engine.WaitCallback && auth.From(ctx).Can(auth.FlowRun) {
				w.Callback = callbackPath(r, s.NodeID)
			}
			out.Steps = append(out.Steps, w)
		}
	}
	return &body[Why]{out}, nil
}

// callbackPath is where the step takes its call.
func callbackPath(r engine.Run, step string) string {
	path := callbacks + url.PathEscape(r.ID) + "/" + url.PathEscape(r.CallbackToken)
	for part := range strings.SplitSeq(step, "/") {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// bulkMax bounds how many runs one request does something with, and bulkShown how many failures it tells.
const (
	bulkMax   = 10_000
	bulkShown = 100
)

// fitting are the statuses that an action fits.
var fitting = map[string][]engine.Status{
	"cancel": {engine.Queued, engine.Running},
	"retry":  {engine.Failed, engine.Canceled},
	"delete": {engine.Succeeded, engine.Failed, engine.Skipped, engine.Canceled},
}

func (a *API) bulkRuns(ctx context.Context, in *bulkInput) (*body[BulkResult], error) {
	b := in.Body
	needed := map[string]auth.Permission{"cancel": auth.RunCancel, "retry": auth.FlowRun, "delete": auth.RunDelete}[b.Action]
	if err := auth.Require(ctx, needed); err != nil {
		return nil, err
	}
	ids := b.IDs
	if b.Filter != nil {
		if len(ids) > 0 {
			return nil, errs.Invalid("bulk_twice", "Give either ids or a filter, not both.")
		}
		var err error
		if ids, err = a.matching(ctx, b); err != nil {
			return nil, err
		}
	}
	out := BulkResult{Matched: len(ids), Failed: []BulkFailed{}}
	for _, id := range ids {
		if err := a.bulkOne(ctx, b.Action, id); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if e := errs.From(err); len(out.Failed) < bulkShown {
				out.Failed = append(out.Failed, BulkFailed{ID: id, Code: e.Code, Message: e.Message})
			}
			continue
		}
		out.Done++
	}
	return &body[BulkResult]{out}, nil
}

func (a *API) bulkOne(ctx context.Context, action, id string) error {
	switch action {
	case "cancel":
		return a.deps.Engine.Cancel(ctx, tenantOf(ctx), id, auth.From(ctx).Name)
	case "retry":
		_, err := a.retry(ctx, id, RetryBody{}, "")
		return err
	}
	return a.deps.Engine.Delete(ctx, tenantOf(ctx), id)
}

// matching gives the runs of the filter that the action fits.
func (a *API) matching(ctx context.Context, b BulkBody) ([]string, error) {
	asked, err := statuses(b.Filter.Status, "body.filter.status")
	if err != nil {
		return nil, err
	}
	f := engine.RunFilter{FlowID: b.Filter.FlowID, Query: b.Filter.Query, Since: b.Filter.Since, Until: b.Filter.Until, Limit: 500}
	for _, s := range fitting[b.Action] {
		if len(asked) == 0 || slices.Contains(asked, s) {
			f.Statuses = append(f.Statuses, s)
		}
	}
	if len(f.Statuses) == 0 {
		return nil, nil
	}
	var ids []string
	for {
		page, next, err := a.deps.Engine.Runs(ctx, tenantOf(ctx), f)
		if err != nil {
			return nil, err
		}
		for i := range page {
			ids = append(ids, page[i].ID)
		}
		if next == "" || len(ids) >= bulkMax {
			return ids[:min(len(ids), bulkMax)], nil
		}
		f.Cursor = next
	}
}
