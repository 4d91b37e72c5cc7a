package sql

import (
	"context"
	database "database/sql"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector/mysql"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

// MariaDB's tables are made with DATETIME, which keeps no zones: that is told, or refused where nothing may be lost.
func TestZonesAreLeftOutWithAWord(t *testing.T) {
	s := server{typ: mysql.Type(), at: sqlserver.MariaDB(t)}
	b := exampletest.New(t)
	call := func(with map[string]any, in map[string][]value.Value) *node.Call {
		with["connection"] = "db"
		c := b.Call(with, in)
		c.Env.Connections = s
		return c
	}
	columns := []table.StreamColumn{{Column: table.Column{Name: "id", Type: "INTEGER"}}, {Column: table.Column{Name: "at", Type: "TIMESTAMP WITH TIME ZONE"}}}
	rows, err := b.Engine.Take(t.Context(), exampletest.Tenant, columns, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "1,\n2,2024-01-01 10:00:00+02\n")
		return err
	}, nil)
	require.NoError(t, err)
	in := map[string][]value.Value{"table": {{Kind: value.Table, Artifact: &rows.Artifact, Table: &rows.Meta}}}
	write := func(with map[string]any) (told string, err error) {
		b.Logs = nil
		_, err = writeType().Run(t.Context(), call(with, in))
		return strings.Join(b.Logs, "\n"), err
	}
	const warning = `the zone of 1 time was left out, for DATETIME(6) keeps none: they are the times of UTC, the first in row 2 (2024-01-01 08:00:00+00).`
	for range 2 { // also into what the first one has made
		for rounding, want := range map[string]string{"inexact": warning, "refuse": warning, "allow": ""} {
			told, err := write(map[string]any{"table": "made", "mode": "replace", "rounding": rounding})
			require.NoError(t, err, rounding)
			require.Equal(t, want != "", strings.Contains(strings.ToLower(told), strings.ToLower(warning)), "%s: %s", rounding, told)
			_, err = write(map[string]any{"table": "grows", "create": true, "rounding": rounding})
			require.NoError(t, err, rounding)
		}
	}
	_, err = write(map[string]any{"table": "made", "rounding": "refuse"})
	require.ErrorContains(t, err, "would become another one in datetime(6)")
	require.Contains(t, errs.From(err).Hint, "with the rounding inexact")

	admin, err := database.Open("mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/%s", s.at.User, s.at.Password, s.at.Port, s.at.Database))
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close()) }()
	_, err = admin.ExecContext(t.Context(), "CREATE TABLE short (id INT, at CHAR(10))")
	require.NoError(t, err)
	columns[1].Type = "VARCHAR"
	rows, err = b.Engine.Take(t.Context(), exampletest.Tenant, columns, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "1,x\n2,y  \n")
		return err
	}, nil)
	require.NoError(t, err)
	in["table"] = []value.Value{{Kind: value.Table, Artifact: &rows.Artifact, Table: &rows.Meta}}
	told, err := write(map[string]any{"table": "short"})
	require.NoError(t, err)
	require.Contains(t, told, `the spaces at the end of 1 value were left out, for char(10) keeps none, the first in row 2 ("y  ").`)
	_, err = write(map[string]any{"table": "short", "rounding": "refuse"})
	require.ErrorContains(t, err, "would become another one in char(10)")
}
