package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
)

var people = fstest.MapFS{
	"00001_people.sql": {Data: []byte("-- +goose Up\nCREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER);\n")},
}

func open(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "made for it", "a?b#100%.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestOpenMakesPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "dataflow.db")
	d, err := db.Open(t.Context(), db.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, d.Check(t.Context()))
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.NoError(t, d.Close())
	require.NoError(t, d.Close(), "closing twice does nothing")
	require.Error(t, d.Check(t.Context()))
}

func TestOpenRefuses(t *testing.T) {
	for name, cfg := range map[string]db.Config{
		"nothing":     {},
		"both":        {Path: "a", DSN: "postgres://b"},
		"server":      {DSN: "postgres://user:secret@host/db"},
		"a directory": {Path: t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := db.Open(t.Context(), cfg)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestMigrateTwiceAndByComponent(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	more := fstest.MapFS{
		"00001_people.sql": people["00001_people.sql"],
		"00002_pets.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE pets (id TEXT PRIMARY KEY);\n")},
	}
	require.NoError(t, d.Migrate(t.Context(), more, "people"))
	own := fstest.MapFS{
		"sqlite/00001_cars.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE cars (id TEXT PRIMARY KEY);\n")},
		"postgres/00001_cars.sql": {Data: []byte("-- +goose Up\nCREATE TABLE cars (id UUID PRIMARY KEY) TABLESPACE x;\n")},
	}
	require.NoError(t, d.Migrate(t.Context(), own, "cars"))
	for _, table := range []string{"people", "pets", "cars", "schema_people", "schema_cars"} {
		var n int
		require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n), table)
	}
	require.ErrorContains(t, d.Migrate(t.Context(), people, "people"), "start a newer program")
	require.ErrorContains(t, d.Migrate(t.Context(), people, "drop table;"), "not a name")
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	d := open(t)
	broken := fstest.MapFS{"00001_x.sql": {Data: []byte("-- +goose Up\nCREATE TABLE x (id TEXT);\nCREATE TABLE x (id TEXT);\n")}}
	require.Error(t, d.Migrate(t.Context(), broken, "x"))
	broken["00001_x.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE x (id TEXT);\n")}
	require.NoError(t, d.Migrate(t.Context(), broken, "x"))
}

func TestReadersAreNotHeldUpByAWriter(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	insert(t, d, "1", "Ann")

	tx, err := d.Write.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO people VALUES ('2', 'Bo', 3)")
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	var n int
	require.NoError(t, d.Read.QueryRowContext(ctx, "SELECT count(*) FROM people").Scan(&n))
	require.Equal(t, 1, n, "what is not committed is not seen")
	require.NoError(t, tx.Commit())
	require.NoError(t, d.Read.QueryRowContext(ctx, "SELECT count(*) FROM people").Scan(&n))
	require.Equal(t, 2, n)
}

func TestReadersWithWriters(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	const writers, each = 4, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				insert(t, d, fmt.Sprint(w, "-", i), fmt.Sprint("name", w, "-", i))
			}
		})
		wg.Go(func() {
			last := 0
			for last < writers*each {
				var n int
				if err := d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM people").Scan(&n); err != nil || n < last {
					t.Errorf("read %d after %d: %v", n, last, err)
					return
				}
				last = n
			}
		})
	}
	wg.Wait()
}

func TestReadCannotWrite(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	_, err := d.Read.ExecContext(t.Context(), "INSERT INTO people VALUES ('1', 'Ann', 3)")
	require.ErrorContains(t, err, "readonly")
}

func TestTx(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	add := func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO people VALUES ('1', 'Ann', 3)")
		return err
	}
	broken := errors.New("broken")
	require.ErrorIs(t, d.Tx(t.Context(), func(tx *sql.Tx) error {
		require.NoError(t, add(tx))
		return broken
	}), broken)
	require.Panics(t, func() {
		_ = d.Tx(t.Context(), func(tx *sql.Tx) error {
			require.NoError(t, add(tx))
			panic("broken")
		})
	})
	require.NoError(t, d.Tx(t.Context(), add), "neither the error nor the panic left anything behind")
	require.True(t, d.Dialect.IsUnique(d.Tx(t.Context(), add)))
	require.False(t, d.Dialect.IsUnique(broken))
}

func insert(t *testing.T, d *db.DB, id, name string) {
	t.Helper()
	_, err := d.Write.ExecContext(t.Context(), "INSERT INTO people VALUES (?, ?, 1)", id, name)
	if err != nil {
		t.Errorf("insert %s: %v", id, err)
	}
}

func TestPassingFileWaitsForNoDisk(t *testing.T) {
	const off, full = 0, 2
	for passing, want := range map[bool]int{true: off, false: full} {
		d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "passing.db"), Passing: passing})
		require.NoError(t, err)
		require.NoError(t, d.Migrate(t.Context(), people, "people"))
		insert(t, d, "1", "Ann")
		var got, n int
		require.NoError(t, d.Write.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&got))
		require.Equal(t, want, got)
		require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM people").Scan(&n))
		require.Equal(t, 1, n)
		require.NoError(t, d.Close())
	}
}
