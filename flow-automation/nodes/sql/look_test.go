package sql

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/ide-go-lib/errs"
)

// Columns and first rows are known before a run, and only a SELECT is asked for that.
func TestLook(t *testing.T) {
	b := exampletest.New(t)
	out, looked, err := readType().Look(t.Context(), b.Call(map[string]any{"connection": "shop", "table": "orders"}, nil))
	require.NoError(t, err)
	require.Equal(t, node.Looked{Unit: "rows", Objects: 3, Of: 3, Source: "orders", Connection: "shop"}, looked)
	require.Len(t, b.Rows(*out["table"].Artifact), 3)
	require.Len(t, out["table"].Table.Columns, 3)

	many := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, i + 0.5 AS half FROM n"
	out, looked, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "shop", "query": many}, nil))
	require.NoError(t, err)
	require.True(t, looked.More)
	require.EqualValues(t, 1000, looked.Objects)
	require.Equal(t, "BIGINT", out["table"].Table.Columns[0].Type)
	require.Equal(t, "DOUBLE", out["table"].Table.Columns[1].Type)

	large := "SELECT id, zeroblob(40000000) AS content FROM orders"
	out, looked, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "shop", "query": large}, nil))
	require.NoError(t, err)
	require.True(t, looked.More)
	require.Zero(t, looked.Objects, "the columns alone")
	require.Len(t, out["table"].Table.Columns, 2)

	for _, query := range []string{"SELECT 1) ; DROP TABLE orders; SELECT (1", "SELECT 1; DELETE FROM orders", "PRAGMA table_info(orders)", "DELETE FROM orders"} {
		_, _, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "shop", "query": query}, nil))
		require.Equal(t, "preview_unavailable", errs.From(err).Code, query)
	}
	_, _, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "shop", "table": "ordres"}, nil))
	require.Equal(t, "table_missing", errs.From(err).Code)
}
