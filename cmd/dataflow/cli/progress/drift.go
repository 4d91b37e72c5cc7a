package progress

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/engine"
)

// drifter knows the run before, too.
type drifter interface {
	Drift(ctx context.Context, id string) (api.RunDrift, error)
}

// done says what became of drift. What failed the step is told with the step while one watches.
var done = map[string]string{
	contract.Failed: "it failed the step", contract.Passed: "it was let through", contract.Dropped: "it was left out", contract.Filled: "it was filled with empty values",
	contract.Converted: "it was converted back", contract.Noted: "nothing is agreed on",
}

// showDrift says how tables differ from what was agreed on, or from the run before.
func showDrift(ctx context.Context, w io.Writer, b Backend, id string, steps []engine.Step) error {
	var found api.RunDrift
	if d, ok := b.(drifter); ok {
		var err error
		if found, err = d.Drift(ctx, id); err != nil {
			return err
		}
	} else {
		for _, s := range steps {
			raw := s.Details["drift"]
			if raw == nil {
				continue
			}
			of := api.StepDrift{Step: s.NodeID, Contract: true}
			if err := json.Unmarshal(raw, &of.Columns); err != nil {
				return fmt.Errorf("read the drift of %s: %w", s.NodeID, err)
			}
			found.Steps = append(found.Steps, of)
		}
	}
	sayDrifts(w, found, false)
	return nil
}

// SayDrift tells all that drifted, also what failed the step.
func SayDrift(w io.Writer, d api.RunDrift) { sayDrifts(w, d, true) }

func sayDrifts(w io.Writer, d api.RunDrift, failures bool) {
	for _, s := range d.Steps {
		sayDrift(w, s, failures)
	}
}

// severally is how many columns to which the same has happened are told of one by one.
const severally = 3

func sayDrift(w io.Writer, s api.StepDrift, failures bool) {
	type kind struct{ port, change, done string }
	groups := map[kind][]contract.Drift{}
	var order []kind
	for _, d := range s.Columns {
		k := kind{d.Port, d.Change, d.Done}
		if d.Done == contract.Failed && !failures {
			continue
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], d)
	}
	for _, k := range order {
		group := groups[k]
		if len(group) <= severally {
			for _, d := range group {
				console.Say(w, "  %s.%s: %s; %s\n", s.Step, d.Port, d, done[d.Done])
			}
			continue
		}
		console.Say(w, "  %s.%s: %d columns %s (%s, %s, …); %s\n", s.Step, k.port, len(group), changed[k.change], group[0].Column, group[1].Column, done[k.done])
	}
}

// changed says what has happened to several columns.
var changed = map[string]string{
	contract.New: "are new", contract.Missing: "are missing", contract.Retyped: "are of other types", contract.Empty: "have empty values, which they may not",
}
