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
	Coding         table.Coding // of the values
	Keeps          string
	As             string // what Keeps comes back as; "" is itself
	Loses          string // is named; "" is no such value
	Near           string // comes back as Nearest, and is named only where nothing may be rounded; "" is no such value
	Nearest        string
	Rounded        string // what Loses comes back as where rounding is allowed; "" is that it is named then, too
}

// Holds makes sure that values are kept as they are, or named, or rounded where they may be.
func Holds(t *testing.T, b *Bench, exec func(string), held []Held) {
	t.Helper()
	defer func() { b.Rounding = "" }()
	for _, h := range held {
		name := h.Type + " into " + h.Declared
		columns := []table.StreamColumn{Column("id", "INTEGER", table.Plain), Column("v", h.Type, h.Coding)}
		req := connector.WriteRequest{Path: connector.Path{Table: "held"}, Mode: connector.Append}
		anew := func() {
			exec("DROP TABLE IF EXISTS held")
			exec("CREATE TABLE held (id INTEGER, v " + h.Declared + ")")
		}
		refuses := func(value string, rounding table.Rounding) {
			b.Rounding = rounding
			_, e := b.Write(t.Context(), b.Table(columns, "1,"+h.Keeps+"\n2,"+value+"\n"), req)
			require.NotNil(t, e, name)
			require.Equal(t, connector.CodeType, e.Code, "%s: %v", name, e)
			require.Contains(t, e.Message, `row 2, column "v"`, name)
			require.Equal(t, "0\n", b.Query("SELECT count(*) FROM held"), name)
		}
		keeps := func(value, want string, rounding table.Rounding) {
			b.Rounding = rounding
			_, e := b.Write(t.Context(), b.Table(columns, "1,"+h.Keeps+"\n2,"+value+"\n"), req)
			require.Nil(t, e, "%s: %v", name, e)
			as := h.As
			if as == "" {
				as = h.Keeps
			}
			require.Equal(t, "1,"+as+"\n2,"+want+"\n", b.Query("SELECT * FROM held ORDER BY id"), name)
			anew()
		}
		anew()
		if h.Loses != "" {
			refuses(h.Loses, table.RoundInexact)
			if h.Rounded == "" {
				refuses(h.Loses, table.RoundAllow)
			} else {
				keeps(h.Loses, h.Rounded, table.RoundAllow)
			}
		}
		if h.Near != "" {
			refuses(h.Near, table.RoundRefuse)
			keeps(h.Near, h.Nearest, table.RoundInexact)
		}
		keeps("", "", table.RoundRefuse)
	}
}
