package api_test

import (
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

// A table that is named without a schema is called by the one in which the last run has found it, also within containers.
func TestLineageNamesTheSchemaThatARunHasFound(t *testing.T) {
	h := build(t)
	s := sqlserver.Postgres(t)
	admin, err := pgx.Connect(t.Context(), "host=127.0.0.1 sslmode=disable user="+s.User+" password="+s.Password+" dbname="+s.Database+" port="+itoa(s.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(t.Context()) }) //nolint:usetesting // it is only hung up
	_, err = admin.Exec(t.Context(), "CREATE SCHEMA "+pgx.Identifier{s.User}.Sanitize()+"; CREATE TABLE mine (id int); CREATE TABLE public.theirs (id int)")
	require.NoError(t, err)
	h.post("/connections", api.NewConnection{Name: "warehouse", Kind: "postgres", Draft: draft(s, nil)}).want(http.StatusCreated)
	f := h.create(`
apiVersion: dataflow/v1
kind: Flow
metadata: {name: found}
spec:
  nodes:
    - {id: mine, type: sql.read, with: {connection: warehouse, table: mine}}
    - {id: list, type: value.set, with: {value: [1]}}
    - id: each
      type: control.map
      in: {items: list}
      nodes:
        - {id: theirs, type: sql.read, with: {connection: warehouse, table: theirs}}
    - {id: made, type: sql.write, in: {table: mine}, with: {connection: warehouse, table: made, create: true}}
    - {id: put, type: sql.write, in: {table: mine}, with: {connection: warehouse, schema: public, table: theirs}}
`)
	names := func() (out []string) {
		var g lineage.Graph
		h.get("/flows/" + f.ID + "/lineage").want(http.StatusOK).into(&g)
		for _, d := range g.Datasets {
			out = append(out, d.Name)
		}
		return out
	}
	at := func(schema, table string) string { return s.Database + "." + schema + "." + table }
	require.ElementsMatch(t, []string{at("public", "mine"), at("public", "theirs"), at("public", "made")}, names(), "before a run it is where tables mostly are")
	var started engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&started)
	require.Equal(t, engine.Succeeded, h.finish(started.ID).Status)
	require.ElementsMatch(t, []string{at(s.User, "mine"), at("public", "theirs"), at(s.User, "made")}, names())
}
