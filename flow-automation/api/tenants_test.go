package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
)

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}

// What belongs to one tenant is answered to another as if it did not exist, and nothing of it is in the answer.
func TestForeignTenant(t *testing.T) {
	h := build(t)
	const secret = "confidential"
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n,"+secret+"\n2,x\n")).want(http.StatusOK)
	f := h.create(numbers)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{Note: secret}).want(http.StatusCreated)
	var run engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
	h.finish(run.ID)
	var graph api.RunGraph
	h.get("/runs/" + run.ID + "/graph").into(&graph)
	artifact := graph.Steps[1].Outputs["table"].Artifact.ID

	doc := marshal(t, map[string]any{"document": f.Draft.Document})
	for _, c := range []struct {
		method, path string
		body         []byte
		status       int
	}{
		{http.MethodGet, "/flows/" + f.ID, nil, 404},
		{http.MethodDelete, "/flows/" + f.ID, nil, 404},
		{http.MethodPut, "/flows/" + f.ID + "/draft", doc, 404},
		{http.MethodPost, "/flows/" + f.ID + "/duplicate", []byte(`{}`), 404},
		{http.MethodPost, "/flows/" + f.ID + "/publish", []byte(`{}`), 404},
		{http.MethodGet, "/flows/" + f.ID + "/versions", nil, 404},
		{http.MethodGet, "/flows/" + f.ID + "/versions/1", nil, 404},
		{http.MethodPost, "/flows/" + f.ID + "/versions/1/restore", nil, 404},
		{http.MethodPost, "/flows/" + f.ID + "/runs", []byte(`{}`), 404},
		{http.MethodGet, "/runs/" + run.ID, nil, 404},
		{http.MethodGet, "/runs/" + run.ID + "/steps", nil, 404},
		{http.MethodGet, "/runs/" + run.ID + "/graph", nil, 404},
		{http.MethodGet, "/runs/" + run.ID + "/logs", nil, 404},
		{http.MethodGet, "/runs/" + run.ID + "/events", nil, 404},
		{http.MethodPost, "/runs/" + run.ID + "/cancel", nil, 404},
		{http.MethodGet, "/artifacts/" + artifact, nil, 404},
		{http.MethodGet, "/artifacts/" + artifact + "/rows", nil, 404},
		{http.MethodGet, "/artifacts/" + artifact + "/profile", nil, 404},
		{http.MethodGet, "/artifacts/" + artifact + "/json", nil, 404},
		{http.MethodGet, "/files/data/n.csv", nil, 404},
		{http.MethodDelete, "/files/data/n.csv", nil, 404},
		{http.MethodPost, "/expressions/evaluate", marshal(t, api.EvaluateBody{FlowID: f.ID, Text: "x"}), 404},
		{http.MethodGet, "/flows", nil, 200},
		{http.MethodGet, "/runs", nil, 200},
		{http.MethodGet, "/runs?flow_id=" + f.ID, nil, 200},
		{http.MethodGet, "/runs/counts", nil, 200},
		{http.MethodGet, "/files", nil, 200},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			h.t = t
			a := h.do(theirs, c.method, c.path, jsonDoc, c.body, "If-Match", "1").want(c.status)
			require.NotContains(t, string(a.body), secret)
			require.NotContains(t, string(a.body), `"numbers"`)
			require.NotContains(t, string(a.body), `"succeeded":1`)
		})
	}
	h.t = t
	h.get("/flows/" + f.ID).want(http.StatusOK)
	h.get("/files/data/n.csv").want(http.StatusOK)
}

func TestPermissions(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	for _, c := range []struct{ method, path string }{
		{http.MethodPost, "/flows"}, {http.MethodDelete, "/flows/" + f.ID}, {http.MethodPut, "/flows/" + f.ID + "/draft"},
		{http.MethodPost, "/flows/" + f.ID + "/publish"}, {http.MethodPost, "/flows/" + f.ID + "/runs"}, {http.MethodPost, "/runs"},
		{http.MethodPut, "/files/x.csv"}, {http.MethodDelete, "/files/x.csv"}, {http.MethodPost, "/runs/x/cancel"}, {http.MethodGet, "/system"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			h.t = t
			h.do(viewer, c.method, c.path, jsonDoc, []byte(`{}`)).problem(http.StatusForbidden, "permission_denied")
			h.do(nobody, c.method, c.path, jsonDoc, []byte(`{}`)).problem(http.StatusUnauthorized, "login_required")
		})
	}
}

// Who may run flows, but not build any, runs no document of his own making: it could do all that a flow can.
func TestOperatorRunsOnlyWhatOthersBuilt(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	const operator = "default operator"
	h.do(operator, http.MethodPost, "/flows/"+f.ID+"/runs", jsonDoc, []byte(`{}`)).want(http.StatusAccepted)
	h.do(operator, http.MethodPost, "/runs", jsonDoc, marshal(t, api.StartDocumentBody{YAML: hello})).problem(http.StatusForbidden, "permission_denied")
	h.do("default developer", http.MethodPost, "/runs", jsonDoc, marshal(t, api.StartDocumentBody{YAML: hello})).want(http.StatusAccepted)
}
