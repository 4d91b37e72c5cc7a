package quality

import (
	"testing"
	"time"

	"dataflow/flow-automation/store"
)

// Two rules of a check that have the same name go their own ways.
func TestRulesOfTheSameName(t *testing.T) {
	run := func(id string, second string) store.QualityRun {
		rule := func(status string) store.QualityRule {
			return store.QualityRule{Node: "c", Name: "n", Status: status, Severity: "warn", Rows: 1}
		}
		return store.QualityRun{RunID: id, At: time.Unix(1, 0), Rules: []store.QualityRule{rule("passed"), rule(second)}}
	}
	got := trend([]store.QualityRun{run("a", "passed"), run("b", "warned")}, Filter{})
	if len(got.Rules) != 2 || got.Failing != 1 || got.Rules[0].Status != Passing || got.Rules[1].Name != "n (2)" || got.Rules[1].Change != "began" || len(got.Rules[1].Points) != 2 {
		t.Errorf("%+v", got)
	}
}
