package connectortest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// KeysStay makes sure that no row is changed or removed by a key that is its own only when it is rounded. Whole is a type that keeps
// no fractions of seconds.
func KeysStay(t *testing.T, b *Bench, exec func(string), whole string) {
	t.Helper()
	defer func() { b.Rounding = "" }()
	columns := []table.StreamColumn{Column("at", "TIMESTAMP", table.Plain), Column("v", "TIMESTAMP", table.Plain)}
	const held = "2024-01-01 08:00:01,2024-01-01 00:00:00\n2024-01-01 08:00:05,2024-01-01 00:00:00\n"
	all := func() string { return b.Query("SELECT * FROM timed ORDER BY at") }
	exec("CREATE TABLE timed (at " + whole + " PRIMARY KEY, v " + whole + ")")
	exec("INSERT INTO timed VALUES ('2024-01-01 08:00:01', '2024-01-01 00:00:00'), ('2024-01-01 08:00:05', '2024-01-01 00:00:00')")
	require.Equal(t, held, all())
	for _, b.Rounding = range []table.Rounding{table.RoundInexact, table.RoundAllow, table.RoundRefuse} {
		for _, mode := range []connector.Mode{connector.Upsert, connector.Mirror, connector.Delete} {
			for _, at := range []string{"2024-01-01 08:00:00.6", "2024-01-01 08:00:05.4"} {
				req := connector.WriteRequest{Path: connector.Path{Table: "timed"}, Mode: mode, Keys: []string{"at"}}
				_, e := b.Write(t.Context(), b.Table(columns, "2024-01-01 08:00:01,2024-01-01 00:00:00\n"+at+",2024-02-02 00:00:00\n"), req)
				require.NotNil(t, e, "%s %s %s", mode, b.Rounding, at)
				require.Equal(t, connector.CodeType, e.Code, "%v", e)
				require.Contains(t, e.Message, `row 2, column "at"`)
				require.Contains(t, e.Hint, "A key is not rounded in any case")
				require.Equal(t, held, all(), "%s %s %s", mode, b.Rounding, at)
			}
		}
	}
	b.Rounding = table.RoundInexact // of what is no key
	_, e := b.Write(t.Context(), b.Table(columns, "2024-01-01 08:00:05,2024-01-01 00:00:00.25\n"), connector.WriteRequest{Path: connector.Path{Table: "timed"}, Mode: connector.Mirror, Keys: []string{"at"}})
	require.Nil(t, e, "%v", e)
	require.Equal(t, "2024-01-01 08:00:05,2024-01-01 00:00:00\n", all())
}
