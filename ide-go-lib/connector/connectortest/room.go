package connectortest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// Held is a column of a table that is there, and what it can and cannot keep.
type Held struct {
	Declared, Type string       // as the system and as the engine call it
	Coding         table.Coding // of Keeps and Loses
	Keeps, Loses   string       // values; one that loses is named
	As             string       // what Keeps comes back as; "" is itself
}

// Holds makes sure that values are kept as they are, or named.
func Holds(t *testing.T, b *Bench, exec func(string), held []Held) {
	t.Helper()
	for _, h := range held {
		name := h.Type + " into " + h.Declared
		exec("DROP TABLE IF EXISTS held")
		exec("CREATE TABLE held (id INTEGER, v " + h.Declared + ")")
		columns := []table.StreamColumn{Column("id", "INTEGER", table.Plain), Column("v", h.Type, h.Coding)}
		req := connector.WriteRequest{Path: connector.Path{Table: "held"}, Mode: connector.Append}
		_, e := b.Write(t.Context(), b.Table(columns, "1,"+h.Keeps+"\n2,"+h.Loses+"\n"), req)
		require.NotNil(t, e, name)
		require.Equal(t, connector.CodeType, e.Code, "%s: %v", name, e)
		require.Contains(t, e.Message, `row 2, column "v"`, name)
		require.Equal(t, "0\n", b.Query("SELECT count(*) FROM held"), name)
		_, e = b.Write(t.Context(), b.Table(columns, "1,"+h.Keeps+"\n2,\n"), req)
		require.Nil(t, e, name)
		if h.As == "" {
			h.As = h.Keeps
		}
		require.Equal(t, "1,"+h.As+"\n2,\n", b.Query("SELECT * FROM held ORDER BY id"), name)
	}
}
