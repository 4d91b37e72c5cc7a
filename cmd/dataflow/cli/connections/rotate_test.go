package connections

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/connector/all"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
)

// Whenever the key is turned over and that is cut off, every secret has its key, and the next time finishes it.
func TestTurningTheKeyOverIsSafe(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	keys := filepath.Join(dir, "secrets.key")
	box, err := secret.Load(keys)
	require.NoError(t, err)
	service := func() *connection.Service {
		t.Helper()
		loaded, err := secret.Load(keys)
		require.NoError(t, err)
		s, err := connection.New(t.Context(), connection.Deps{DB: d, Secrets: loaded, Types: all.Types(), Clock: clock.System{}})
		require.NoError(t, err)
		return s
	}
	now := connection.Change{By: "ada", At: clock.System{}.Now()}
	for _, tenant := range []string{"one", "two"} {
		for _, name := range []string{"a", "b"} {
			_, err := service().Create(t.Context(), tenant, name, "smtp", connection.Draft{Config: map[string]any{"host": "mail.invalid", "from": "a@example.org", "user": "a", "password": "secret-of-" + tenant + name}}, now)
			require.NoError(t, err)
		}
	}
	sealed := func() (list []string) {
		t.Helper()
		rows, err := d.Read.QueryContext(t.Context(), "SELECT sealed FROM connections ORDER BY tenant, name")
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		for rows.Next() {
			var one string
			require.NoError(t, rows.Scan(&one))
			list = append(list, one)
		}
		require.NoError(t, rows.Err())
		return list
	}
	readable := func() {
		t.Helper()
		loaded, err := secret.Load(keys)
		require.NoError(t, err)
		for i, one := range sealed() {
			place := secret.Place{Tenant: []string{"one", "two"}[i/2], ID: "connection/" + []string{"a", "b"}[i%2]}
			value, err := loaded.Open(place, one)
			require.NoError(t, err)
			require.Contains(t, string(value), "secret-of-"+place.Tenant)
		}
	}
	before := sealed()
	readable()

	// Cut off behind the new key.
	_, err = secret.Rotate(keys)
	require.NoError(t, err)
	readable()
	require.Equal(t, before, sealed())

	// Cut off in the midst of sealing: one cannot be opened, and none is changed.
	_, err = d.Write.ExecContext(t.Context(), "UPDATE connections SET sealed = 'damaged' WHERE tenant = 'two' AND name = 'b'")
	require.NoError(t, err)
	_, err = turn(t.Context(), keys, d, func() error { return nil })
	require.Equal(t, "secret_unreadable", errs.From(err).Code, err)
	require.Contains(t, err.Error(), `"b"`)
	require.Equal(t, before[:3], sealed()[:3])
	_, err = d.Write.ExecContext(t.Context(), "UPDATE connections SET sealed = ? WHERE tenant = 'two' AND name = 'b'", before[3])
	require.NoError(t, err)
	readable()

	// Cut off before the old keys are removed.
	boom := errors.New("the lease is lost")
	_, err = turn(t.Context(), keys, d, func() error { return boom })
	require.ErrorIs(t, err, boom)
	readable()
	require.NotEqual(t, before, sealed())

	n, err := turn(t.Context(), keys, d, func() error { return nil })
	require.NoError(t, err)
	require.Equal(t, 4, n)
	readable()
	_, err = box.Open(secret.Place{Tenant: "one", ID: "connection/a"}, sealed()[0])
	require.Equal(t, secret.CodeKeyMissing, errs.From(err).Code)
	loaded, err := secret.Load(keys)
	require.NoError(t, err)
	_, err = loaded.Open(secret.Place{Tenant: "one", ID: "connection/a"}, before[0])
	require.Equal(t, secret.CodeKeyMissing, errs.From(err).Code, "the old key is gone")
	c, err := service().Get(t.Context(), "one", "a")
	require.NoError(t, err)
	require.Equal(t, int64(1), c.Revision, "nothing else has changed")
}
