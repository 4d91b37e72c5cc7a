package connectortest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

// NewDatabase makes a bench for a server, and makes of what runs a statement there what a test calls.
func NewDatabase(t testing.TB, typ connector.Type, s *sqlserver.Server, run func(ctx context.Context, statement string) error) (b *Bench, exec func(statement string)) {
	t.Helper()
	b = New(t, typ, map[string]any{"host": s.Host, "port": s.Port, "database": s.Database, "user": s.User, "password": s.Password, "tls": "off"})
	return b, func(statement string) {
		t.Helper()
		require.NoError(t, run(t.Context(), statement), statement)
	}
}
