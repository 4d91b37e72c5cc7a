package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/testkit/msgserver"
	"dataflow/ide-go-lib/testkit/sqlserver"
	"dataflow/ide-go-lib/testkit/storageserver"
)

const objectsFlow = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: objects}
spec:
  params: {folder: {type: string, default: in/}}
  nodes:
    - {id: read, type: storage.read, with: {connection: bucket, prefix: in/, source: object}}
    - {id: large, type: table.filter, in: {table: read}, with: {where: "amount > 2"}}
    - {id: open, type: storage.read, with: {connection: bucket, prefix: "{{ run.id == '' ? 'none/' : params.folder }}"}}
    - {id: chosen, type: storage.read, with: {connection: bucket, prefix: "{{ params.folder }}", source: name}}
    - {id: behind, type: table.filter, in: {table: open}, with: {where: "amount > 2"}}
`

// The columns of objects are known before the first run, to who may look through the connection, and with settings that are fixed or of parameters.
func TestLooksAtObjectsBeforeARun(t *testing.T) {
	h := build(t)
	s := storageserver.StartS3(t, false)
	draft := connection.Draft{Config: map[string]any{
		"host": s.Host, "port": s.Port, "bucket": "shop", "access_key": s.Access, "secret_key": storageserver.Password, "tls": "off",
	}}
	h.post("/connections", api.NewConnection{Name: "bucket", Kind: "s3", Draft: draft}).want(http.StatusCreated)
	dir := filepath.Join(s.Dir, "shop", "in")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range map[string]string{"a.csv": "id,amount\n1,1.5\n", "b.csv": "id,amount\n2,2.5\n", "c.csv": "id,amount\n3,3.5\n", "d.csv": "id,amount,note\n4,4.5,x\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	f := h.create(objectsFlow)
	ask := func(who string, body api.PreviewBody) (got api.NodePreview) {
		t.Helper()
		h.do(who, http.MethodPost, "/flows/"+f.ID+"/preview", jsonDoc, marshal(t, body)).want(http.StatusOK).into(&got)
		for i := range got.Looked {
			require.False(t, got.Looked[i].At.IsZero())
			got.Looked[i].At = time.Time{}
		}
		return got
	}
	first := []engine.Looked{{Node: "read", Looked: node.Looked{Objects: 3, Of: 4}}}

	for _, id := range []string{"read", "large"} { // whoever may not look through connections sees nothing of them
		got := ask("default developer without connection.use", api.PreviewBody{Node: id})
		require.Equal(t, "preview_unavailable", got.Problem.Code)
		require.Nil(t, got.Table)
	}
	got := ask("default developer", api.PreviewBody{Node: "large", Inputs: true})
	require.Nil(t, got.Problem)
	require.Equal(t, first, got.Looked)
	require.Len(t, got.Inputs[0].Columns, 3)
	require.Equal(t, "object", got.Inputs[0].Columns[0].Name)
	got = ask(ours, api.PreviewBody{Node: "large"})
	require.Nil(t, got.Problem)
	require.Equal(t, first, got.Looked)
	require.True(t, got.Table.Sampled, "there are more rows than those of the first objects")
	require.Equal(t, []json.RawMessage{json.RawMessage(`["in/b.csv",2,2.5]`), json.RawMessage(`["in/c.csv",3,3.5]`)}, got.Table.Rows)
	got = ask(ours, api.PreviewBody{Node: "read", Port: "table"})
	require.Nil(t, got.Problem)
	require.Equal(t, first, got.Looked)
	require.Equal(t, []string{"table"}, got.Ports)
	require.Len(t, got.Table.Rows, 3)
	require.Equal(t, "port_unknown", ask(ours, api.PreviewBody{Node: "read", Port: "rows"}).Problem.Code)

	require.Equal(t, []engine.Looked{{Node: "chosen", Looked: node.Looked{Objects: 3, Of: 4}}}, ask(ours, api.PreviewBody{Node: "chosen"}).Looked, "with the parameters of the preview")

	// What other expressions give is known in a run.
	for _, id := range []string{"open", "behind"} {
		got = ask(ours, api.PreviewBody{Node: id})
		require.Equal(t, "preview_unavailable", got.Problem.Code)
		require.Equal(t, "open", got.Problem.Node)
		require.Empty(t, got.Looked)
	}

	// What was looked at a moment ago is not asked for again; other settings are, and what is wrong with them is told.
	require.NoError(t, os.Rename(filepath.Join(s.Dir, "shop", "in"), filepath.Join(s.Dir, "shop", "away")))
	require.Len(t, ask(ours, api.PreviewBody{Node: "read"}).Table.Rows, 3)
	with := func(settings string) api.RawDocument {
		return api.RawDocument(`{"apiVersion": "dataflow/v1", "kind": "Flow", "metadata": {"name": "objects"}, "spec": {"nodes": [{"id": "read", "type": "storage.read", "with": ` + settings + `}]}}`)
	}
	got = ask(ours, api.PreviewBody{Node: "read", Document: with(`{"connection": "bucket", "prefix": "in/"}`)})
	require.Equal(t, "objects_none", got.Problem.Code)
	require.Equal(t, "with.prefix", got.Problem.Field)
	got = ask(ours, api.PreviewBody{Node: "read", Document: with(`{"connection": "buckett", "prefix": "in/"}`)})
	require.Equal(t, "connection_not_found", got.Problem.Code)
	require.Equal(t, "with.connection", got.Problem.Field)

	// Nor is what was seen through a connection taken for what there is once that is another.
	draft.Title = "The bucket"
	h.do(ours, http.MethodPut, "/connections/bucket", jsonDoc, marshal(t, api.ConnectionChange{Revision: 1, Draft: draft})).want(http.StatusOK)
	require.Equal(t, "objects_none", ask(ours, api.PreviewBody{Node: "read"}).Problem.Code)

	// What stands on a node that has run stands on what that gave; the node itself shows what there is with its settings.
	require.NoError(t, os.Rename(filepath.Join(s.Dir, "shop", "away"), filepath.Join(s.Dir, "shop", "in")))
	var r engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&r)
	require.Equal(t, engine.Succeeded, h.finish(r.ID).Status)
	got = ask(ours, api.PreviewBody{Node: "large"})
	require.Empty(t, got.Looked)
	require.Len(t, got.Table.Rows, 3)
	require.Len(t, got.Table.Columns, 4)
	require.Equal(t, first, ask(ours, api.PreviewBody{Node: "read"}).Looked)
	got = ask("default developer without connection.use", api.PreviewBody{Node: "read"})
	require.Empty(t, got.Looked)
	require.Len(t, got.Table.Rows, 4, "the run's")
}

const rowsFlow = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: rows}
spec:
  params: {most: {type: integer, default: 2}}
  nodes:
    - {id: all, type: sql.read, with: {connection: warehouse, table: orders, incremental: id}}
    - {id: some, type: sql.read, with: {connection: warehouse, query: "SELECT id, customer FROM orders WHERE id <= {{ params.most }} ORDER BY id"}}
    - {id: behind, type: table.filter, in: {table: some}, with: {where: "customer = 'Bob'"}}
    - {id: later, type: sql.read, with: {connection: warehouse, query: "SELECT * FROM orders WHERE id <= {{ nodes.all.table.rows }}"}, in: {input: all}}
`

// So are those of a database, which is not asked again until the connection or what is asked for is another.
func TestLooksAtRowsBeforeARun(t *testing.T) {
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
	exec("INSERT INTO orders VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cy')")
	h.post("/connections", api.NewConnection{Name: "warehouse", Kind: "postgres", Draft: draft(s, nil)}).want(http.StatusCreated)
	f := h.create(rowsFlow)
	ask := func(who string, body api.PreviewBody) (got api.NodePreview) {
		t.Helper()
		h.do(who, http.MethodPost, "/flows/"+f.ID+"/preview", jsonDoc, marshal(t, body)).want(http.StatusOK).into(&got)
		return got
	}
	seen := func(body api.PreviewBody, rows int64, source string) api.NodePreview {
		t.Helper()
		got := ask(developer, body)
		require.Nil(t, got.Problem)
		require.Len(t, got.Looked, 1)
		require.Equal(t, node.Looked{Unit: "rows", Objects: rows, Of: rows, Source: source, Connection: "warehouse"}, got.Looked[0].Looked)
		require.Len(t, got.Table.Columns, 2)
		return got
	}

	require.Equal(t, "preview_unavailable", ask("default developer without connection.use", api.PreviewBody{Node: "all"}).Problem.Code)
	at := seen(api.PreviewBody{Node: "all"}, 3, "orders").Looked[0].At
	require.Equal(t, []json.RawMessage{json.RawMessage(`[2,"Bob"]`)}, seen(api.PreviewBody{Node: "behind"}, 2, "").Table.Rows)
	require.Equal(t, "later", ask(developer, api.PreviewBody{Node: "later"}).Problem.Node, "what another node gives is known in a run")

	exec("INSERT INTO orders VALUES (4, 'Di')")
	require.Equal(t, at, seen(api.PreviewBody{Node: "all"}, 3, "orders").Looked[0].At, "it was seen then")
	h.do(developer, http.MethodPut, "/connections/warehouse", jsonDoc, marshal(t, api.ConnectionChange{Revision: 1, Draft: draft(s, map[string]any{"max_connections": 2})})).want(http.StatusOK)
	require.NotEqual(t, at, seen(api.PreviewBody{Node: "all"}, 4, "orders").Looked[0].At)
}

const fixedFlow = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: fixed}
spec:
  nodes:
    - {id: stream, type: message.read, with: {connection: events, topic: orders, group: nightly}}
    - {id: spread, type: message.read, with: {connection: events, topic: orders, spread: true}}
    - {id: channel, type: message.read, with: {connection: events, topic: "channel:news", format: text}}
    - {id: keys, type: keys.read, with: {connection: events, pattern: "user:*"}}
    - {id: later, type: keys.read, with: {connection: events, pattern: "{{ nodes.stream.table.rows }}", columns: [key, value]}, in: {input: stream}}
    - {id: mails, type: mail.read, with: {connection: nowhere}}
    - {id: behind, type: table.filter, in: {table: mails}, with: {where: "subject = 'x'"}}
    - {id: page, type: http.read, with: {connection: people, url: people, items: data, paging: next, next: next}}
`

// Columns that a table has in any case are known without asking anybody, and what depends on what is there by a look that changes nothing.
func TestLooksAtMessagesKeysAndPagesBeforeARun(t *testing.T) {
	h := build(t)
	s := msgserver.Redis(t)
	admin := redis.NewClient(&redis.Options{Addr: s.Host + ":" + itoa(s.Port), Username: msgserver.User, Password: msgserver.Password})
	t.Cleanup(func() { _ = admin.Close() })
	for _, body := range []string{`{"n": 1}`, `{"n": 2}`} {
		require.NoError(t, admin.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: []any{"key", "a", "body", body}}).Err())
	}
	require.NoError(t, admin.Set(t.Context(), "user:1", "Ada", 0).Err())
	var asked atomic.Int64
	people := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{"data": [{"id": 1, "name": "Ada"}], "next": "/people?page=2"}`))
	}))
	t.Cleanup(people.Close)
	make := func(name, kind string, config map[string]any) {
		t.Helper()
		h.post("/connections", api.NewConnection{Name: name, Kind: kind, Draft: connection.Draft{Config: config}}).want(http.StatusCreated)
	}
	make("events", "redis", map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"})
	make("people", "http", map[string]any{"url": people.URL})
	f := h.create(fixedFlow)
	ask := func(who string, body api.PreviewBody) (got api.NodePreview) {
		t.Helper()
		h.do(who, http.MethodPost, "/flows/"+f.ID+"/preview", jsonDoc, marshal(t, body)).want(http.StatusOK).into(&got)
		return got
	}
	const apart = "default developer without connection.use"

	for id, columns := range map[string]int{"stream": 6, "channel": 6, "keys": 4, "later": 2, "mails": 18} {
		got := ask(apart, api.PreviewBody{Node: id})
		require.Nil(t, got.Problem, id)
		require.Equal(t, node.Looked{Unit: "columns", More: true}, got.Looked[0].Looked, id)
		require.True(t, got.Table.Sampled, id)
		require.Len(t, got.Table.Columns, columns, id)
		require.Empty(t, got.Table.Rows, id)
	}
	for _, id := range []string{"spread", "page"} {
		require.Equal(t, "preview_unavailable", ask(apart, api.PreviewBody{Node: id}).Problem.Code, id)
	}
	require.Zero(t, asked.Load())

	for id, c := range map[string]struct {
		looked  node.Looked
		columns int
	}{
		"stream":  {node.Looked{Unit: "messages", Objects: 2, Of: 2, Source: "orders", Connection: "events"}, 6},
		"spread":  {node.Looked{Unit: "messages", Objects: 2, Of: 2, Source: "orders", Connection: "events"}, 6},
		"channel": {node.Looked{Unit: "messages", More: true, Source: "channel:news", Connection: "events"}, 6},
		"keys":    {node.Looked{Unit: "rows", Objects: 1, Of: 1, Source: "user:*", Connection: "events"}, 4},
		"page":    {node.Looked{Unit: "rows", Objects: 1, Of: 1, More: true, Source: "people", Connection: "people"}, 2},
	} {
		got := ask(developer, api.PreviewBody{Node: id})
		require.Nil(t, got.Problem, id)
		require.Len(t, got.Looked, 1, id)
		require.Equal(t, c.looked, got.Looked[0].Looked, id)
		require.Len(t, got.Table.Columns, c.columns, id)
		require.Len(t, got.Table.Rows, int(c.looked.Objects), id)
	}
	require.EqualValues(t, 1, asked.Load())
	groups, err := admin.XInfoGroups(t.Context(), "orders").Result()
	require.NoError(t, err)
	require.Empty(t, groups, "no group was made")

	got := ask(developer, api.PreviewBody{Node: "behind", Inputs: true})
	require.Nil(t, got.Problem)
	require.Len(t, got.Inputs[0].Columns, 18, "though the mailbox is not there")
	got = ask(developer, api.PreviewBody{Node: "behind"})
	require.Equal(t, []string{"connection_not_found", "mails"}, []string{got.Problem.Code, got.Problem.Node})

	var a api.Analysis
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(strings.Replace(fixedFlow, "subject =", "subjct =", 1))).want(http.StatusOK).into(&a)
	said := about(a.Problems, "behind")
	require.Len(t, said, 1)
	require.Equal(t, []any{flow.Warning, "column_unknown", "with.where"}, []any{said[0].Severity, said[0].Code, said[0].Field})
	require.Contains(t, said[0].Message, `"subject"`)
}
