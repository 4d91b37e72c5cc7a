package storage

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/nodes/storage/download"
	"dataflow/flow-automation/nodes/storage/get"
	"dataflow/flow-automation/nodes/storage/list"
	"dataflow/flow-automation/nodes/storage/move"
	"dataflow/flow-automation/nodes/storage/put"
	"dataflow/flow-automation/nodes/storage/remove"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestExamples(t *testing.T) {
	node.NewRegistry(Types()) // panics when a type is incomplete
	for _, typ := range Types() {
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
}

// world is a bench with a bucket, and what is in it.
type world struct {
	*exampletest.Bench
	t *testing.T
}

func newWorld(t *testing.T) world {
	b := exampletest.New(t)
	b.T = t
	return world{b, t}
}

func (w world) write(name, text string) {
	w.t.Helper()
	_, err := w.Files.Put(w.t.Context(), exampletest.Tenant, exampletest.BucketFolder+"/"+name, strings.NewReader(text))
	require.NoError(w.t, err)
}

func (w world) names(prefix string) (names []string) {
	w.t.Helper()
	all, err := w.Files.All(w.t.Context(), exampletest.Tenant, exampletest.BucketFolder+"/"+prefix)
	require.NoError(w.t, err)
	for _, f := range all {
		names = append(names, strings.TrimPrefix(f.Name, exampletest.BucketFolder+"/"))
	}
	return names
}

func (w world) read(name string) string {
	w.t.Helper()
	path, err := w.Files.Local(w.t.Context(), exampletest.Tenant, exampletest.BucketFolder+"/"+name)
	require.NoError(w.t, err)
	text, err := os.ReadFile(path)
	require.NoError(w.t, err)
	return string(text)
}

func (w world) table(rows string) map[string][]value.Value {
	w.t.Helper()
	return map[string][]value.Value{"table": {w.Table(json.RawMessage(rows))}}
}

// marks remembers what is proposed, once the run has succeeded.
type marks struct {
	exampletest.Marks
	proposed string
}

func (m *marks) Propose(_ context.Context, _, _, _, subject, _, value string, _ time.Time) error {
	m.Subject, m.proposed = subject, value
	return nil
}

func TestOnlyNewOrChanged(t *testing.T) {
	w := newWorld(t)
	known := &marks{}
	run := func(limit int) (names []string) {
		t.Helper()
		call := w.Call(map[string]any{"connection": "bucket", "prefix": "new/", "new": true, "limit": limit}, nil)
		call.Env.Marks = known
		out, err := list.Type().Run(t.Context(), call)
		require.NoError(t, err)
		for _, row := range w.Rows(*out["table"].Artifact).([]any) {
			names = append(names, row.(map[string]any)["name"].(string))
		}
		return names
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		w.write("new/"+name, name)
	}
	require.Equal(t, []string{"new/a", "new/b", "new/c", "new/d"}, run(0))
	require.Equal(t, []string{"new/a", "new/b"}, run(2), "a run that did not succeed is not remembered")
	known.Value = known.proposed
	require.Equal(t, []string{"new/c"}, run(1), "the others come later")
	known.Value = known.proposed
	require.Equal(t, []string{"new/d"}, run(1))
	known.Value = known.proposed
	require.Empty(t, run(1))
	known.Value = known.proposed
	w.write("new/a", "changed")
	w.write("new/0", "before all")
	require.NoError(t, w.Files.Delete(t.Context(), exampletest.Tenant, exampletest.BucketFolder+"/new/b"))
	require.Equal(t, []string{"new/0", "new/a"}, run(0))
	known.Value = known.proposed
	require.Empty(t, run(0))
	require.Contains(t, strings.Join(w.Logs, "\n"), "0 are new or changed of 4 objects")
	known.Value = known.proposed
	w.write("new/b", "b")
	require.Equal(t, []string{"new/b"}, run(0), "what was gone is new again")
	known.Value, known.Subject = known.proposed, `["objects","bucket","new/",""]`
	require.Empty(t, run(0), "an earlier version has seen it")
}

func TestFilesThereAndBack(t *testing.T) {
	w := newWorld(t)
	out, err := get.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "name": "in/note.txt"}, nil))
	require.NoError(t, err)
	require.Equal(t, "text/plain", out["file"].MediaType)
	other, err := get.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "name": "in/orders.csv"}, nil))
	require.NoError(t, err)
	in := map[string][]value.Value{"file": {out["file"], other["file"]}}
	_, err = put.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "name": "copies/"}, in))
	require.NoError(t, err)
	require.Equal(t, []string{"copies/note.txt", "copies/orders.csv"}, w.names("copies"))
	require.Equal(t, "Ask Ann.", w.read("copies/note.txt"))
	_, err = put.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "name": "copies/one"}, map[string][]value.Value{"file": {out["file"]}}))
	require.NoError(t, err)
	require.Equal(t, "Ask Ann.", w.read("copies/one"))
}

func TestParts(t *testing.T) {
	w := newWorld(t)
	written := func(with map[string]any, key, rows string) string {
		t.Helper()
		with["connection"], with["name"], with["format"], with["partition_by"] = "bucket", "t/", "csv", []any{"day"}
		call := w.Call(with, w.table(rows))
		call.IdempotencyKey = key
		out, err := put.Type().Run(t.Context(), call)
		require.NoError(t, err)
		return string(out["written"].Data)
	}
	const both = `[{"id": 1, "day": "mon"}, {"id": 2, "day": "tue"}]`
	for range 2 { // a repetition adds nothing
		require.JSONEq(t, `{"objects": 2, "bytes": 10, "removed": 0}`, written(map[string]any{}, "run1", both))
		require.EqualValues(t, 2, w.Details["written_rows"])
		require.Len(t, w.names("t/"), 2)
	}
	require.JSONEq(t, `{"objects": 1, "bytes": 5, "removed": 0}`, written(map[string]any{}, "run2", `[{"id": 3, "day": "mon"}]`))
	require.Len(t, w.names("t/"), 3, "another run adds to them")
	require.JSONEq(t, `{"objects": 1, "bytes": 5, "removed": 1}`, written(map[string]any{}, "run1", `[{"id": 1, "day": "mon"}]`), "what an earlier attempt has written and this one has not")
	w.write("t/day=sun/x.csv", "id\n8\n")
	require.JSONEq(t, `{"objects": 1, "bytes": 5, "removed": 2}`, written(map[string]any{"existing": "replace_parts"}, "run3", `[{"id": 4, "day": "mon"}]`))
	require.Equal(t, []string{"t/day=mon/part0.csv", "t/day=sun/x.csv"}, w.names("t/"))
	require.Equal(t, "id\n4\n", w.read("t/day=mon/part0.csv"))
	require.JSONEq(t, `{"objects": 1, "bytes": 5, "removed": 2}`, written(map[string]any{"existing": "replace"}, "run4", `[{"id": 5, "day": "tue"}]`))
	require.Equal(t, []string{"t/day=tue/part0.csv"}, w.names("t/"))

	// Of a file that is in the way of the second part, the first one is not seen either.
	w.write("t/day=wed", "in the way")
	call := w.Call(map[string]any{"connection": "bucket", "name": "t", "partition_by": []any{"day"}}, w.table(`[{"id": 1, "day": "wed"}]`))
	_, err := put.Type().Run(t.Context(), call)
	require.Equal(t, "path_is_file", errs.From(err).Code, err)
	require.Equal(t, []string{"t/day=tue/part0.csv", "t/day=wed"}, w.names("t/"))

	// DuckDB reads them with the column that has become folders.
	_, err = put.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "name": "p", "partition_by": []any{"day", "id"}}, w.table(`[{"id": 1, "day": "a/b", "v": "x"}, {"id": 2, "day": null, "v": null}]`)))
	require.NoError(t, err)
	names := w.names("p/")
	require.Len(t, names, 2)
	require.Equal(t, "p/day=__HIVE_DEFAULT_PARTITION__/id=2", filepath.Dir(names[0]))
	require.Equal(t, "p/day=a%2Fb/id=1", filepath.Dir(names[1]))

	with := map[string]any{"connection": "bucket", "name": "p", "partition_by": []any{"day"}, "existing": "replace"}
	none := map[string][]value.Value{"table": {w.none()}}
	_, err = put.Type().Run(t.Context(), w.Call(with, none))
	require.Equal(t, "with.existing", errs.From(err).Details[0].Field, err)
	require.Contains(t, err.Error(), "everything in p/ would be removed")
	require.Equal(t, names, w.names("p/"), "a source that gives nothing empties no folder")
	with["none"] = "empty"
	out, err := put.Type().Run(t.Context(), w.Call(with, none))
	require.NoError(t, err)
	require.JSONEq(t, `{"objects": 0, "bytes": 0, "removed": 2}`, string(out["written"].Data), "no rows leave nothing")
}

// none makes a table of no rows.
func (w world) none() value.Value {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "none.csv")
	require.NoError(w.t, os.WriteFile(path, []byte("id,day\n"), 0o600))
	yes := true
	t, err := w.Engine.Import(w.t.Context(), exampletest.Tenant, path, table.ImportOptions{Header: &yes}, nil)
	require.NoError(w.t, err)
	return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}
}

// What was written anew after it had been listed has been read by nobody: it is neither deleted nor moved away.
func TestWhatHasChangedStays(t *testing.T) {
	w := newWorld(t)
	listed := func() map[string][]value.Value {
		t.Helper()
		out, err := list.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "prefix": "box/"}, nil))
		require.NoError(t, err)
		return map[string][]value.Value{"table": {out["table"]}}
	}
	for _, name := range []string{"a", "b", "c"} {
		w.write("box/"+name, name)
	}
	in := listed()
	w.write("box/b", "another")
	out, err := remove.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket"}, in))
	require.NoError(t, err)
	require.JSONEq(t, `{"names": 2, "changed": 1}`, string(out["deleted"].Data))
	out, err = remove.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket"}, in))
	require.NoError(t, err, "a second attempt ends as the first did")
	require.JSONEq(t, `{"names": 2, "changed": 1}`, string(out["deleted"].Data))
	require.Equal(t, []string{"box/b"}, w.names("box/"))
	require.Contains(t, w.Logs, "warn: box/b has changed since it was listed, and stays where it is.")
	w.write("box/d", "d")
	in = listed()
	w.write("box/b", "a third one")
	out, err = move.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "to": "done/"}, in))
	require.NoError(t, err)
	require.JSONEq(t, `{"moved": 1, "already": 0, "changed": 1}`, string(out["moved"].Data))
	in = listed()
	w.write("box/b", "a fourth one")
	for range 2 {
		out, err = remove.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket"}, in))
		require.NoError(t, err)
		require.JSONEq(t, `{"names": 0, "changed": 1}`, string(out["deleted"].Data), "it is left, whether others are there or not")
	}
	out, err = move.Type().Run(t.Context(), w.Call(map[string]any{"connection": "bucket", "to": "done/"}, listed()))
	require.NoError(t, err)
	require.JSONEq(t, `{"moved": 1, "already": 0}`, string(out["moved"].Data))
	require.Equal(t, "a fourth one", w.read("done/b"))
}

func TestMovedAlready(t *testing.T) {
	w := newWorld(t)
	w.write("work/a", "1")
	w.write("work/b", "2")
	with := map[string]any{"connection": "bucket", "to": "done/"}
	in := w.table(`[{"name": "work/a"}, {"name": "work/b"}]`)
	for _, want := range []string{`{"moved": 2, "already": 0}`, `{"moved": 0, "already": 2}`} {
		out, err := move.Type().Run(t.Context(), w.Call(with, in))
		require.NoError(t, err)
		require.JSONEq(t, want, string(out["moved"].Data))
	}
	require.Equal(t, []string{"done/a", "done/b"}, w.names("done"))
}

func TestErrorsNameTheField(t *testing.T) {
	w := newWorld(t)
	rows := w.table(`[{"name": "in/orders.csv"}, {"name": "in/gone.csv"}]`)
	twice := w.table(`[{"name": "in/orders.csv"}, {"name": "orders.csv"}]`)
	null := w.table(`[{"name": "in/orders.csv"}, {"name": null}]`)
	for _, c := range []struct {
		typ         node.Type
		with        map[string]any
		in          map[string][]value.Value
		code, field string
	}{
		{list.Type(), map[string]any{"connection": "shop"}, nil, "connection_unfit", "with.connection"},
		{list.Type(), map[string]any{"connection": "bukket"}, nil, "connection_not_found", "with.connection"},
		{list.Type(), map[string]any{"prefix": "../x"}, nil, "object_name_invalid", "with.prefix"},
		{list.Type(), map[string]any{"match": "[a"}, nil, "config_invalid", "with.match"},
		{get.Type(), map[string]any{"name": "in/oders.csv"}, nil, "object_not_found", "with.name"},
		{get.Type(), map[string]any{"name": "/etc/passwd"}, nil, "object_name_invalid", "with.name"},
		{download.Type(), map[string]any{}, nil, "config_invalid", "with.name"},
		{download.Type(), map[string]any{"name": "x"}, rows, "config_invalid", "with.name"},
		{download.Type(), map[string]any{"column": "file"}, rows, "column_missing", "with.column"},
		{download.Type(), map[string]any{}, rows, "object_not_found", "in.table"},
		{download.Type(), map[string]any{}, null, "object_name_invalid", "in.table"},
		{download.Type(), map[string]any{"name": "in/orders.csv", "into": "/x"}, nil, "path_outside", "with.into"},
		{download.Type(), map[string]any{"name": "in/orders.csv", "into": "../.."}, nil, "path_outside", "with.into"},
		{move.Type(), map[string]any{"to": "x"}, rows, "config_invalid", "with.to"},
		{move.Type(), map[string]any{"to": "x/"}, twice, "name_twice", "with.to"},
		{move.Type(), map[string]any{"to": "../"}, rows, "object_name_invalid", "with.to"},
		{move.Type(), map[string]any{"name": "in/gone.csv", "to": "x"}, nil, "object_not_found", "with.name"},
		{remove.Type(), map[string]any{"name": "../x"}, nil, "object_name_invalid", "with.name"},
		{put.Type(), map[string]any{"name": "x.csv"}, nil, "input_missing", ""},
		{put.Type(), map[string]any{"name": "x/"}, rows, "config_invalid", "with.name"},
		{put.Type(), map[string]any{"name": "x.doc"}, rows, "format_unknown", "with.format"},
		{put.Type(), map[string]any{"name": "../x.csv"}, rows, "object_name_invalid", "with.name"},
		{put.Type(), map[string]any{"name": "x", "partition_by": []any{"nam"}}, rows, "column_missing", "with.partition_by"},
		{put.Type(), map[string]any{"name": "x", "partition_by": []any{"name"}}, rows, "columns_all_keys", "with.partition_by"},
		{put.Type(), map[string]any{"name": "x", "partition_by": []any{"name"}, "format": "xlsx"}, rows, "config_invalid", "with.format"},
		{put.Type(), map[string]any{"name": "x.csv", "existing": "replace"}, rows, "config_invalid", "with.existing"},
	} {
		if c.with["connection"] == nil {
			c.with["connection"] = "bucket"
		}
		w.Refuses(c.typ, c.with, c.in, c.code, c.field)
	}
}

// The files folder itself, and a folder as a shell writes it, are taken.
func TestDownloadIntoAnyFolder(t *testing.T) {
	w := newWorld(t)
	for into, want := range map[string]string{".": "in/orders.csv", "./x": "x/in/orders.csv", "y/": "y/in/orders.csv", "a/../b": "b/in/orders.csv"} {
		with := map[string]any{"connection": "bucket", "name": "in/orders.csv", "into": into}
		raw, err := json.Marshal(with)
		require.NoError(t, err)
		require.Empty(t, download.Type().Check(raw), into)
		out, err := download.Type().Run(t.Context(), w.Call(with, nil))
		require.NoError(t, err, into)
		rows := w.Rows(*out["files"].Artifact).([]any)
		require.Equal(t, want, rows[0].(map[string]any)["file"])
	}
}

// Of a list of one storage no version is that of a copy in another one.
func TestListsOfAnotherConnection(t *testing.T) {
	w := newWorld(t)
	there := servers(t, w)
	content := map[string]string{"in/a.csv": "x\n1\n", "in/b.csv": "x\n2\n"}
	for listed, other := range map[string]string{"s3": "sftp", "sftp": "s3"} {
		t.Run(listed, func(t *testing.T) {
			w.t = t
			run := func(on string, typ node.Type, with map[string]any, in map[string][]value.Value) (value.Outputs, error) {
				t.Helper()
				with["connection"] = on
				call := w.Call(with, in)
				env := *call.Env
				env.Connections = there[on]
				call.Env = &env
				return typ.Run(t.Context(), call)
			}
			there[listed].put(t, content)
			there[other].put(t, map[string]string{"in/a.csv": "x\n1\n"}) // b.csv is not there
			out, err := run(listed, list.Type(), map[string]any{"prefix": "in/"}, nil)
			require.NoError(t, err)
			in := map[string][]value.Value{"table": {out["table"]}}
			_, err = run(other, remove.Type(), map[string]any{}, in)
			require.Equal(t, connector.CodeObjectChanged, errs.From(err).Code, err)
			require.Contains(t, err.Error(), "another connection")
			there[other].put(t, content)
			_, err = run(other, move.Type(), map[string]any{"to": "done/"}, in)
			require.Equal(t, connector.CodeObjectChanged, errs.From(err).Code, err)
			names := w.table(`[{"name": "in/a.csv"}, {"name": "in/b.csv"}]`)
			out, err = run(other, move.Type(), map[string]any{"to": "done/"}, names)
			require.NoError(t, err)
			require.JSONEq(t, `{"moved": 2, "already": 0}`, string(out["moved"].Data), "names alone are not compared")
			out, err = run(listed, remove.Type(), map[string]any{}, in)
			require.NoError(t, err)
			require.JSONEq(t, `{"names": 2}`, string(out["deleted"].Data))
			_, err = run(other, remove.Type(), map[string]any{}, w.table(`[{"name": "done/a.csv"}, {"name": "done/b.csv"}]`))
			require.NoError(t, err)
		})
	}
}
