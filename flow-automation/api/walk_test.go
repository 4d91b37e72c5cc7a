package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/auth"
)

// operation is one of the OpenAPI document.
type operation struct {
	method, path string
	permission   auth.Permission
}

func (h *house) operations() (all []operation) {
	h.t.Helper()
	resp, err := http.Get(h.url + "/openapi.json")
	require.NoError(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	var doc struct {
		Paths map[string]map[string]struct {
			Permission auth.Permission `json:"x-permission"`
		}
	}
	require.NoError(h.t, json.NewDecoder(resp.Body).Decode(&doc))
	for path, methods := range doc.Paths {
		if rest, ours := strings.CutPrefix(path, base); ours {
			for method, op := range methods {
				all = append(all, operation{strings.ToUpper(method), rest, op.Permission})
			}
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// TestEveryOperationKeepsItsWalls walks the OpenAPI document: nobody is let in without a login, no role beyond its
// permissions, and another tenant sees and changes nothing of ours. An operation that is added is walked, too.
func TestEveryOperationKeepsItsWalls(t *testing.T) {
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
	var fill api.Backfill
	h.post("/flows/"+f.ID+"/backfills", api.BackfillBody{Sets: []map[string]any{{}}}).want(http.StatusAccepted).into(&fill)

	ids := map[string]string{"flows": f.ID, "runs": run.ID, "backfills": fill.ID, "artifacts": graph.Steps[1].Outputs["table"].Artifact.ID}
	h.post("/connections", api.NewConnection{Name: "warehouse", Kind: "sqlite", Draft: connection.Draft{Title: secret, Config: map[string]any{"path": "data/n.csv"}}}).want(http.StatusCreated)
	concrete := func(path string) string {
		family, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if strings.Contains(path, "{id}") {
			require.NotEmpty(t, ids[family], "the walk needs one of %s", family)
		}
		if family == "connections" {
			return strings.NewReplacer("{name}", "warehouse").Replace(path)
		}
		return strings.NewReplacer("{id}", ids[family], "{version}", "1", "{name}", "data/n.csv", "{name...}", "data/n.csv").Replace(path)
	}
	operations := h.operations()
	require.Greater(t, len(operations), 40)
	for _, op := range operations {
		path := concrete(op.path)
		t.Run(op.method+" "+op.path, func(t *testing.T) {
			h.t = t
			require.True(t, op.permission.Declared())
			if op.permission != auth.Public {
				h.do(nobody, op.method, path, jsonDoc, []byte(`{}`), "If-Match", "1").problem(http.StatusUnauthorized, "login_required")
			}
			for _, role := range auth.Roles() {
				if op.permission.Known() && !slices.Contains(role.Permissions(), op.permission) {
					h.do("default "+string(role), op.method, path, jsonDoc, []byte(`{}`), "If-Match", "1").problem(http.StatusForbidden, "permission_denied")
				}
			}
			if !strings.Contains(op.path, "{") || op.method == http.MethodPut && strings.HasPrefix(op.path, "/files/") {
				return // names nothing of ours, or makes something of theirs
			}
			a := h.do(theirs, op.method, path, jsonDoc, []byte(`{"step":"x","decision":"approve"}`), "If-Match", "1")
			require.GreaterOrEqual(t, a.status, 400, string(a.body))
			require.NotContains(t, string(a.body), secret)
			require.NotContains(t, string(a.body), `"numbers"`)
		})
	}
	h.t = t
	h.get("/flows/" + f.ID).want(http.StatusOK)
	h.get("/runs/" + run.ID).want(http.StatusOK)
	h.get("/connections/warehouse").want(http.StatusOK)
	h.get("/files/data/n.csv").want(http.StatusOK)
}
