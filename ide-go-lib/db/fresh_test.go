package db_test

import (
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
)

const madeByAll = `-- Version 10. Written for this test.

CREATE TABLE pets (name TEXT PRIMARY KEY, born INTEGER);
CREATE TRIGGER pets_born AFTER INSERT ON pets BEGIN
	UPDATE pets SET born = 1 WHERE name = new.name;
	UPDATE pets SET born = born + 1 WHERE name = new.name;
END;
`

func pets() fstest.MapFS {
	return fstest.MapFS{
		"00001_pets.sql": {Data: []byte("-- +goose Up\nCREATE TABLE pets (id TEXT PRIMARY KEY);\n\n-- +goose Down\nDROP TABLE pets;\n")},
		"00002_born.sql": {Data: []byte("-- +goose Up\nALTER TABLE pets ADD COLUMN born INTEGER;\n")},
		"00010_name.sql": {Data: []byte("-- +goose Up\nALTER TABLE pets RENAME COLUMN id TO name;\n")},
		"whole.sql":      {Data: []byte(madeByAll)},
	}
}

// counted opens a database that counts what is committed.
func counted(t *testing.T, commits *int) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "counted.db"), Guard: func() error {
		*commits++
		return nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	*commits = 0
	return d
}

func triggers(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").Scan(&n))
	return n
}

func TestNewTablesAreMadeAtOnce(t *testing.T) {
	var commits int
	d := counted(t, &commits)
	require.NoError(t, d.Migrate(t.Context(), pets(), "pets"))
	require.Equal(t, 1, commits)
	require.Equal(t, 1, triggers(t, d), "by the script")
	versions, err := d.Versions(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"pets": 10}, versions)

	require.NoError(t, d.Migrate(t.Context(), pets(), "pets"))
	require.Equal(t, 1, commits, "what is there is left alone")
	more := pets()
	more["00011_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE pets ADD COLUMN kind TEXT;\n")}
	require.NoError(t, d.Migrate(t.Context(), more, "pets"))
	_, err = d.Write.ExecContext(t.Context(), "INSERT INTO pets (name, kind) VALUES ('rex', 'dog')")
	require.NoError(t, err)
}

// A script of another version is no help, and neither is one that does not say of which it is.
func TestNewTablesWithoutTheirScript(t *testing.T) {
	for name, script := range map[string]string{"old": "-- Version 2. So it was.\n", "unknown": "CREATE TABLE pets (id TEXT);\n", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			files := pets()
			files["whole.sql"] = &fstest.MapFile{Data: []byte(script)}
			d := open(t)
			require.NoError(t, d.Migrate(t.Context(), files, "pets"))
			require.Zero(t, triggers(t, d))
			_, err := d.Write.ExecContext(t.Context(), "INSERT INTO pets (name, born) VALUES ('rex', 1)")
			require.NoError(t, err)
		})
	}
}

func TestNewTablesThatFailLeaveNothing(t *testing.T) {
	files := pets()
	files["whole.sql"] = &fstest.MapFile{Data: []byte(madeByAll + "CREATE TABLE pets (id TEXT);\n")}
	d := open(t)
	require.ErrorContains(t, d.Migrate(t.Context(), files, "pets"), "whole.sql")
	var n int
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema").Scan(&n))
	require.Zero(t, n)
}

func TestSeveralMakeNewTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	var wg sync.WaitGroup
	for range 4 {
		d, err := db.Open(t.Context(), db.Config{Path: path})
		require.NoError(t, err)
		defer func() { require.NoError(t, d.Close()) }()
		wg.Go(func() {
			if err := d.Migrate(t.Context(), pets(), "pets"); err != nil {
				t.Error(err)
			}
			if v, err := d.Versions(t.Context()); err != nil || v["pets"] != 10 {
				t.Error(v, err)
			}
		})
	}
	wg.Wait()
}
