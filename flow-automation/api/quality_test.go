package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/engine"
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
