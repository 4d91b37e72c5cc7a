package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

// However many steps wait for a place at a connection, those of others go on, and people are told what each of them waits for.
func TestStepsThatWaitForAConnectionHoldUpNobody(t *testing.T) {
	h := build(t)
	s := sqlserver.Postgres(t)
	admin, err := pgx.Connect(t.Context(), "host=127.0.0.1 sslmode=disable user="+s.User+" password="+s.Password+" dbname="+s.Database+" port="+itoa(s.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(t.Context()) }) //nolint:usetesting // it is only hung up
	_, err = admin.Exec(t.Context(), "SELECT pg_advisory_lock(1)")
	require.NoError(t, err)
	for name, limit := range map[string]int{"narrow": 1, "other": 2} {
		h.post("/connections", api.NewConnection{Name: name, Kind: "postgres", Draft: draft(s, map[string]any{"max_connections": limit})}).want(http.StatusCreated)
	}
	start := func(text string) (started engine.Run) {
		t.Helper()
		h.post("/flows/"+h.create(text).ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&started)
		return started
	}
	many := strings.Repeat("0, ", 39) + "0"
	crowd := start(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: crowd}
spec:
  nodes:
    - {id: list, type: value.set, with: {value: [` + many + `]}}
    - id: each
      type: control.map
      in: {items: list}
      with: {concurrency: 40}
      nodes:
        - {id: rows, type: sql.read, with: {connection: narrow, query: "SELECT pg_advisory_xact_lock_shared(1)::text AS locked"}}
`)
	var why api.Why
	testkit.Eventually(t, "all but one step wait for a place", func() bool {
		h.get("/runs/" + crowd.ID + "/why").want(http.StatusOK).into(&why)
		waiting := 0
		for _, step := range why.Steps {
			if strings.HasPrefix(step.Reason, `Waits for a place at the connection "narrow". Busy with: each[`) {
				waiting++
			}
		}
		return waiting == 39
	})
	small := start(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: small}
spec:
  nodes:
    - {id: rows, type: sql.read, with: {connection: other, query: SELECT 1 AS a}}
`)
	require.Equal(t, engine.Succeeded, h.finish(small.ID).Status)
	_, err = admin.Exec(t.Context(), "SELECT pg_advisory_unlock(1)")
	require.NoError(t, err)
	require.Equal(t, engine.Succeeded, h.finish(crowd.ID).Status)
}
