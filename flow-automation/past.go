package automation

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/errs"
)

// past lets steps know what they have found in earlier runs.
type past struct {
	flows interface {
		ByName(ctx context.Context, tenant, name string) (store.Flow, error)
	}
	runs interface {
		Runs(ctx context.Context, tenant string, f engine.RunFilter) (page []engine.Run, next string, err error)
		Steps(ctx context.Context, tenant, runID string) ([]engine.Step, error)
	}
}

var _ node.Past = past{}

// How many runs are listed to find one that is to be compared with, and of how many of them the steps are read.
const (
	listedBack = 100
	lookedBack = 20
)

// Fact implements node.Past. A flow that nobody has saved has no earlier runs, and neither have those of a backfill, which are
// about other days.
func (p past) Fact(ctx context.Context, tenant, flow, step, run, detail string) (json.RawMessage, error) {
	of, err := p.flows.ByName(ctx, tenant, flow)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	runs, _, err := p.runs.Runs(ctx, tenant, engine.RunFilter{FlowID: of.ID, Statuses: []engine.Status{engine.Succeeded}, Limit: listedBack})
	if err != nil {
		return nil, err
	}
	looked := 0
	for _, r := range runs {
		if r.Test || r.Backfill != "" || r.ID >= run { // identifiers are in the order of time
			continue
		}
		if looked++; looked > lookedBack {
			break
		}
		steps, err := p.runs.Steps(ctx, tenant, r.ID)
		var e *errs.Error
		if errors.As(err, &e) && e.Status == http.StatusNotFound {
			continue // it was removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		for _, s := range steps {
			if fact := s.Details[detail]; s.NodeID == step && s.Status == engine.Succeeded && json.Valid(fact) {
				return fact, nil
			}
		}
	}
	return nil, nil
}
