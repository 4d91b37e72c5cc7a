package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

const nested = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: nested}
spec:
  nodes:
    - {id: rows, type: value.set, with: {value: [{n: 1}, {n: 2}, {n: 3}]}}
    - id: each
      type: control.map
      in: {items: rows}
      nodes:
        - {id: double, type: value.set, with: {value: "{{ item.n * 2 }}"}}
        - id: guard
          type: control.try
          after: [double]
          nodes:
            - {id: more, type: value.set, with: {value: "{{ nodes.double.value + 1 }}"}}
`

func TestExpressionsAreTriedOnOneInstanceOfAContainer(t *testing.T) {
	h := build(t)
	f := h.create(nested)
	var started engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&started)
	require.Equal(t, engine.Succeeded, h.finish(started.ID).Status)

	try := func(text, within string, item any) api.Evaluation {
		var value api.Evaluation
		h.post("/expressions/evaluate", api.EvaluateBody{FlowID: f.ID, RunID: started.ID, Node: "more", Text: text, Within: within, Item: item}).
			want(http.StatusOK).into(&value)
		return value
	}
	require.InDelta(t, 4, try("{{ nodes.double.value }}", "each[1]", nil).Value, 0)
	require.InDelta(t, 13, try("{{ nodes.double.value + nodes.more.value }}", "each[2]/guard", nil).Value, 0)
	require.InDelta(t, 5, try("{{ item.n + index }}", "each[2]", map[string]any{"n": 3}).Value, 0)
	require.NotNil(t, try("{{ item.n }}", "", nil).Problem)
	h.post("/expressions/evaluate", api.EvaluateBody{FlowID: f.ID, RunID: started.ID, Text: "{{ 1 }}", Within: "each[9]"}).
		problem(http.StatusNotFound, "unknown_step")
}

func TestWhyShowsTheAddressOfACallbackOnlyToThoseWhoMayRun(t *testing.T) {
	h := build(t)
	f := h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: calls}
spec:
  nodes:
    - {id: called, type: control.wait, with: {callback: true}}
`)
	var started engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&started)
	var why api.Why
	testkit.Eventually(t, "the step waits", func() bool {
		h.get("/runs/" + started.ID + "/why").want(http.StatusOK).into(&why)
		return len(why.Steps) == 1 && why.Steps[0].Wait != nil
	})
	require.Equal(t, engine.WaitCallback, why.Steps[0].Wait.Kind)
	require.True(t, strings.HasPrefix(why.Steps[0].Callback, "/hooks/callback/"+started.ID+"/"))
	var seen api.Why
	h.do(viewer, http.MethodGet, "/runs/"+started.ID+"/why", "", nil).want(http.StatusOK).into(&seen)
	require.Len(t, seen.Steps, 1)
	require.Empty(t, seen.Steps[0].Callback)
	address := why.Steps[0].Callback
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} { // as programs do that look at links
		refused := h.do(nobody, method, address, "", nil)
		refused.want(http.StatusMethodNotAllowed)
		require.Equal(t, "POST, PUT, PATCH, DELETE", refused.header.Get("Allow"))
	}
	page := h.do(nobody, http.MethodGet, address, "", nil, "Accept", "text/html,*/*").want(http.StatusOK)
	require.Contains(t, page.header.Get("Content-Type"), "text/html")
	require.Contains(t, string(page.body), `<form method="post">`)
	h.get("/runs/" + started.ID + "/why").want(http.StatusOK).into(&why)
	require.Len(t, why.Steps, 1, "nothing has called yet")
	h.post(address, map[string]any{"ok": true}).want(http.StatusNoContent)
	require.Equal(t, engine.Succeeded, h.finish(started.ID).Status)
}
