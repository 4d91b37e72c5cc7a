package automation

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/store"
)

// past lets steps know what they have found in earlier runs.
type past struct {
	flows *store.Store
	runs  engine.Engine
}

var _ node.Past = past{}

// lookedBack is how many runs are looked at for one that is to be compared with.
const lookedBack = 100

// Fact implements node.Past. A flow that nobody has saved has no earlier runs.
func (p past) Fact(ctx context.Context, tenant, flow, step, run, detail string) (json.RawMessage, error) {
	of, err := p.flows.ByName(ctx, tenant, flow)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	runs, _, err := p.runs.Runs(ctx, tenant, engine.RunFilter{FlowID: of.ID, Statuses: []engine.Status{engine.Succeeded}, Limit: lookedBack})
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.Test || r.ID >= run { // identifiers are in the order of time
			continue
		}
		steps, err := p.runs.Steps(ctx, tenant, r.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range steps {
			if fact := s.Details[detail]; s.NodeID == step && fact != nil {
				return fact, nil
			}
		}
	}
	return nil, nil
}
