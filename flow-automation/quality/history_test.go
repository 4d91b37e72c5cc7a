package quality

import (
	"fmt"
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

// Runs without rows say nothing about a rule of rows, neither that it is kept nor that it is broken.
func TestRunsWithoutRows(t *testing.T) {
	runs := func(points ...[2]any) (out []store.QualityRun) {
		for i, p := range points {
			r := store.QualityRule{Node: "c", Name: "n", Severity: "warn", Rows: int64(p[0].(int)), Status: p[1].(string)}
			out = append(out, store.QualityRun{RunID: string(rune('a' + i)), At: time.Unix(int64(i), 0), Rules: []store.QualityRule{r}})
		}
		return out
	}
	for want, given := range map[string][]store.QualityRun{
		"failing  0 0":          runs([2]any{1, "warned"}, [2]any{0, "passed"}),
		"failing  1 0":          runs([2]any{1, "warned"}, [2]any{0, "passed"}, [2]any{2, "warned"}),
		"passing recovered 0 2": runs([2]any{1, "warned"}, [2]any{0, "passed"}, [2]any{2, "passed"}),
		"passing  0 0":          runs([2]any{0, "passed"}, [2]any{0, "passed"}),
	} {
		got := trend(given, Filter{})
		r := got.Rules[0]
		if found := fmt.Sprintf("%s %s %d %d", r.Status, r.Change, got.Failing, r.Since.Unix()); found != want {
			t.Errorf("%s, not %s", found, want)
		}
	}
}
