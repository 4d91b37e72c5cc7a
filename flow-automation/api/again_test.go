package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// A run that did nothing, since it could not take over from the one before, is no reason to do again what that one did.
func TestARetryGoesBackToTheRunThatDidSomething(t *testing.T) {
	h := build(t)
	f := h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: again}
spec:
  nodes:
    - {id: a, type: value.set, with: {value: 1}}
    - {id: b, type: value.set, after: [a], with: {value: "{{ int('x' + string(1)) }}"}}
`)
	retry := func(id string, b api.RetryBody) (run engine.Run) {
		h.post("/runs/"+id+"/retry", b).want(http.StatusAccepted).into(&run)
		return h.finish(run.ID)
	}
	var first engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&first)
	require.Equal(t, engine.Failed, h.finish(first.ID).Status)
	second := retry(first.ID, api.RetryBody{From: "start"})
	testkit.Eventually(t, "the second is one that did nothing", func() bool {
		_, err := h.db.Write.ExecContext(t.Context(), "UPDATE runs SET error = ? WHERE id = ?", `{"code":"reuse_lost","status":409,"message":"lost"}`, second.ID)
		require.NoError(t, err)
		h.get("/runs/" + second.ID).want(http.StatusOK).into(&second)
		return second.Error.Code == engine.CodeReuseLost
	})

	third := retry(second.ID, api.RetryBody{})
	var steps struct{ Items []engine.Step }
	h.get("/runs/" + third.ID + "/steps").want(http.StatusOK).into(&steps)
	require.Equal(t, "a", steps.Items[0].NodeID)
	require.JSONEq(t, string(mustJSON(t, map[string]string{"run": first.ID})), string(steps.Items[0].Details["adopted"]))

	testkit.Eventually(t, "nobody reuses the first any more, so it can go", func() bool {
		return h.do(ours, http.MethodDelete, "/runs/"+first.ID, "", nil).status == http.StatusNoContent
	})
	lost := h.post("/runs/"+second.ID+"/retry", api.RetryBody{})
	lost.want(http.StatusConflict)
	require.Contains(t, string(lost.body), "that one is gone")
	retry(second.ID, api.RetryBody{From: "start"})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}
