package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/quality"
	"dataflow/flow-automation/store"
	"dataflow/flow-automation/suggest"
)

const cleaned = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: prices}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: data/prices.csv}}
    - {id: clean, type: quality.clean, in: {table: read}, with: {steps: [{do: trim, columns: ["*"]}]}}
    - {id: check, type: quality.check, in: {table: clean.table}, with: {rules: [{columns: [price]}]}}
`

func TestSuggestions(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/prices.csv", "", []byte("name;price\n a;\"1,5 €\"\nb;\"2,5 €\"\nc;\"3,5 €\"\n")).want(http.StatusOK)
	f := h.create(cleaned)
	var got suggest.Suggestions
	h.post("/quality/suggestions", api.SuggestBody{For: suggest.Clean, FlowID: f.ID, Node: "clean"}).want(http.StatusOK).into(&got)
	require.True(t, got.Whole)
	require.EqualValues(t, 3, got.Rows)
	require.Len(t, got.Suggestions, 1) // trim is there already
	require.JSONEq(t, `{"do": "number", "columns": ["price"]}`, string(got.Suggestions[0].Add))

	var run engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Keep: true}).want(http.StatusAccepted).into(&run)
	h.finish(run.ID)
	var graph api.RunGraph
	h.get("/runs/" + run.ID + "/graph").into(&graph)
	got = suggest.Suggestions{}
	h.post("/quality/suggestions", api.SuggestBody{For: suggest.Clean, ArtifactID: graph.Steps[0].Outputs["table"].Artifact.ID}).want(http.StatusOK).into(&got)
	require.Len(t, got.Suggestions, 2)
	h.post("/quality/suggestions", api.SuggestBody{For: "both", FlowID: f.ID, Node: "clean"}).problem(http.StatusUnprocessableEntity, "query_invalid")
	h.post("/quality/suggestions", api.SuggestBody{For: suggest.Check, FlowID: f.ID, Node: "nobody"}).problem(http.StatusUnprocessableEntity, "node_unknown")
	h.post("/quality/suggestions", api.SuggestBody{For: suggest.Check, ArtifactID: "00"}).problem(http.StatusNotFound, "artifact_not_found")
}

const agreed = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: agreed}
spec:
  nodes:
    - {id: loose, type: file.read, with: {path: data/n.csv}}
    - id: strict
      type: file.read
      with: {path: data/n.csv}
      contract: {table: {columns: [{name: n, type: BIGINT}], new: ignore}}
`

// A run tells how its sources differ from a contract, or from those of the run before.
func TestDriftOfARun(t *testing.T) {
	h := build(t)
	put := func(csv string) {
		h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte(csv)).want(http.StatusOK)
	}
	put("n\n1\n")
	f := h.create(agreed)
	start := func() engine.Run {
		var run engine.Run
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
		return h.finish(run.ID)
	}
	drift := func(run engine.Run) (d api.RunDrift) {
		h.get("/runs/" + run.ID + "/drift").want(http.StatusOK).into(&d)
		return d
	}
	first := start()
	require.Equal(t, api.RunDrift{Steps: []api.StepDrift{}}, drift(first))
	put("n,more\n1,x\n")
	second := start()
	require.Equal(t, api.RunDrift{Against: first.ID, Steps: []api.StepDrift{
		{Step: "loose", Columns: []contract.Drift{{Port: "table", Column: "more", Change: "new", Found: "VARCHAR", Done: "noted"}}},
		{Step: "strict", Contract: true, Columns: []contract.Drift{{Port: "table", Column: "more", Change: "new", Found: "VARCHAR", Done: "dropped"}}},
	}}, drift(second))
	put("n\nx\n")
	third := start()
	require.Equal(t, engine.Failed, third.Status)
	require.Equal(t, "failed", drift(third).Steps[1].Columns[0].Done)
	h.get("/runs/nothing/drift").problem(http.StatusNotFound, "run_not_found")
}

const checked = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: checked}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: data/n.csv}}
    - id: check
      type: quality.check
      in: {table: read}
      with: {rules: [{check: not_null, columns: [n], name: n is there}, {check: in_range, columns: [n], max: 9, severity: fail, name: n is small}]}
`

// The quality of a flow is told from run to run, of runs that its rules have stopped, too; what is gone with a run is gone.
func TestQualityOfAFlow(t *testing.T) {
	h := build(t)
	f := h.create(checked)
	trend := func(query string) (q quality.Trend) {
		h.get("/flows/" + f.ID + "/quality" + query).want(http.StatusOK).into(&q)
		return q
	}
	require.Equal(t, quality.Trend{Rules: []quality.Rule{}, Columns: []quality.Column{}}, trend(""))
	var runs []string
	for _, csv := range []string{"n,m\n1,a\n2,b\n", "n,m\n1,a\n,b\n", "n,m\n1,a\n10,b\n"} {
		h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte(csv)).want(http.StatusOK)
		var run engine.Run
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
		h.finish(run.ID)
		runs = append(runs, run.ID)
		if len(runs) == 2 {
			require.Equal(t, 1, trend("").Failing)
			require.Equal(t, "began", trend("").Rules[0].Change)
		}
	}
	got := trend("")
	require.Equal(t, 3, got.Runs)
	require.Equal(t, 1, got.Failing)
	there, small := got.Rules[0], got.Rules[1]
	require.Equal(t, []any{"n is there", "passing", "recovered", 3}, []any{there.Name, there.Status, there.Change, len(there.Points)})
	require.Empty(t, there.NameZH, "somebody has given it its name")
	require.Equal(t, []any{"n is small", "failing", "began", 3}, []any{small.Name, small.Status, small.Change, len(small.Points)})
	require.Equal(t, []any{runs[2], int64(2), int64(1), 50., "failed"}, []any{small.Points[2].RunID, small.Points[2].Rows, small.Points[2].Broken, small.Points[2].Share, small.Points[2].Status})
	require.Equal(t, []any{"n", 50.}, []any{got.Columns[0].Name, got.Columns[0].Points[1].Share})

	require.Len(t, trend("?rule=n+is+small").Rules, 1)
	require.Len(t, trend("?runs=1").Rules[0].Points, 1)
	require.Empty(t, trend("?node=other").Rules)
	h.do(theirs, http.MethodGet, "/flows/"+f.ID+"/quality", "", nil).problem(http.StatusNotFound, "flow_not_found")

	h.do(ours, http.MethodDelete, "/runs/"+runs[0], "", nil).want(http.StatusNoContent)
	require.NoError(t, store.Open(h.db).PruneQuality(t.Context()))
	require.Equal(t, 2, trend("").Runs)
}

const counted = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: counted}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: data/n.csv}}
    - {id: some, type: table.filter, in: {table: read}, with: {where: n < 100}}
    - id: check
      type: quality.check
      in: {table: some}
      with: {rules: [{check: row_count, change: 50, severity: fail}, {check: distribution, columns: [n], measure: max, max: 9}]}
`

// Rows are compared with those of the last run that has succeeded, and what was measured is told from run to run.
func TestWholeTablesFromRunToRun(t *testing.T) {
	h := build(t)
	f := h.create(counted)
	one := func(v float64) *float64 { return &v }
	for _, r := range []struct {
		csv    string
		status engine.Status
		min    *float64
	}{{"n\n1\n2\n", engine.Succeeded, nil}, {"n\n1\n2\n3\n4\n", engine.Failed, one(1)}, {"n\n1\n2\n30\n", engine.Succeeded, one(1)}, {"n\n1\n", engine.Failed, one(2)}} {
		h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte(r.csv)).want(http.StatusOK)
		var run engine.Run
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
		run = h.finish(run.ID)
		require.Equal(t, r.status, run.Status, "%+v", run.Error)
		var graph api.RunGraph
		h.get("/runs/" + run.ID + "/graph").into(&graph)
		require.True(t, graph.Steps[1].Outputs["table"].Deferred(), "the check reads a plan")
		var q quality.Trend
		h.get("/flows/" + f.ID + "/quality").want(http.StatusOK).into(&q)
		require.Equal(t, "rows", q.Rules[0].Unit)
		require.Equal(t, r.min, q.Rules[0].Points[len(q.Rules[0].Points)-1].Min)
	}
	var q quality.Trend
	h.get("/flows/" + f.ID + "/quality").want(http.StatusOK).into(&q)
	require.Equal(t, []string{"行数与上次运行相比增减不超过 50%", "n 的最大值不大于 9"}, []string{q.Rules[0].NameZH, q.Rules[1].NameZH})
	rows, greatest := q.Rules[0].Points[2], q.Rules[1].Points[2]
	require.Equal(t, []any{3., 3., "passed", 100.}, []any{*rows.Measured, *rows.Max, rows.Status, rows.Share})
	require.Equal(t, []any{30., 9., "warned", 0.}, []any{*greatest.Measured, *greatest.Max, greatest.Status, greatest.Share})
}
