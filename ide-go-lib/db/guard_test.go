package db_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
)

func TestGuardTakesTransactionsBack(t *testing.T) {
	var lost atomic.Bool
	why := errors.New("somebody else owns it now")
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "guarded.db"), Guard: func() error {
		if lost.Load() {
			return why
		}
		return nil
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	insert := func() error {
		return d.Tx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
			return err
		})
	}
	_, err = d.Write.ExecContext(t.Context(), "CREATE TABLE t (v INTEGER)")
	require.NoError(t, err)
	require.NoError(t, insert())
	lost.Store(true)
	require.ErrorIs(t, insert(), why)
	_, err = d.Write.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	require.True(t, d.Dialect.IsGuarded(err), "also outside of a transaction: %v", err)
	require.ErrorIs(t, d.Refusal(err), why)
	var n int
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n), "reading goes on")
	require.Equal(t, 1, n)
	lost.Store(false)
	require.NoError(t, insert(), "nothing was left behind")
	require.ErrorIs(t, d.Refusal(why), why)
	require.NoError(t, d.Refusal(nil))
}
