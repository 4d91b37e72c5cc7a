package automation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/errs"
)

// results keeps what steps with a cache have given in the store.
type results struct{ store *store.Store }

var _ step.Results = results{}

func (r results) Get(ctx context.Context, tenant, key string, now time.Time) (*step.Kept, error) {
	raw, err := r.store.Result(ctx, tenant, key, now)
	if err != nil || raw == nil {
		return nil, err
	}
	kept := new(step.Kept)
	if err := json.Unmarshal(raw, kept); err != nil {
		return nil, fmt.Errorf("a kept result is damaged: %w", err)
	}
	return kept, nil
}

func (r results) Put(ctx context.Context, tenant, key string, kept step.Kept, expires time.Time) error {
	raw, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return r.store.PutResult(ctx, tenant, key, raw, expires)
}

// flows finds the flows that steps start.
type flows struct{ store *store.Store }

var _ engine.Flows = flows{}

// Flow implements engine.Flows.
func (f flows) Flow(ctx context.Context, tenant, name string, version int) (engine.FlowRef, error) {
	found, err := f.store.ByName(ctx, tenant, name)
	if isNotFound(err) {
		return engine.FlowRef{}, errs.Invalid("flow_not_found", "There is no flow %q.", name).
			With(errs.Detail{Code: "flow_not_found", Message: "There is no flow of this name", Place: errs.Place{Field: "with.flow"}})
	}
	if err != nil {
		return engine.FlowRef{}, err
	}
	raw := found.Document
	if version == 0 {
		version = found.PublishedVersion
	}
	if version > 0 {
		v, err := f.store.Version(ctx, tenant, found.ID, version)
		if err != nil {
			return engine.FlowRef{}, err
		}
		raw = v.Document
	}
	doc, err := flow.ParseJSON(raw)
	return engine.FlowRef{ID: found.ID, Version: version, Document: doc}, err
}
