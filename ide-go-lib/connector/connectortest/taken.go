package connectortest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// taken makes sure that an error about a key names the table, the values and the rows.
func taken(t *testing.T, b *Bench, d Dialect) {
	b.T = t
	anew := func() {
		d.Exec("DROP TABLE IF EXISTS taken")
		d.Exec("CREATE TABLE taken (id " + d.Integer + " PRIMARY KEY, line " + d.Integer + ", amount " + d.Decimal + ", UNIQUE (line, amount))")
		d.Exec("INSERT INTO taken VALUES (1, 10, 1.50), (2, 20, 2.00), (3, NULL, 3.00)")
	}
	columns := []table.StreamColumn{Column("amount", "DOUBLE", table.Plain), Column("id", "BIGINT", table.Plain), Column("line", "BIGINT", table.Plain)}
	for _, c := range []struct {
		mode    connector.Mode
		rows    string
		message string
		named   []int64
	}{
		{connector.Append, "0,4,1\n0,2,1\n", `^Row 2: The table "taken" has such a row already: \(id\) = \(2\)\.$`, []int64{2}},
		{connector.Append, "0,4,1\n0,5,2\n0,4,3\n", `^Rows 1 and 3: The table "taken" takes such a row only once: \(id\) = \(4\)\.$`, []int64{1, 3}},
		{connector.Append, ",4,20\n,5,20\n2,6,20\n", `^Row 3: The table "taken" has such a row already: \(line, amount\) = \(20.+2.*\)\.$`, []int64{3}},
		{connector.Truncate, "1,1,1\n1.5,2,10\n2,3,1\n1.5,4,10\n", `^Rows 2 and 4: The table "taken" takes such a row only once: \(line, amount\) = \(10.+1\.5.*\)\.$`, []int64{2, 4}},
		{connector.Upsert, "9,4,9\n1.5,3,30\n2,1,20\n", `^Row 3: The table "taken" has such a row already: \(line, amount\) = \(20.+2.*\)\.$`, []int64{3}},
		{connector.Upsert, "9,4,9\n1.5,1,10\n9,5,9\n", `^Rows 1 and 3: The table "taken" takes such a row only once: \(line, amount\) = \(9.+9.*\)\.$`, []int64{1, 3}},
		{connector.Mirror, "9,4,9\n1.5,2,10\n", `^Row 2: The table "taken" has such a row already: \(line, amount\) = \(10.+1\.5.*\)\.$`, []int64{2}},
		{connector.Replace, "1,1,1\n1,2,2\n1,1,3\n", `^Rows 1 and 3: The table "taken" takes such a row only once: \(id\) = \(1\)\.$`, []int64{1, 3}},
	} {
		anew()
		before := b.Query("SELECT id, line, amount FROM taken ORDER BY id")
		_, err := b.Write(t.Context(), b.Table(columns, c.rows), connector.WriteRequest{Path: connector.Path{Schema: d.Schema, Table: "taken"}, Mode: c.mode, Keys: []string{"id"}})
		require.NotNil(t, err, c.rows)
		require.Equal(t, connector.CodeUnique, err.Code, "%s %s: %v", c.mode, c.rows, err)
		require.Regexp(t, c.message, err.Message, "%s %s", c.mode, c.rows)
		var named []int64
		for _, detail := range err.Details {
			named = append(named, detail.Row)
		}
		require.Equal(t, c.named, named, "%s %s", c.mode, c.rows)
		require.Contains(t, err.Hint, "Nothing was written.")
		require.Equal(t, before, b.Query("SELECT id, line, amount FROM taken ORDER BY id"), "%s %s", c.mode, c.rows)
	}
	d.Exec("DROP TABLE taken")

	// A key that comes twice is named with both rows, in their order, before anything is changed.
	twice := func(mode connector.Mode, columns []table.StreamColumn, rows, message string, keys ...string) {
		before := b.Query("SELECT * FROM taken ORDER BY 1")
		_, err := b.Write(t.Context(), b.Table(columns, rows), connector.WriteRequest{Path: connector.Path{Schema: d.Schema, Table: "taken"}, Mode: mode, Keys: keys})
		require.NotNil(t, err, rows)
		require.Equal(t, connector.CodeKeys, err.Code, "%v", err)
		require.Equal(t, message, err.Message)
		require.Equal(t, []int64{2, 4}, []int64{err.Details[0].Row, err.Details[1].Row})
		require.Contains(t, err.Hint, "Remove duplicates")
		require.Equal(t, before, b.Query("SELECT * FROM taken ORDER BY 1"))
	}
	for _, mode := range []connector.Mode{connector.Upsert, connector.Mirror} {
		anew()
		twice(mode, columns, "9,6,9\n1,4,1\n2,5,2\n3,4,3\n1,6,1\n0,4,7\n", `Rows 2 and 4 for "taken" have the same key: (id) = (4).`, "id")
		d.Exec("DROP TABLE taken")
		d.Exec("CREATE TABLE taken (name " + d.Caseless + ", line " + d.Integer + ", UNIQUE (name, line))")
		d.Exec("INSERT INTO taken VALUES ('bob', 1)")
		pairs := []table.StreamColumn{Column("line", "BIGINT", table.Plain), Column("name", "VARCHAR", table.Plain)}
		twice(mode, pairs, "1,bob\n2,ada\n1,ada\n2,Ada\n", `Rows 2 and 4 for "taken" have the same key: (name, line) = (Ada, 2).`, "name", "line")
		d.Exec("DROP TABLE taken")
	}

	// What is the same to the database may not be the same to us: then the table has no such row, and there is one that comes twice.
	d.Exec("CREATE TABLE taken (id " + d.Integer + " PRIMARY KEY, name " + d.Caseless + " UNIQUE)")
	named := []table.StreamColumn{Column("id", "BIGINT", table.Plain), Column("name", "VARCHAR", table.Plain)}
	write := func(rows string) *errs.Error {
		_, err := b.Write(t.Context(), b.Table(named, rows), connector.WriteRequest{Path: connector.Path{Schema: d.Schema, Table: "taken"}, Mode: connector.Append})
		require.NotNil(t, err, rows)
		return err
	}
	err := write("1,ada\n2,Ada\n")
	require.Equal(t, `Row 2: The table "taken" has such a row already, or it came twice, as the database compares: (name) = (Ada).`, err.Message)
	require.Equal(t, errs.Said{Form: "Row {0}: The table {1} has such a row already, or it came twice, as the database compares: {2}.", Args: []string{"2", `"taken"`, "(name) = (Ada)"}}, err.Said)
	require.Equal(t, err.Said, err.Details[0].Said)
	require.Contains(t, err.Hint, "leave the rows out that are there. If it came twice, ")
	d.Exec("INSERT INTO taken VALUES (5, 'ADA')")
	require.Equal(t, `Row 2: The table "taken" has such a row already: (name) = (Ada).`, write("1,x\n2,Ada\n").Message)
	d.Exec("DROP TABLE taken")
}
