package connectortest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Refused makes sure that paths which lead nowhere are refused by Browse, with an error that names them and says what to do.
func Refused(t *testing.T, conn connector.Conn, paths ...connector.Path) {
	t.Helper()
	for _, at := range paths {
		entries, err := conn.Browse(t.Context(), at)
		require.Error(t, err, "%+v gave %+v", at, entries)
		e := errs.From(err)
		require.Less(t, e.Status, 500, "%+v: %v", at, err)
		require.NotEmpty(t, e.Hint, "%+v: %v", at, err)
		names := at.Schema != "" && strings.Contains(e.Message, at.Schema) || at.Table != "" && strings.Contains(e.Message, at.Table)
		require.True(t, names, "%+v: %s", at, e.Message)
	}
}
