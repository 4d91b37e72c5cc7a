package api

import (
	"context"
	"time"

	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

// BackfillBody asks for many runs of one flow. Exactly one of Sets and Range is given.
type BackfillBody struct {
	Sets     []map[string]any `json:"sets,omitempty" doc:"Parameters of each run"`
	Range    *backfill.Range  `json:"range,omitempty" doc:"One run for each value of a parameter"`
	Params   map[string]any   `json:"params,omitempty" doc:"The same for all runs; a set's own go first"`
	Parallel int              `json:"parallel,omitempty" minimum:"1" maximum:"1000" default:"4" doc:"Runs at once"`
	Version  int              `json:"version,omitempty" minimum:"0" doc:"Published version; 0 is the draft"`
}

// Backfill is many runs of one flow and how far they are.
type Backfill struct {
	ID        string    `json:"id"`
	FlowID    string    `json:"flow_id"`
	Version   int       `json:"version"`
	Parallel  int       `json:"parallel"`
	Status    string    `json:"status" enum:"running,succeeded,failed,canceled" doc:"failed: all runs have ended, and some did not succeed or could not be begun"`
	Reason    string    `json:"reason,omitempty" doc:"Why the rest of the runs cannot be begun"`
	Total     int       `json:"total"`
	Ended     int64     `json:"ended" doc:"Runs that have ended, those that were removed since among them"`
	Runs      RunCounts `json:"runs" doc:"Runs that are kept, by status"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
}

type (
	backfillInput struct {
		ID   string `path:"id"`
		Body BackfillBody
	}
	backfillList = List[Backfill]
)

func (a *API) startBackfill(ctx context.Context, in *backfillInput) (*created[Backfill], error) {
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
	if err := flow.AsError(a.analyze(ctx, tenantOf(ctx), src).Problems); err != nil {
		return nil, err
	}
	sets, err := in.Body.spread(src.doc.Spec.Params)
	if err != nil {
		return nil, err
	}
	parallel := in.Body.Parallel
	if parallel == 0 {
		parallel = 4
	}
	b, err := a.deps.Backfills.Begin(ctx, backfill.Request{
		Tenant: tenantOf(ctx), FlowID: in.ID, By: auth.From(ctx).Name, Version: in.Body.Version, Document: src.doc, Sets: sets, Parallel: parallel,
	})
	if err != nil {
		return nil, err
	}
	view, err := a.viewBackfill(ctx, b)
	return &created[Backfill]{Location: prefix + "/backfills/" + b.ID, Body: view}, err
}

// spread gives the parameters of each run.
func (b BackfillBody) spread(params flow.Params) ([]map[string]any, error) {
	sets := b.Sets
	if b.Range != nil {
		if len(sets) > 0 {
			return nil, errs.Invalid("backfill_twice", "Give either sets or a range, not both.")
		}
		var err error
		if sets, err = b.Range.Sets(params); err != nil {
			return nil, err
		}
	}
	for i := range sets {
		for name, v := range b.Params {
			if _, own := sets[i][name]; !own {
				sets[i][name] = v
			}
		}
	}
	return sets, nil
}

func (a *API) listBackfills(ctx context.Context, in *idInput) (*body[backfillList], error) {
	if _, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID); err != nil {
		return nil, err
	}
	all, err := a.deps.Flows.Backfills(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := backfillList{Items: make([]Backfill, 0, len(all))}
	for _, b := range all {
		view, err := a.viewBackfill(ctx, b)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, view)
	}
	return &body[backfillList]{out}, nil
}

func (a *API) getBackfill(ctx context.Context, in *idInput) (*body[Backfill], error) {
	b, err := a.deps.Flows.Backfill(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	view, err := a.viewBackfill(ctx, b)
	return &body[Backfill]{view}, err
}

// cancelBackfill lets no further run of it begin and cancels those that have not ended.
func (a *API) cancelBackfill(ctx context.Context, in *idInput) (*body[Backfill], error) {
	tenant := tenantOf(ctx)
	now, err := a.getBackfill(ctx, in)
	if err != nil {
		return nil, err
	}
	if now.Body.Status == "succeeded" || now.Body.Status == "failed" {
		return nil, errs.Conflict("backfill_finished", "The backfill has already ended: it has %s.", now.Body.Status)
	}
	if err := a.deps.Flows.CancelBackfill(ctx, tenant, in.ID); err != nil {
		return nil, err
	}
	for {
		page, _, err := a.deps.Engine.Runs(ctx, tenant, engine.RunFilter{Backfill: in.ID, Statuses: fitting["cancel"], Limit: 500})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return a.getBackfill(ctx, in)
		}
		for i := range page {
			err := a.deps.Engine.Cancel(ctx, tenant, page[i].ID, auth.From(ctx).Name)
			if err != nil && errs.From(err).Code != "run_finished" {
				return nil, err
			}
		}
	}
}

func (a *API) viewBackfill(ctx context.Context, b store.Backfill) (Backfill, error) {
	n, err := a.deps.Engine.BackfillCounts(ctx, b.Tenant, b.ID)
	if err != nil {
		return Backfill{}, err
	}
	out := Backfill{
		ID: b.ID, FlowID: b.FlowID, Version: b.Version, Parallel: b.Parallel, Total: b.Total, Runs: countsOf(n), Reason: b.Failure,
		CreatedAt: b.CreatedAt, CreatedBy: b.CreatedBy, Status: "running",
	}
	open := out.Runs.Queued + out.Runs.Running
	unsuccessful := out.Runs.Failed + out.Runs.Skipped + out.Runs.Canceled
	// Runs that have ended may have been removed, so it is those begun and not those kept that tell how far it is.
	out.Ended = max(out.Runs.Succeeded+unsuccessful, int64(b.Started)-open)
	switch {
	case b.Canceled:
		out.Status = "canceled"
	case open > 0 || (b.Started < b.Total && b.Failure == ""):
	case unsuccessful == 0 && b.Failure == "":
		out.Status = "succeeded"
	default:
		out.Status = "failed"
	}
	return out, nil
}
