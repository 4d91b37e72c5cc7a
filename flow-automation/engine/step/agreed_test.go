package step_test

import (
	"encoding/json"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// A table that has drifted fails the step, is brought back, or goes on, as its contract says; what was done is kept.
func TestContracts(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	no := false
	agreed := []flow.ContractColumn{{Name: "id", Type: "bigint", Nullable: &no}, {Name: "n", Type: "DOUBLE"}, {Name: "gone", Type: "DATE"}}
	for name, c := range map[string]struct {
		contract flow.Contract
		rows     string
		columns  string // of the result
		failed   string // part of the error
		done     string
	}{
		"as agreed":            {flow.Contract{Columns: agreed[:2]}, `[{"id": 1, "n": 1.5}]`, "id BIGINT, n DOUBLE", "", ""},
		"fails":                {flow.Contract{Columns: agreed, New: "fail"}, `[{"id": 1, "n": "x", "more": true}]`, "", "the column n is VARCHAR, not DOUBLE; the column gone (DATE) is missing; the column more is new (BOOLEAN)", "failed failed failed"},
		"ignored":              {flow.Contract{Columns: agreed, New: "ignore", Missing: "ignore", Retyped: "ignore"}, `[{"more": true, "n": "2.5", "id": 1}]`, "n DOUBLE, id BIGINT, gone DATE", "", "converted filled dropped"},
		"added":                {flow.Contract{Columns: agreed, New: "add", Missing: "add", Retyped: "add"}, `[{"id": 1, "n": "x", "more": true}]`, "id BIGINT, n VARCHAR, more BOOLEAN", "", "passed passed passed"},
		"empty":                {flow.Contract{Columns: agreed[:1]}, `[{"id": 1}, {"id": null}, {"id": null}]`, "", "the column id has 2 empty values, which it may not", "failed"},
		"required":             {flow.Contract{Columns: agreed[:1], Missing: "ignore"}, `[{"n": 1}]`, "", "the column id (bigint) is missing", "failed passed"},
		"nothing":              {flow.Contract{Columns: agreed[:1], New: "ignore", Missing: "add"}, `[{"n": 1}]`, "", "none of the columns", ""},
		"by usual":             {flow.Contract{Columns: agreed[:1]}, `[{"id": 1, "more": 1}]`, "id BIGINT, more BIGINT", "", "passed"},
		"guessed":              {flow.Contract{Columns: agreed[:2]}, `[{"id": 1, "n": 3}, {"id": 2, "n": null}]`, "id BIGINT, n DOUBLE", "", ""},
		"no values":            {flow.Contract{Columns: []flow.ContractColumn{{Name: "n", Type: "DATE"}}}, `[{"n": null}, {"n": null}]`, "n DATE", "", ""},
		"no rows":              {flow.Contract{Columns: agreed[1:2]}, `[{"n": "x"}]`, "n DOUBLE", "", ""},
		"inexact":              {flow.Contract{Columns: agreed[1:2]}, `[{"n": 9007199254740993}]`, "", "the column n is BIGINT, not DOUBLE", "failed"},
		"narrower":             {flow.Contract{Columns: []flow.ContractColumn{{Name: "n", Type: "BIGINT"}}}, `[{"n": 1.5}]`, "", "the column n is DOUBLE, not BIGINT", "failed"},
		"a guess that goes on": {flow.Contract{Columns: agreed[1:2], Retyped: "add"}, `[{"n": 3}]`, "n BIGINT", "", "passed"},
		"unfit":                {flow.Contract{Columns: agreed[1:2], Retyped: "ignore"}, `[{"n": "x"}]`, "", "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rows := 10
			if name == "no rows" {
				rows = 0
			}
			n := flow.Node{ID: "n", Type: "table.limit", With: map[string]any{"rows": rows}, In: map[string]flow.Sources{"table": {"up"}}, Contract: map[string]flow.Contract{"table": c.contract}}
			out := x.Execute(t.Context(), task(n, engine.Scope{Nodes: engine.NodeOutputs{"up": inline(c.rows)}}))
			if c.failed != "" {
				if out.Err == nil || !strings.Contains(out.Err.Message, c.failed) || out.Err.Details[0].Node != "n" {
					t.Errorf("%+v", out.Err)
				}
			} else if out.Err != nil {
				t.Fatal(out.Err)
			} else if got := names(out.Outputs["table"].Table.Columns); got != c.columns {
				t.Errorf("%s, not %s", got, c.columns)
			}
			if c.failed != "" && c.done == "" {
				return
			}
			var drift []struct{ Done string }
			if raw := out.Details["drift"]; raw != nil {
				if err := json.Unmarshal(raw, &drift); err != nil {
					t.Fatal(err)
				}
			}
			var done []string
			for _, d := range drift {
				done = append(done, d.Done)
			}
			if got := strings.Join(done, " "); got != c.done {
				t.Errorf("%q was done, not %q", got, c.done)
			}
		})
	}
}

// What is taken from a cache is held against the contract as well, and keeps what was found in it.
func TestContractsOfCachedSteps(t *testing.T) {
	x := step.New(nodes.All(), env(t), results{})
	n := flow.Node{
		ID: "n", Type: "quality.check", With: map[string]any{"rules": []any{map[string]any{"check": "not_null", "columns": []any{"id"}}}}, In: map[string]flow.Sources{"table": {"up"}}, Cache: &flow.Cache{},
		Contract: map[string]flow.Contract{"passed": {Columns: []flow.ContractColumn{{Name: "id", Type: "INT8"}}, New: "ignore"}},
	}
	for _, cached := range []bool{false, true} {
		out := x.Execute(t.Context(), task(n, engine.Scope{Nodes: engine.NodeOutputs{"up": inline(`[{"id": 1, "more": 2}]`)}}))
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		if (out.Details["cached"] != nil) != cached || out.Details["drift"] == nil || out.Details["quality"] == nil || names(out.Outputs["passed"].Table.Columns) != "id BIGINT" {
			t.Errorf("cached %v: %s %+v", cached, out.Details, out.Outputs["passed"].Table)
		}
	}
}

// Lineage tells the columns that a contract lets through.
func TestLineageUnderContracts(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	n := flow.Node{
		ID: "n", Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {"read"}},
		Contract: map[string]flow.Contract{"table": {Columns: []flow.ContractColumn{{Name: "a", Type: "DOUBLE"}, {Name: "gone", Type: "DATE"}}, New: "ignore", Missing: "ignore", Retyped: "ignore"}},
	}
	given := task(n, engine.Scope{Nodes: engine.NodeOutputs{"read": {"result": value.Value{Kind: value.Table, Table: &table.Meta{Columns: []table.Column{{Name: "a", Type: "BIGINT"}, {Name: "b", Type: "BIGINT"}}}}}}})
	given.Document = &flow.Document{}
	given.Document.Spec.Nodes = []flow.Node{{ID: "read", Type: "python", With: map[string]any{"code": "def main(): return 1"}}, n}
	g, err := x.Lineage(t.Context(), given, step.Around{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(g.Node("n").Ports)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"columns":[{"name":"a","type":"DOUBLE","from":[{"node":"read","port":"result","column":"a","how":["TRANSFORMATION"]}]},{"name":"gone","type":"DATE","from":[]}]`
	if !strings.Contains(string(raw), want) {
		t.Errorf("%s, not %s", raw, want)
	}
}

func names(columns []table.Column) string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Name+" "+c.Type)
	}
	return strings.Join(out, ", ")
}
