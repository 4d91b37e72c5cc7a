package api

import (
	"context"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/auth"
)

func (a *API) getLineage(ctx context.Context, in *getLineageInput) (*body[*lineage.Graph], error) {
	for _, p := range []auth.Permission{auth.RunRead, auth.FileRead} { // names of columns are from there
		if err := auth.Require(ctx, p); err != nil {
			return nil, err
		}
	}
	tenant := tenantOf(ctx)
	f, err := a.deps.Flows.Get(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	raw := f.Document
	if in.Version > 0 {
		v, err := a.deps.Flows.Version(ctx, tenant, in.ID, in.Version)
		if err != nil {
			return nil, err
		}
		raw = v.Document
	}
	doc, err := flow.ParseJSON(raw)
	if err != nil {
		return nil, err
	}
	g, err := a.deps.Lineager.Lineage(ctx, tenant, engine.FlowRef{ID: in.ID, Version: in.Version, Document: doc})
	return &body[*lineage.Graph]{g}, err
}
