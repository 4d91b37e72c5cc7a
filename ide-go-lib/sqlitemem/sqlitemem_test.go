package sqlitemem_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"dataflow/ide-go-lib/sqlitemem"
)

// What one statement is refused others still get, and what it had comes back.
func TestBound(t *testing.T) {
	require.True(t, sqlitemem.Bound())
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "some.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	greedy, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, greedy.Close()) }()
	other, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	_, err = other.ExecContext(t.Context(), "CREATE TABLE kept (v)")
	require.NoError(t, err)
	before := sqlitemem.Used()
	require.Positive(t, before)

	values := func(n int) string {
		made := make([]string, n)
		for i := range made {
			made[i] = fmt.Sprintf("CAST(zeroblob(%d) AS TEXT)", 60_000_000+i)
		}
		return "SELECT " + strings.Join(made, ", ")
	}
	first := func(query string) error {
		rows, err := greedy.QueryContext(t.Context(), query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // it has only read
		rows.Next()
		return rows.Err()
	}
	require.NoError(t, first(values(5)))
	require.ErrorContains(t, first(values(100)), "out of memory")
	require.NoError(t, first("SELECT 2"))

	held, err := greedy.QueryContext(t.Context(), values(6))
	require.NoError(t, err)
	require.True(t, held.Next())
	require.Greater(t, sqlitemem.Used(), before+(300<<20))
	_, err = other.ExecContext(t.Context(), "INSERT INTO kept SELECT zeroblob(1000000)")
	require.NoError(t, err, "small values have room still")
	require.NoError(t, held.Close()) //nolint:sqlclosecheck // it is what gives the memory back
	require.NoError(t, held.Err())
	require.Less(t, sqlitemem.Used(), before+(10<<20))
}
