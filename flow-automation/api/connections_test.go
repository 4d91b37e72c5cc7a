package api_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

const developer = "default developer"

func draft(s *sqlserver.Server, changes map[string]any) connection.Draft {
	config := map[string]any{"host": s.Host, "port": s.Port, "database": s.Database, "user": s.User, "password": s.Password, "tls": "off"}
	for k, v := range changes {
		if config[k] = v; v == nil {
			delete(config, k)
		}
	}
	return connection.Draft{Title: "Warehouse", Config: config}
}

const incremental = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: copy}
spec:
  params: {fail: {type: boolean, default: false}}
  nodes:
    - {id: fresh, type: sql.read, with: {connection: warehouse, table: orders, incremental: id}}
    - {id: stored, type: sql.write, in: {table: fresh}, with: {connection: warehouse, table: copied, create: true, once: true}}
    - {id: bad, type: control.if, in: {value: stored}, with: {condition: "{{ params.fail }}"}}
    - {id: boom, type: control.fail, in: {input: bad.true}, with: {message: on purpose}}
`

func TestConnections(t *testing.T) {
	h := build(t)
	s := sqlserver.Postgres(t)
	admin, err := pgx.Connect(t.Context(), "host=127.0.0.1 sslmode=disable user="+s.User+" password="+s.Password+" dbname="+s.Database+" port="+itoa(s.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(t.Context()) }) //nolint:usetesting // it is only hung up
	exec := func(statement string) {
		t.Helper()
		_, err := admin.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	exec("CREATE TABLE orders (id int PRIMARY KEY, customer text)")
	exec("INSERT INTO orders VALUES (1, 'Ada'), (2, 'Bob')")
	post := func(path string, body any) answer {
		h.t.Helper()
		return h.do(developer, http.MethodPost, path, jsonDoc, marshal(h.t, body))
	}

	var kinds api.List[api.ConnectionKind]
	h.get("/connection-kinds").want(http.StatusOK).into(&kinds)
	require.Equal(t, "postgres", kinds.Items[0].Name)
	require.Equal(t, []string{"password"}, kinds.Items[0].Sealed)
	require.Contains(t, string(kinds.Items[0].Schema), `"x-widget":"sealed"`)

	t.Run("tried before it is saved", func(t *testing.T) {
		h.t = t
		var result connection.Test
		post("/connections/test", api.ConnectionTry{Kind: "postgres", Draft: draft(s, nil)}).want(http.StatusOK).into(&result)
		require.True(t, result.OK, result.Message)
		require.Contains(t, result.Message, "PostgreSQL")
		post("/connections/test", api.ConnectionTry{Kind: "postgres", Draft: draft(s, map[string]any{"password": "wrong-password"})}).want(http.StatusOK).into(&result)
		require.False(t, result.OK)
		require.Equal(t, connector.CodeLogin, result.Code)
		require.NotEmpty(t, result.Hint)
		post("/connections/test", api.ConnectionTry{Kind: "postgres", Draft: draft(s, map[string]any{"host": nil})}).problem(http.StatusUnprocessableEntity, connector.CodeInvalid)
		text := post("/connections/test", api.ConnectionTry{Kind: "postgers", Draft: draft(s, nil)}).problem(http.StatusUnprocessableEntity, "kind_unknown")
		require.Contains(t, text, `\"postgres\"`)
	})

	var made connection.Connection
	t.Run("created, and its secret given to nobody", func(t *testing.T) {
		h.t = t
		post("/connections", api.NewConnection{Name: "Ware House", Kind: "postgres", Draft: draft(s, nil)}).problem(http.StatusUnprocessableEntity, "name_invalid")
		a := post("/connections", api.NewConnection{Name: "warehouse", Kind: "postgres", Draft: draft(s, nil)}).want(http.StatusCreated)
		require.NotContains(t, string(a.body), s.Password)
		a.into(&made)
		require.Equal(t, []string{"password"}, made.Secrets)
		require.Contains(t, made.Target, "dataflow@127.0.0.1:")
		require.NotContains(t, made.Config, "password")
		require.Equal(t, float64(4), made.Config["max_connections"], "defaults are filled in")
		post("/connections", api.NewConnection{Name: "warehouse", Kind: "postgres", Draft: draft(s, nil)}).problem(http.StatusConflict, "connection_name_taken")
		text := h.get("/connections/warehose").problem(http.StatusNotFound, "connection_not_found")
		require.Contains(t, text, `\"warehouse\"`)
	})

	t.Run("tested, browsed and looked into", func(t *testing.T) {
		h.t = t
		var result connection.Test
		post("/connections/warehouse/test", nil).want(http.StatusOK).into(&result)
		require.True(t, result.OK, result.Message)
		var list api.List[connection.Connection]
		h.get("/connections").want(http.StatusOK).into(&list)
		require.True(t, list.Items[0].LastTest.OK)
		var entries api.List[connector.Entry]
		h.get("/connections/warehouse/entries?schema=public").want(http.StatusOK).into(&entries)
		require.Equal(t, "orders", entries.Items[0].Name)
		h.get("/connections/warehouse/entries?schema=public&table=orders").want(http.StatusOK).into(&entries)
		require.Len(t, entries.Items, 2)
		var page table.Page
		h.get("/connections/warehouse/rows?schema=public&table=orders&limit=1").want(http.StatusOK).into(&page)
		require.Equal(t, json.RawMessage(`[1,"Ada"]`), page.Rows[0])
		require.Len(t, page.Rows, 1)
		h.get("/connections/warehouse/rows?table=ordres").problem(http.StatusNotFound, connector.CodeTable)
	})

	t.Run("changed", func(t *testing.T) {
		h.t = t
		put := func(body any) answer {
			return h.do(developer, http.MethodPut, "/connections/warehouse", jsonDoc, marshal(t, body))
		}
		put(api.ConnectionChange{Revision: 9, Draft: draft(s, map[string]any{"password": nil})}).problem(http.StatusConflict, "connection_conflict")
		put(api.ConnectionChange{Revision: 1, Draft: draft(s, map[string]any{"password": nil, "max_connections": 2})}).want(http.StatusOK).into(&made)
		require.Equal(t, []string{"password"}, made.Secrets, "what is left out stays")
		require.True(t, made.LastTest.Outdated, "what was found out holds no more")
		// Nobody has the password sent to a server of their own.
		put(api.ConnectionChange{Revision: 2, Draft: draft(s, map[string]any{"password": nil, "host": "127.0.0.2"})}).problem(http.StatusUnprocessableEntity, "secret_needed")
		post("/connections/test", api.ConnectionTry{Name: "warehouse", Draft: draft(s, map[string]any{"password": nil, "host": "127.0.0.2"})}).problem(http.StatusUnprocessableEntity, "secret_needed")
		var result connection.Test
		post("/connections/test", api.ConnectionTry{Name: "warehouse", Draft: draft(s, map[string]any{"password": nil})}).want(http.StatusOK).into(&result)
		require.True(t, result.OK, result.Message)
		put(api.ConnectionChange{Revision: 2, Draft: draft(s, map[string]any{"password": ""})}).want(http.StatusOK).into(&made)
		require.Empty(t, made.Secrets)
		post("/connections/warehouse/test", nil).want(http.StatusOK).into(&result)
		require.Equal(t, connector.CodeLogin, result.Code)
		h.get("/connections/warehouse/entries").problem(http.StatusUnprocessableEntity, connector.CodeLogin) // who asks has to mend it
		titled := draft(s, map[string]any{"password": nil})
		titled.Title = "The warehouse"
		made = connection.Connection{}
		put(api.ConnectionChange{Revision: 3, Draft: titled}).want(http.StatusOK).into(&made)
		require.False(t, made.LastTest.Outdated, "it is reached as before")
		put(api.ConnectionChange{Revision: 4, Draft: draft(s, nil)}).want(http.StatusOK).into(&made)
		require.Equal(t, []string{"password"}, made.Secrets)
		require.True(t, made.LastTest.Outdated, "with another password")
		put(api.ConnectionChange{Revision: 5, Draft: draft(s, map[string]any{"password": nil})}).want(http.StatusOK).into(&made)
		require.True(t, made.LastTest.Outdated, "still")
		post("/connections/warehouse/test", nil).want(http.StatusOK)
		made = connection.Connection{}
		h.get("/connections/warehouse").want(http.StatusOK).into(&made)
		require.True(t, made.LastTest.OK)
		require.False(t, made.LastTest.Outdated)
	})

	t.Run("flows read a part at a time, and what a failed run has read counts for nothing", func(t *testing.T) {
		h.t = t
		f := h.create(incremental)
		run := func(fail bool) engine.Run {
			var r engine.Run
			h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Params: map[string]any{"fail": fail}}).want(http.StatusAccepted).into(&r)
			return h.finish(r.ID)
		}
		copied := func() (n int) {
			require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM copied").Scan(&n))
			return n
		}
		first := run(false)
		require.Equal(t, engine.Succeeded, first.Status, first.Error)
		require.Equal(t, 2, copied())
		exec("INSERT INTO orders VALUES (3, 'Cy')")
		failed := run(true)
		require.Equal(t, engine.Failed, failed.Status)
		require.Equal(t, 3, copied())
		exec("DELETE FROM copied WHERE id = 3")
		require.Equal(t, engine.Succeeded, run(false).Status)
		require.Equal(t, 3, copied(), "what the failed run had read was read again")
		require.Equal(t, engine.Succeeded, run(false).Status)
		require.Equal(t, 3, copied(), "and not once more")
	})

	t.Run("deleted when nobody uses it", func(t *testing.T) {
		h.t = t
		var uses api.List[connection.Use]
		h.get("/connections/warehouse/uses").want(http.StatusOK).into(&uses)
		require.Equal(t, []string{"fresh", "stored"}, uses.Items[0].Nodes)
		text := h.do(developer, http.MethodDelete, "/connections/warehouse", "", nil).problem(http.StatusConflict, "connection_in_use")
		require.Contains(t, text, "The flow copy uses")
		h.do(viewer, http.MethodDelete, "/connections/warehouse?force=true", "", nil).problem(http.StatusForbidden, "permission_denied")
	})

	t.Run("the secret is nowhere", func(t *testing.T) {
		h.t = t
		require.NoError(t, filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			require.False(t, strings.Contains(string(content), s.Password), "the password is in %s", path)
			return err
		}))
		h.do(developer, http.MethodDelete, "/connections/warehouse?force=true", "", nil).want(http.StatusNoContent)
		h.get("/connections/warehouse").problem(http.StatusNotFound, "connection_not_found")
	})
}
