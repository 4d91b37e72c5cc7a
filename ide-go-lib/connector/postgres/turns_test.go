package postgres_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
)

func TestTurns(t *testing.T) {
	b, _, _ := build(t)
	connectortest.TurnsSuite(t, b)
}

// The server would cut the name off, and the write would go into another table.
func TestLongNames(t *testing.T) {
	b, _, exec := build(t)
	short := strings.Repeat("a", 63)
	exec(`CREATE TABLE ` + short + ` (id int)`)
	exec(`INSERT INTO ` + short + ` VALUES (1)`)
	for name, column := range map[string]string{short + "b": "id", "other": short + "b"} {
		rows := b.Table([]table.StreamColumn{connectortest.Column(column, "BIGINT", table.Plain)}, "2\n")
		_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: name}, Mode: connector.Replace})
		require.NotNil(t, e)
		require.Contains(t, e.Message, "has 64 bytes")
	}
	require.Equal(t, "1\n", b.Query("SELECT id FROM "+short))
}
