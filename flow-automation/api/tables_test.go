package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/value"
)

const twoFilters = numbers + `    - id: bigger
      type: table.filter
      in: {table: big}
      with: {where: n > 2}
`

// A table that became part of its reader's query is computed for whoever looks at it.
func TestTableThatWasHandedOn(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n\n1\n2\n3\n")).want(http.StatusOK)
	f := h.create(twoFilters)
	var run engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
	h.finish(run.ID)
	var graph api.RunGraph
	h.get("/runs/" + run.ID + "/graph").into(&graph)
	gave := map[string]value.Value{}
	for _, s := range graph.Steps {
		gave[s.NodeID] = s.Outputs["table"]
	}
	require.Nil(t, gave["big"].Artifact)
	require.EqualValues(t, value.Uncounted, gave["big"].Table.Rows)
	require.EqualValues(t, 1, gave["bigger"].Table.Rows)

	var computed value.Value
	tables := "/runs/" + run.ID + "/tables"
	h.post(tables, api.ComputeTableBody{Step: "big", Port: "table"}).want(http.StatusOK).into(&computed)
	require.EqualValues(t, 2, computed.Table.Rows)
	require.Contains(t, string(h.get("/artifacts/"+computed.Artifact.ID+"/rows").want(http.StatusOK).body), "[[2],[3]]")
	h.post(tables, api.ComputeTableBody{Step: "bigger", Port: "table"}).want(http.StatusOK).into(&computed)
	require.Equal(t, gave["bigger"].Artifact.ID, computed.Artifact.ID)

	// Who does it again to look at it finds every table kept.
	var again engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Reuse: run.ID, Keep: true}).want(http.StatusAccepted).into(&again)
	h.finish(again.ID)
	h.get("/runs/" + again.ID + "/graph").into(&graph)
	for _, s := range graph.Steps {
		require.NotNil(t, s.Outputs["table"].Artifact, s.NodeID)
	}
	h.post(tables, api.ComputeTableBody{Step: "nobody", Port: "table"}).problem(http.StatusNotFound, "step_not_found")
	h.post(tables, api.ComputeTableBody{Step: "big", Port: "rows"}).problem(http.StatusNotFound, "table_not_found")
}

func TestPreviewOfANode(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n\n1\n2\n3\n")).want(http.StatusOK)
	f := h.create(twoFilters)
	var got api.NodePreview
	preview := "/flows/" + f.ID + "/preview"
	h.post(preview, api.PreviewBody{Node: "bigger"}).want(http.StatusOK).into(&got)
	require.Nil(t, got.Problem)
	require.Len(t, got.Table.Rows, 1)
	require.Equal(t, "n", got.Inputs[0].Columns[0].Name)

	// The file itself, as soon as it is chosen.
	got = api.NodePreview{}
	h.post(preview, api.PreviewBody{Node: "read"}).want(http.StatusOK).into(&got)
	require.Nil(t, got.Problem)
	require.Len(t, got.Table.Rows, 3)
	require.Equal(t, "table", got.Port)

	// What is not saved yet.
	doc := f.Draft.Document
	doc.Spec.Nodes[2].With["where"] = "m > 2"
	body := map[string]any{"node": "bigger", "document": doc}
	got = api.NodePreview{}
	h.post(preview, body).want(http.StatusOK).into(&got)
	require.Equal(t, "bigger", got.Problem.Node)
	require.Equal(t, "with.where", got.Problem.Field)
	require.Nil(t, got.Table)
	require.Len(t, got.Inputs, 1)
	h.post(preview, api.PreviewBody{Node: "nobody"}).problem(http.StatusUnprocessableEntity, "node_unknown")
	h.post("/flows/nothing/preview", api.PreviewBody{Node: "big"}).problem(http.StatusNotFound, "flow_not_found")
}

// What a node did not give in the last run, it gave in the one before.
func TestPreviewWithAFailedRun(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n\n1\n2\n3\n")).want(http.StatusOK)
	f := h.create(twoFilters + `    - id: wait
      type: control.wait
      in: {value: bigger}
      with: {for: 1ms}
    - id: last
      type: table.limit
      in: {table: wait}
      with: {rows: 5}
`)
	run := func() (r engine.Run) {
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&r)
		h.finish(r.ID)
		h.get("/runs/" + r.ID).into(&r)
		return r
	}
	preview := func() (got api.NodePreview) {
		h.post("/flows/"+f.ID+"/preview", api.PreviewBody{Node: "last"}).want(http.StatusOK).into(&got)
		return got
	}
	require.Equal(t, "preview_unavailable", preview().Problem.Code, "nobody has waited yet")
	first := run()
	require.Equal(t, engine.Succeeded, first.Status)
	require.Len(t, preview().Table.Rows, 1)
	require.Empty(t, preview().Earlier)
	h.do(ours, http.MethodDelete, "/files/data/n.csv", "", nil).want(http.StatusNoContent)
	require.Equal(t, engine.Failed, run().Status)
	got := preview()
	require.Nil(t, got.Problem)
	require.Len(t, got.Table.Rows, 1)
	require.Equal(t, []api.EarlierOutput{{Node: "wait", RunID: first.ID}}, got.Earlier, "it is said that it is of before")
}

func TestWhoMayPreview(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n\n1\n2\n3\n")).want(http.StatusOK)
	f := h.create(twoFilters)
	body := []byte(`{"node": "bigger"}`)
	preview := "/flows/" + f.ID + "/preview"
	for who, status := range map[string]int{"default viewer": http.StatusForbidden, "default operator": http.StatusForbidden, "default developer": http.StatusOK, "other developer": http.StatusNotFound} {
		h.do(who, http.MethodPost, preview, "application/json", body).want(status)
	}
	h.do("", http.MethodPost, preview, "application/json", body).want(http.StatusUnauthorized)
}
