package api_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit/storageserver"
)

// What is new in a bucket is fetched, read, put together with what a web service says, and written back in parts.
const bucketFlow = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: bucket}
spec:
  params: {fail: {type: boolean, default: false}}
  nodes:
    - {id: fresh, type: storage.list, with: {connection: bucket, prefix: in/, match: "*.csv", new: true}}
    - {id: local, type: storage.download, in: {table: fresh}, with: {connection: bucket, into: incoming}}
    - {id: people, type: http.read, with: {connection: people, url: people, items: data, paging: next, next: next}}
    - {id: first, type: storage.get, with: {connection: bucket, name: in/a.csv}}
    - {id: rows, type: file.parse, in: {file: first}, with: {}}
    - {id: joined, type: table.join, in: {left: rows, right: people}, with: {on: [{left: who, right: id}]}}
    - {id: parts, type: storage.put, in: {table: joined}, with: {connection: bucket, name: out/, partition_by: [name], existing: replace}}
    - {id: bad, type: control.if, in: {value: local}, with: {condition: "{{ params.fail }}"}}
    - {id: boom, type: control.fail, in: {input: bad.true}, with: {message: on purpose}}
    - {id: done, type: storage.move, in: {table: local}, with: {connection: bucket, to: done/}}
`

func TestStorageAndWebServices(t *testing.T) {
	h := build(t)
	s := storageserver.StartS3(t, false)
	const token = "wide-open-5Xp9"
	people := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("key") != token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		page := `{"data": [{"id": 1, "name": "Ada"}], "next": "/people?page=2"}`
		if r.URL.Query().Get("page") == "2" {
			page = `{"data": [{"id": 2, "name": "Bob"}], "next": null}`
		}
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(people.Close)
	post := func(path string, body any) answer {
		t.Helper()
		return h.do(developer, http.MethodPost, path, jsonDoc, marshal(t, body))
	}
	post("/connections", api.NewConnection{Name: "bucket", Kind: "s3", Draft: connection.Draft{Config: map[string]any{
		"host": s.Host, "port": s.Port, "bucket": "shop", "access_key": s.Access, "secret_key": storageserver.Password, "tls": "off",
	}}}).want(http.StatusCreated)
	post("/connections", api.NewConnection{Name: "people", Kind: "http", Draft: connection.Draft{Config: map[string]any{
		"url": people.URL, "auth": "api_key", "key_in": "query", "key_name": "key", "key": token, "test_path": "people",
	}}}).want(http.StatusCreated)
	for _, name := range []string{"bucket", "people"} {
		var result connection.Test
		post("/connections/"+name+"/test", nil).want(http.StatusOK).into(&result)
		require.True(t, result.OK, result.Message)
	}
	for name, text := range map[string]string{"in/a.csv": "who,amount\n1,12.5\n2,3\n", "in/b.csv": "who,amount\n2,9\n", "in/c.txt": "no"} {
		require.NoError(t, os.MkdirAll(filepath.Join(s.Dir, "shop", "in"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "shop", name), []byte(text), 0o600))
	}

	var entries api.List[connector.Entry]
	h.get("/connections/bucket/entries").want(http.StatusOK).into(&entries)
	require.Equal(t, "in", entries.Items[0].Name)
	h.get("/connections/bucket/entries?schema=in").want(http.StatusOK).into(&entries)
	require.Len(t, entries.Items, 3)
	var page table.Page
	h.get("/connections/bucket/rows?schema=in&table=in/a.csv&limit=1").want(http.StatusOK).into(&page)
	require.Equal(t, json.RawMessage(`[1,12.5]`), page.Rows[0])
	h.get("/connections/bucket/rows?schema=in&table=in/aa.csv").problem(http.StatusNotFound, connector.CodeObject)

	f := h.create(bucketFlow)
	run := func(fail bool) engine.Run {
		var r engine.Run
		h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Params: map[string]any{"fail": fail}}).want(http.StatusAccepted).into(&r)
		return h.finish(r.ID)
	}
	names := func(folder string) (names []string) {
		require.NoError(t, filepath.WalkDir(filepath.Join(s.Dir, "shop", folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, strings.TrimPrefix(path, filepath.Join(s.Dir, "shop")+"/"))
			}
			return err
		}))
		return names
	}
	require.Equal(t, engine.Failed, run(true).Status)
	first := run(false)
	require.Equal(t, engine.Failed, first.Status, "the failed run had moved the objects away")
	require.Equal(t, connector.CodeObject, first.Error.Code)
	require.Equal(t, []string{"done/a.csv", "done/b.csv"}, names("done"))
	require.NoError(t, os.Rename(filepath.Join(s.Dir, "shop", "done", "a.csv"), filepath.Join(s.Dir, "shop", "in", "a.csv")))
	again := run(false)
	require.Equal(t, engine.Succeeded, again.Status, again.Error)
	require.Equal(t, []string{"out/name=Ada/part0.parquet", "out/name=Bob/part0.parquet"}, names("out"))
	require.Equal(t, []string{"done/a.csv", "done/b.csv"}, names("done"))

	require.NoError(t, filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range []string{storageserver.Password, token} {
			require.False(t, strings.Contains(string(content), secret), "a secret is in %s", path)
		}
		return err
	}))
}
