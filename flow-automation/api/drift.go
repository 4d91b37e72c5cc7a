package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// RunDrift is how the tables of a run differ from what was agreed on and, where nothing was, from those of the run before.
type RunDrift struct {
	Against string      `json:"against,omitempty" doc:"The last run before that succeeded, which sources without a contract are compared with"`
	Steps   []StepDrift `json:"steps"`
}

// StepDrift is that of one step.
type StepDrift struct {
	Step     string           `json:"step"`
	Title    string           `json:"title,omitempty"`
	Contract bool             `json:"contract" doc:"It is measured against a contract, not against the run before"`
	Columns  []contract.Drift `json:"columns"`
}

func (a *API) runDrift(ctx context.Context, in *idInput) (*body[RunDrift], error) {
	tenant := tenantOf(ctx)
	run, err := a.deps.Engine.Run(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	steps, err := a.deps.Engine.Steps(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	before, against, err := a.sourcesBefore(ctx, tenant, run)
	if err != nil {
		return nil, err
	}
	out := RunDrift{Against: against, Steps: []StepDrift{}}
	for _, s := range steps {
		d := StepDrift{Step: s.NodeID, Title: s.Title}
		if raw := s.Details["drift"]; raw != nil {
			d.Contract = true
			if err := json.Unmarshal(raw, &d.Columns); err != nil {
				return nil, errs.Internal(err)
			}
		} else if old, there := before[s.NodeID]; there && reads(s) {
			for _, port := range slices.Sorted(maps.Keys(s.Outputs)) {
				if v := s.Outputs[port]; v.Kind == value.Table && v.Table != nil && old[port] != nil {
					d.Columns = append(d.Columns, contract.Between(port, old[port], v.Table.Columns)...)
				}
			}
		}
		if len(d.Columns) > 0 {
			out.Steps = append(out.Steps, d)
		}
	}
	return &body[RunDrift]{out}, nil
}

// reads says whether a step reads from outside: what others give changes with the flow.
func reads(s engine.Step) bool { return len(s.Inputs) == 0 }

// sourcesBefore gives the columns of the tables that sources gave in the last run before that succeeded, by step and port.
func (a *API) sourcesBefore(ctx context.Context, tenant string, run engine.Run) (map[string]map[string][]table.Column, string, error) {
	if run.FlowID == "" {
		return nil, "", nil
	}
	runs, _, err := a.deps.Engine.Runs(ctx, tenant, engine.RunFilter{FlowID: run.FlowID, Statuses: []engine.Status{engine.Succeeded}, Until: run.CreatedAt, Limit: 2})
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(runs, func(r engine.Run) bool { return r.ID != run.ID })
	if i < 0 {
		return nil, "", nil
	}
	steps, err := a.deps.Engine.Steps(ctx, tenant, runs[i].ID)
	if err != nil {
		return nil, "", err
	}
	out := map[string]map[string][]table.Column{}
	for _, s := range steps {
		if !reads(s) {
			continue
		}
		out[s.NodeID] = map[string][]table.Column{}
		for port, v := range s.Outputs {
			if v.Kind == value.Table && v.Table != nil {
				out[s.NodeID][port] = v.Table.Columns
			}
		}
	}
	return out, runs[i].ID, nil
}
