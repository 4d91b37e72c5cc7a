package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// A backfill has ended when its runs have, also when some of them have been removed since.
func TestBackfillsEndWithoutTheRunsThatWereRemoved(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	var fill api.Backfill
	sets := []map[string]any{{"who": "a"}, {"who": "b"}, {"who": "c"}}
	h.post("/flows/"+f.ID+"/backfills", api.BackfillBody{Sets: sets}).want(http.StatusAccepted).into(&fill)
	testkit.Eventually(t, "it has ended", func() bool {
		h.get("/backfills/" + fill.ID).want(http.StatusOK).into(&fill)
		return fill.Status != "running"
	})
	require.Equal(t, "succeeded", fill.Status)
	require.EqualValues(t, 3, fill.Ended)
	var runs api.List[engine.Run]
	h.get("/runs?backfill=" + fill.ID).want(http.StatusOK).into(&runs)
	require.Len(t, runs.Items, 3)
	h.do(ours, http.MethodDelete, "/runs/"+runs.Items[0].ID, "", nil).want(http.StatusNoContent)
	h.get("/backfills/" + fill.ID).want(http.StatusOK).into(&fill)
	require.Equal(t, "succeeded", fill.Status)
	require.EqualValues(t, 3, fill.Ended)
	require.EqualValues(t, 2, fill.Runs.Succeeded)
}
