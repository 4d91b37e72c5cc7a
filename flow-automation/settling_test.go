package automation

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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

// Marks that cannot be decided on are in nobody's way, are tried again ever more rarely, and told once.
func TestMarksThatCannotBeDecidedOn(t *testing.T) {
	moving := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "dataflow.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	var asked, bad atomic.Int64
	bad.Store(1)
	marks, err := connection.New(t.Context(), connection.Deps{DB: d, Clock: moving, Runs: func(_ context.Context, _, run, _ string) (connection.Became, error) {
		defer asked.Add(1)
		if bad.Load() > 0 && strings.HasPrefix(run, "bad") {
			return connection.Became{}, errors.New("cannot be read") //nolint:err113 // it is nobody's
		}
		return connection.Became{State: connection.RunSucceeded}, nil
	}})
	require.NoError(t, err)
	var log bytes.Buffer // read when nobody writes any more
	s := newSettler(marks, moving, slog.New(slog.NewTextHandler(&log, nil)))
	s.start()
	reads := func(run string) {
		require.NoError(t, marks.Propose(t.Context(), "default", "flow", "read", run, run, "1", moving.Now()))
	}
	ends := func(run string) {
		reads(run)
		before := asked.Load()
		s.moved([]engine.Numbered{{Run: engine.Run{Tenant: "default", ID: run, Status: engine.Succeeded}}})
		testkit.Eventually(t, "the run that has ended is asked about", func() bool { return asked.Load() > before })
	}
	open := func(want int) func() bool {
		return func() bool {
			var n int
			require.NoError(t, d.Read.QueryRowContext(t.Context(), openMarks).Scan(&n))
			return n == want
		}
	}
	for i := range 5 {
		ends(fmt.Sprint("bad", i))
	}
	moving.BlockUntil(1)
	require.Equal(t, 1, moving.Pending(), "one attempt is ahead, however many have failed")
	ends("good")
	testkit.Eventually(t, "runs that end are decided on meanwhile", open(5))
	reads("left") // by a process that died
	for _, wait := range []time.Duration{10, 20, 40, 80, 160, 300, 300} {
		before := asked.Load()
		moving.Advance(wait*time.Second - 1)
		require.Equal(t, before, asked.Load())
		require.Equal(t, 1, moving.Pending())
		moving.Advance(1)
		testkit.Eventually(t, "all are asked about", func() bool { return asked.Load() >= before+5 })
		moving.BlockUntil(1)
		require.True(t, open(5)(), "what stands behind a bad mark is decided on")
	}
	bad.Store(0)
	moving.Advance(300 * time.Second)
	testkit.Eventually(t, "what can be decided on again is", open(0))
	bad.Store(1)
	ends("bad again")
	moving.BlockUntil(1)
	s.end()
	require.Zero(t, moving.Pending())
	require.Equal(t, 2, strings.Count(log.String(), "level=WARN"), log.String())
	require.Contains(t, log.String(), "cannot be read")
}

// Of many marks only a few are told.
func TestOfManyMarksFewAreTold(t *testing.T) {
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "dataflow.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	moving := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	marks, err := connection.New(t.Context(), connection.Deps{DB: d, Clock: moving, Runs: func(_ context.Context, _, _, _ string) (connection.Became, error) {
		return connection.Became{}, errors.New("cannot be read") //nolint:err113 // it is nobody's
	}})
	require.NoError(t, err)
	runs := make([]connection.EndedRun, 5)
	for i := range runs {
		runs[i] = connection.EndedRun{Tenant: "default", ID: fmt.Sprint(i)}
		require.NoError(t, marks.Propose(t.Context(), "default", "flow", "read", "subject", runs[i].ID, "1", moving.Now()))
	}
	require.ErrorContains(t, marks.SettleRuns(t.Context(), runs), "and 2 more")
	require.NoError(t, marks.SettleRuns(t.Context(), []connection.EndedRun{{Tenant: "other", ID: "1"}}), "others are not asked about")
	err = marks.SettleRuns(t.Context(), runs[3:4])
	require.ErrorContains(t, err, "the run 3")
	require.NotContains(t, err.Error(), "the run 4")
}

// Of more runs than can be kept, all are looked at.
func TestMoreRunsThanAreKept(t *testing.T) {
	s := newSettler(nil, nil, nil)
	defer s.stop()
	many := make([]engine.Numbered, mostEnded+1)
	for i := range many {
		many[i] = engine.Numbered{Run: engine.Run{Tenant: "default", ID: fmt.Sprint(i), Status: engine.Failed}}
	}
	s.moved(many[1:])
	require.False(t, s.all)
	s.moved(many[:1])
	require.True(t, s.all)
	require.Less(t, len(s.ended), 1)
}
