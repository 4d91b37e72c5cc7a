package automation

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
)

// reader is a folder with a shop, from which a service reads what is new.
type reader struct {
	t   *testing.T
	dir string
	db  *db.DB
	*Service
	clock *clock.Fake // stands still, so that no housekeeping comes in between
	stop  func()
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{t: t, dir: t.TempDir(), clock: clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), stop: func() {}}
	t.Cleanup(func() { r.stop() })
	path := filepath.Join(r.dir, "files", "default", "shop.db")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	d, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	for _, s := range []string{"CREATE TABLE src (id INTEGER PRIMARY KEY)", "INSERT INTO src VALUES (1), (2)", "CREATE TABLE dst (id INTEGER)"} {
		_, err := d.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	require.NoError(t, d.Close())
	return r
}

func (r *reader) start() {
	r.t.Helper()
	var err error
	r.db, err = db.Open(r.t.Context(), db.Config{Path: filepath.Join(r.dir, "dataflow.db")})
	require.NoError(r.t, err)
	store, err := artifacts.New(filepath.Join(r.dir, "artifacts"))
	require.NoError(r.t, err)
	tables, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(r.dir, "tmp"), MemoryMiB: 512, Threads: 1})
	require.NoError(r.t, err)
	folder, err := files.New(filepath.Join(r.dir, "files"))
	require.NoError(r.t, err)
	keys, err := secret.Load(filepath.Join(r.dir, "secrets.key"))
	require.NoError(r.t, err)
	r.Service, err = New(r.t.Context(), Deps{
		Secrets: keys, DB: r.db, Artifacts: store, Tables: tables, Files: folder, HTTP: http.DefaultClient, Clock: r.clock, Log: telemetry.Discard(),
		System: func(context.Context) api.System { return api.System{} },
	})
	require.NoError(r.t, err)
	require.NoError(r.t, r.Start(r.t.Context()))
	r.stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(r.t, r.Stop(ctx))
		require.NoError(r.t, tables.Close())
		require.NoError(r.t, r.db.Close())
		r.stop = func() {}
	}
}

// run carries out the text, without looking at marks.
func (r *reader) run(text string) engine.Run {
	r.t.Helper()
	doc, _, err := flow.Parse([]byte(text))
	require.NoError(r.t, err)
	begun, err := r.Engine().Begin(r.t.Context(), engine.StartRequest{Tenant: "default", Document: doc, By: "test"})
	require.NoError(r.t, err)
	ended, err := r.engine.Wait(r.t.Context(), "default", begun.ID)
	require.NoError(r.t, err)
	_, err = r.engine.Newest(r.t.Context()) // rows are written, as they are in a moment anyway
	require.NoError(r.t, err)
	return ended
}

func (r *reader) number(query string) (n int) {
	r.t.Helper()
	require.NoError(r.t, r.db.Read.QueryRowContext(r.t.Context(), query).Scan(&n))
	return n
}

const (
	copies = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: copies}
spec:
  nodes:
    - {id: read, type: sql.read, with: {connection: shop, table: src, incremental: id}}
    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst}}
`
	holds = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: holds}
spec:
  nodes:
    - {id: read, type: sql.read, with: {connection: shop, table: src, incremental: id}}
    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: nowhere, create: false}, onError: continue}
`
	openMarks = "SELECT count(*) FROM connection_marks WHERE settled = 0"
)

// What a run has read counts, or does not, once it has ended: nobody has to look.
func TestMarksAreDecidedOnWhereRunsEnd(t *testing.T) {
	r := newReader(t)
	r.start()
	_, err := r.connections.Create(t.Context(), "default", "shop", "sqlite", connection.Draft{Config: map[string]any{"path": "shop.db"}}, connection.Change{At: r.clock.Now()})
	require.NoError(t, err)
	run := r.run(copies)
	require.Equal(t, engine.Succeeded, run.Status, "%v", run.Error)
	testkit.Eventually(t, "the mark counts", func() bool {
		return r.number("SELECT count(*) FROM connection_marks WHERE settled = 1 AND value = '2'") == 1
	})
	require.Zero(t, r.number(openMarks))
	run = r.run(holds)
	require.Equal(t, engine.Succeeded, run.Status, "%v", run.Error)
	testkit.Eventually(t, "the mark is held", func() bool { return r.number("SELECT count(*) FROM connection_held WHERE failed = 'load'") == 1 })
	require.Zero(t, r.number(openMarks))

	// A process that died before it could decide leaves that to the next one.
	_, err = r.db.Write.ExecContext(t.Context(), "UPDATE connection_marks SET settled = 0")
	require.NoError(t, err)
	r.stop()
	r.start()
	testkit.Eventually(t, "the next start decides", func() bool { return r.number(openMarks) == 0 })
	require.Equal(t, 1, r.number("SELECT count(*) FROM connection_marks WHERE settled = 1"))
}
