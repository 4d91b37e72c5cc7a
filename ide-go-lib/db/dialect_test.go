package db_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
)

func TestUpsert(t *testing.T) {
	d := open(t)
	require.NoError(t, d.Migrate(t.Context(), people, "people"))
	upsert := d.Dialect.Rebind(d.Dialect.Upsert("people", []string{"id"}, []string{"id", "name", "age"}))
	for _, name := range []string{"Ann", "Anna"} {
		_, err := d.Write.ExecContext(t.Context(), upsert, "1", name, 30)
		require.NoError(t, err)
	}
	var name string
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT name FROM people").Scan(&name))
	require.Equal(t, "Anna", name)

	ignore := d.Dialect.Upsert("people", []string{"id", "name"}, []string{"id", "name"})
	require.Equal(t, "INSERT INTO people (id, name) VALUES (?, ?) ON CONFLICT (id, name) DO NOTHING", ignore)
}

func TestTypesKeepWhatTheyAreGiven(t *testing.T) {
	d := open(t)
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	for kind, value := range map[db.Type]any{
		db.Text: "0123", db.Integer: at.UnixMilli(), db.Real: 1.5, db.Blob: []byte{0, 1}, db.JSON: `{"a":1}`,
	} {
		_, err := d.Write.ExecContext(t.Context(), "CREATE TABLE t_"+string(kind)+" (v "+d.Dialect.Type(kind)+")")
		require.NoError(t, err)
		_, err = d.Write.ExecContext(t.Context(), "INSERT INTO t_"+string(kind)+" VALUES (?)", value)
		require.NoError(t, err)
		var got any
		require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT v FROM t_"+string(kind)).Scan(&got))
		require.Equal(t, value, got, kind)
	}
}

func TestBusyIsRecognised(t *testing.T) {
	d := open(t)
	require.False(t, d.Dialect.IsBusy(errors.New("SQLITE_BUSY")))
	require.False(t, d.Dialect.IsBusy(nil))
	require.Equal(t, "sqlite", d.Dialect.Name())
}
