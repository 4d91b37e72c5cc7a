package automation

import (
	"context"
	"encoding/json"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/errs"
)

// earlier are runs with their steps; one without steps was removed after it was listed.
type earlier struct {
	runs  []engine.Run
	steps map[string][]engine.Step
	read  int
}

func (e *earlier) ByName(context.Context, string, string) (store.Flow, error) {
	return store.Flow{ID: "f"}, nil
}

func (e *earlier) Runs(context.Context, string, engine.RunFilter) ([]engine.Run, string, error) {
	return e.runs, "", nil
}

func (e *earlier) Steps(_ context.Context, _, run string) ([]engine.Step, error) {
	e.read++
	if steps, there := e.steps[run]; there {
		return steps, nil
	}
	return nil, errs.NotFound("run_not_found", "There is no run.")
}

// What is compared with is what the step has found in the last run of the flow itself in which it succeeded.
func TestFactsOfEarlierRuns(t *testing.T) {
	step := func(id string, status engine.Status, fact string) []engine.Step {
		return []engine.Step{{NodeID: id, Status: status, Details: map[string]json.RawMessage{"quality": json.RawMessage(fact)}}}
	}
	e := &earlier{
		runs: []engine.Run{{ID: "9"}, {ID: "8"}, {ID: "7", Test: true}, {ID: "6", Backfill: "b"}, {ID: "5"}, {ID: "4"}, {ID: "3"}, {ID: "2"}, {ID: "1"}},
		steps: map[string][]engine.Step{
			"9": step("n", engine.Succeeded, `9`), "8": step("n", engine.Succeeded, `8`), "7": step("n", engine.Succeeded, `7`), "6": step("n", engine.Succeeded, `6`),
			"4": step("n", engine.Failed, `4`), "3": step("n", engine.Succeeded, `{"rows`), "2": step("other", engine.Succeeded, `2`), "1": step("n", engine.Succeeded, `1`),
		},
	}
	got, err := past{e, e}.Fact(t.Context(), "t", "flow", "n", "8", "quality")
	if err != nil || string(got) != "1" {
		t.Errorf("%s %v", got, err)
	}
	for range 50 {
		e.runs = append(e.runs, engine.Run{ID: "0"})
	}
	e.read = 0
	if got, err := (past{e, e}).Fact(t.Context(), "t", "flow", "nowhere", "99", "quality"); got != nil || err != nil || e.read > lookedBack {
		t.Errorf("%s %v, %d runs read", got, err, e.read)
	}
}
