package connectortest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Dialect is what differs between the systems in the suite.
type Dialect struct {
	// Exec carries out a statement beside the connection.
	Exec func(statement string)
	// Schema is where tables are; "" for systems without.
	Schema string
	// Integer, Text and Decimal are types of columns.
	Integer, Text, Decimal string
	// Bytes is a type of some bytes.
	Bytes string
	// Caseless is a type of short texts that are the same whatever their case.
	Caseless string
	// Strict says that the system itself refuses values that are not of a column's type.
	Strict bool
	// Truncated says that the system keeps count of what truncate removes.
	Param func(n int) string
}

var people = []table.StreamColumn{Column("id", "INTEGER", table.Plain), Column("name", "VARCHAR", table.Plain), Column("amount", "DECIMAL(10,2)", table.Plain)}

// Suite is what every system of tables does alike.
func Suite(t *testing.T, b *Bench, d Dialect) {
	at := func(name string) connector.Path { return connector.Path{Schema: d.Schema, Table: name} }
	order := " ORDER BY id"
	reset := func(t *testing.T, name string) {
		t.Helper()
		b.T = t
		d.Exec("DROP TABLE IF EXISTS " + name)
		d.Exec("CREATE TABLE " + name + " (id " + d.Integer + " PRIMARY KEY, name " + d.Text + ", amount " + d.Decimal + ")")
		d.Exec("INSERT INTO " + name + " VALUES (1, 'Ada', 1.50), (2, 'Bob', NULL)")
	}
	const before = "1,Ada,1.50\n2,Bob,\n"
	content := func(name string) string { return b.Query("SELECT id, name, amount FROM " + name + order) }

	t.Run("beginning", func(t *testing.T) {
		reset(t, "people")
		all, err := b.Read(t.Context(), connector.ReadRequest{Path: at("people")})
		require.Nil(t, err)
		for _, since := range []*connector.Since{nil, {Column: "name"}} {
			for rows, req := range []connector.ReadRequest{{Describe: true}, {Limit: 1}} {
				req.Path, req.Since = at("people"), since
				read, err := b.Read(t.Context(), req)
				require.Nil(t, err)
				require.Equal(t, int64(rows), read.Meta.Rows)
				require.Equal(t, all.Meta.Columns, read.Meta.Columns)
				conn := OpenAs[connector.Tables](b, nil)
				reading, failed := conn.Read(t.Context(), req)
				require.NoError(t, failed)
				require.Nil(t, reading.Greatest, "all rows would have to be read for that")
				require.NoError(t, reading.Feed(t.Context(), io.Discard))
				require.NoError(t, conn.Close())
			}
		}
	})

	t.Run("append", func(t *testing.T) {
		reset(t, "people")
		out, err := b.Write(t.Context(), b.Table(people, "3,\"Cy \"\"the\"\" 3rd, 😀\n\",3.25\n4,\"\",\n5,,0.01\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Nil(t, err)
		require.Equal(t, int64(3), out.Rows)
		require.Equal(t, before+"3,\"Cy \"\"the\"\" 3rd, 😀\n\",3.25\n4,\"\",\n5,,0.01\n", content("people"))
	})

	t.Run("truncate", func(t *testing.T) {
		reset(t, "people")
		out, err := b.Write(t.Context(), b.Table(people, "7,Gil,7.00\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Truncate})
		require.Nil(t, err)
		require.Equal(t, int64(1), out.Rows)
		require.Equal(t, int64(2), out.Removed)
		require.Equal(t, "7,Gil,7.00\n", content("people"))
	})

	t.Run("upsert", func(t *testing.T) {
		reset(t, "people")
		rows := b.Table(people, "2,Bea,2.00\n3,Cy,3.00\n")
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Upsert, Keys: []string{"id"}}
		for range 2 { // again gives the same
			out, err := b.Write(t.Context(), rows, req)
			require.Nil(t, err)
			require.Equal(t, int64(2), out.Rows)
			require.Equal(t, "1,Ada,1.50\n2,Bea,2.00\n3,Cy,3.00\n", content("people"))
		}
		_, err := b.Write(t.Context(), b.Table(people, "4,a,1\n4,b,2\n"), req)
		require.Equal(t, connector.CodeKeys, err.Code, err)
		_, err = b.Write(t.Context(), b.Table(people, ",a,1\n"), req)
		require.Equal(t, connector.CodeKeys, err.Code, err)
		_, err = b.Write(t.Context(), rows, connector.WriteRequest{Path: at("people"), Mode: connector.Upsert, Keys: []string{"name"}})
		require.Equal(t, connector.CodeKeys, err.Code, err)
		require.Contains(t, err.Message, "unique index")
		_, err = b.Write(t.Context(), rows, connector.WriteRequest{Path: at("people"), Mode: connector.Upsert, Keys: []string{"idd"}})
		require.Equal(t, connector.CodeKeys, err.Code)
		require.Contains(t, err.Hint, `"id"`)
		require.Equal(t, "1,Ada,1.50\n2,Bea,2.00\n3,Cy,3.00\n", content("people"))
		out, err := b.Write(t.Context(), b.Table(people[:1], "1\n9\n"), req)
		require.Nil(t, err, "a table of keys alone")
		require.Equal(t, int64(2), out.Rows)
	})

	t.Run("mirror", func(t *testing.T) {
		reset(t, "people")
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Mirror, Keys: []string{"id"}}
		for i := range 2 { // again gives the same
			out, err := b.Write(t.Context(), b.Table(people, "2,Bea,2.00\n3,Cy,3.00\n"), req)
			require.Nil(t, err)
			require.Equal(t, int64(2), out.Rows)
			require.Equal(t, int64(1-i), out.Removed)
			require.Equal(t, "2,Bea,2.00\n3,Cy,3.00\n", content("people"))
		}
		_, err := b.Write(t.Context(), b.Table(people, ""), req)
		require.Equal(t, connector.CodeEmpty, err.Code, "a source that gives nothing empties no table")
		_, err = b.Write(t.Context(), b.Table(people, "4,a,1\n,b,2\n"), req)
		require.Equal(t, connector.CodeKeys, err.Code, err)
		require.Equal(t, "2,Bea,2.00\n3,Cy,3.00\n", content("people"))
		d.Exec("DROP TABLE IF EXISTS pairs")
		d.Exec("CREATE TABLE pairs (id " + d.Integer + ", line " + d.Integer + ", name " + d.Text + ", UNIQUE (id, line))")
		d.Exec("INSERT INTO pairs VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c'), (3, NULL, 'd')")
		two := []table.StreamColumn{Column("id", "INTEGER", table.Plain), Column("line", "INTEGER", table.Plain), Column("name", "VARCHAR", table.Plain)}
		out, err := b.Write(t.Context(), b.Table(two, "1,2,B\n2,2,C\n"), connector.WriteRequest{Path: at("pairs"), Mode: connector.Mirror, Keys: []string{"id", "line"}})
		require.Nil(t, err)
		require.Equal(t, int64(3), out.Removed)
		require.Equal(t, "1,2,B\n2,2,C\n", b.Query("SELECT id, line, name FROM pairs ORDER BY id"))
	})

	t.Run("delete", func(t *testing.T) {
		reset(t, "people")
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Delete, Keys: []string{"id"}}
		wide := []table.StreamColumn{people[0], Column("reason", "VARCHAR", table.Plain)}
		for i := range 2 {
			out, err := b.Write(t.Context(), b.Table(wide, "2,left\n7,never there\n"), req)
			require.Nil(t, err)
			require.Equal(t, int64(1-i), out.Removed)
			require.Equal(t, "1,Ada,1.50\n", content("people"))
		}
		_, err := b.Write(t.Context(), b.Table(wide, ",x\n"), req)
		require.Equal(t, connector.CodeKeys, err.Code, err)
		req.Create, req.Path = true, at("peoplle")
		_, err = b.Write(t.Context(), b.Table(wide, "1,x\n"), req)
		require.Equal(t, connector.CodeTable, err.Code, "nothing is made to delete from")
	})

	t.Run("replace", func(t *testing.T) {
		reset(t, "people")
		rows := b.Table(people, "8,Hal,8.00\n9,Ida,\n")
		out, err := b.Write(t.Context(), rows, connector.WriteRequest{Path: at("people"), Mode: connector.Replace})
		require.Nil(t, err)
		require.Equal(t, connector.Written{Rows: 2, Removed: 2, SQL: out.SQL, Schema: out.Schema}, out)
		require.Equal(t, "8,Hal,8.00\n9,Ida,\n", content("people"))
		// The key is still one.
		_, err = b.Write(t.Context(), rows, connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Equal(t, connector.CodeUnique, err.Code, err)

		other := b.Table([]table.StreamColumn{Column("id", "INTEGER", table.Plain), Column("day", "DATE", table.Plain)}, "1,1969-07-20\n")
		out, err = b.Write(t.Context(), other, connector.WriteRequest{Path: at("people"), Mode: connector.Replace})
		require.Nil(t, err)
		require.Equal(t, "1,1969-07-20\n", b.Query("SELECT * FROM people"))
		require.Equal(t, int64(2), out.Removed)
		d.Exec("DROP TABLE IF EXISTS fresh")
		out, err = b.Write(t.Context(), other, connector.WriteRequest{Path: at("fresh"), Mode: connector.Replace})
		require.Nil(t, err)
		require.True(t, out.Created)
		require.Equal(t, "1,1969-07-20\n", b.Query("SELECT * FROM fresh"))
	})

	t.Run("tables that are not there", func(t *testing.T) {
		reset(t, "people")
		rows := b.Table(people, "1,a,1\n")
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert} {
			_, err := b.Write(t.Context(), rows, connector.WriteRequest{Path: at("peoplle"), Mode: mode, Keys: []string{"id"}})
			require.Equal(t, connector.CodeTable, err.Code, err)
			require.Contains(t, err.Hint, `"people"`)
			d.Exec("DROP TABLE IF EXISTS made")
			for range 2 {
				out, err := b.Write(t.Context(), rows, connector.WriteRequest{Path: at("made"), Mode: mode, Keys: []string{"id"}, Create: true})
				require.Nil(t, err, mode)
				require.Equal(t, int64(1), out.Rows)
			}
		}
		_, err := b.Read(t.Context(), connector.ReadRequest{Path: at("peoplle")})
		require.Equal(t, connector.CodeTable, err.Code)
		require.Contains(t, err.Hint, `"people"`)
		_, err = b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT * FROM peoplle"}})
		require.Equal(t, connector.CodeTable, err.Code, err)
		require.Contains(t, err.Hint, `"people"`)
		_, err = b.Read(t.Context(), connector.ReadRequest{Path: at("people"), Columns: []string{"naame"}})
		require.Equal(t, connector.CodeColumn, err.Code)
		require.Contains(t, err.Hint, `"name"`)
		_, err = b.Write(t.Context(), b.Table([]table.StreamColumn{Column("naame", "VARCHAR", table.Plain)}, "x\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Append})
		require.Equal(t, connector.CodeColumn, err.Code)
		require.Contains(t, err.Hint, `"name"`)
	})

	t.Run("a write that fails leaves all as it was", func(t *testing.T) {
		reset(t, "people")
		bad := b.Table([]table.StreamColumn{people[0], people[1], Column("amount", "VARCHAR", table.Plain)}, "3,x,1\n4,\"two\nlines\",2\n5,x,much\n")
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert, connector.Mirror, connector.Replace} {
			if d.Strict && mode != connector.Replace {
				_, err := b.Write(t.Context(), bad, connector.WriteRequest{Path: at("people"), Mode: mode, Keys: []string{"id"}})
				require.Equal(t, connector.CodeType, err.Code, "%s: %v", mode, err)
				require.Contains(t, err.Message, `row 3`)
				require.Contains(t, err.Message, `"amount"`)
				require.Equal(t, int64(3), err.Details[0].Row)
				require.Equal(t, before, content("people"), mode)
			}
			boom := errs.Invalid("boom", "The source broke.")
			conn := OpenAs[connector.Tables](b, nil)
			_, err := conn.Write(t.Context(), connector.WriteRequest{
				Path: at("people"), Mode: mode, Keys: []string{"id"}, Columns: bad.Meta.Columns[:2], Rows: 2,
				Give: func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
					return 0, errors.Join(boom, drain(ctx, strings.NewReader("7,x\n")))
				},
			})
			require.ErrorIs(t, err, boom)
			require.NoError(t, conn.Close())
			require.Equal(t, before, content("people"), mode)

			conn = OpenAs[connector.Tables](b, nil)
			_, err = conn.Write(t.Context(), connector.WriteRequest{
				Path: at("people"), Mode: mode, Keys: []string{"id"}, Columns: bad.Meta.Columns[:2], Rows: 2,
				Give: func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
					return 2, drain(ctx, strings.NewReader("7,x\n")) // one is lost
				},
			})
			require.Equal(t, connector.CodeCount, errs.From(err).Code, err)
			require.NoError(t, conn.Close())
			require.Equal(t, before, content("people"), mode)
		}
	})

	t.Run("a value that would be rounded is named", func(t *testing.T) {
		columns := []table.StreamColumn{Column("id", "DOUBLE", table.Plain), people[1], Column("amount", "DOUBLE", table.Plain)}
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert, connector.Mirror, connector.Replace} {
			reset(t, "people")
			req := connector.WriteRequest{Path: at("people"), Mode: mode, Keys: []string{"id"}}
			for text, column := range map[string]string{"3,x,1.1\n4.5,x,1\n": "id", "3,x,1.1\n4,x,1.005\n": "amount"} {
				_, err := b.Write(t.Context(), b.Table(columns, text), req)
				require.NotNil(t, err, mode)
				require.Equal(t, connector.CodeType, err.Code, "%s: %v", mode, err)
				require.Contains(t, err.Message, "row 2, column \""+column+"\"")
				require.Equal(t, int64(2), err.Details[0].Row)
				require.Equal(t, before, content("people"), mode)
			}
			_, err := b.Write(t.Context(), b.Table(columns, "3,x,1.1\n4,x,0.07\n"), req)
			require.Nil(t, err, mode)
			require.Equal(t, "3,x,1.10\n4,x,0.07\n", strings.TrimPrefix(content("people"), before), mode)
		}
		reset(t, "people")
		_, err := b.Write(t.Context(), b.Table(columns[:1], "1.5\n"), connector.WriteRequest{Path: at("people"), Mode: connector.Delete, Keys: []string{"id"}})
		require.NotNil(t, err)
		require.Equal(t, connector.CodeType, err.Code, "the row of another key is not removed")
		require.Equal(t, before, content("people"))
	})

	t.Run("a key that is there already is named", func(t *testing.T) { taken(t, b, d) })

	t.Run("once", func(t *testing.T) {
		reset(t, "people")
		d.Exec("DROP TABLE IF EXISTS " + connector.Ledger)
		req := connector.WriteRequest{Path: at("people"), Mode: connector.Append, Once: "run:step"}
		rows := b.Table(people, "3,Cy,3.00\n")
		out, err := b.Write(t.Context(), rows, req)
		require.Nil(t, err)
		require.False(t, out.Already)
		out, err = b.Write(t.Context(), rows, req)
		require.Nil(t, err)
		require.True(t, out.Already)
		require.Equal(t, int64(1), out.Rows)
		require.Equal(t, before+"3,Cy,3.00\n", content("people"))
		req.Once = "run:other"
		_, err = b.Write(t.Context(), b.Table(people, "3,Cy,3.00\n"), req)
		require.Equal(t, connector.CodeUnique, err.Code, "another step writes")
		_, err = b.Write(t.Context(), b.Table(people, "4,Di,4.00\n"), req)
		require.Nil(t, err, "the attempt that failed is not remembered")
	})

	t.Run("read", func(t *testing.T) {
		reset(t, "people")
		read := func(req connector.ReadRequest) string {
			t.Helper()
			got, err := b.Read(t.Context(), req)
			require.Nil(t, err)
			return b.Text(got)
		}
		require.Equal(t, before, read(connector.ReadRequest{Path: at("people")}))
		require.Equal(t, "Ada,1\nBob,2\n", read(connector.ReadRequest{Path: at("people"), Columns: []string{"name", "id"}}))
		require.Equal(t, "1,Ada,1.50\n", read(connector.ReadRequest{Path: at("people"), Limit: 1}))
		one := "1"
		require.Equal(t, "2,Bob,\n", read(connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "id", Value: &one}}))
		require.Equal(t, "1,Ada,1.50\n", read(connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "amount"}}), "rows without a value have no place in the order")
		for column, without := range map[string]int64{"id": 0, "amount": 1} {
			for _, req := range []connector.ReadRequest{{Path: at("people")}, {Query: table.SQL{Text: "SELECT * FROM people WHERE id < $1", Args: []any{100}}}} {
				for _, value := range []*string{nil, &one} {
					req.Since = &connector.Since{Column: column, Value: value}
					conn := OpenAs[connector.Tables](b, nil)
					reading, failed := conn.Read(t.Context(), req)
					require.NoError(t, failed)
					require.Equal(t, without, reading.Without, column)
					require.NoError(t, reading.Feed(t.Context(), io.Discard))
					require.NoError(t, conn.Close())
				}
			}
		}
		d.Exec("DROP TABLE IF EXISTS seals")
		d.Exec("CREATE TABLE seals (seal " + d.Bytes + ")")
		zero := `\x00`
		for _, value := range []*string{nil, &zero} {
			_, err := b.Read(t.Context(), connector.ReadRequest{Path: at("seals"), Since: &connector.Since{Column: "seal", Value: value}})
			require.NotNil(t, err)
			require.Equal(t, connector.CodeColumn, err.Code)
			require.Contains(t, err.Message, "no order")
		}
		hostile := "1' OR '1'='1\\"
		_, err := b.Read(t.Context(), connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "id", Value: &hostile}})
		require.True(t, err == nil || err.Code == connector.CodeType || err.Code == connector.CodeSQL, err)
		_, err = b.Read(t.Context(), connector.ReadRequest{Path: at("people"), Since: &connector.Since{Column: "idd"}})
		require.Equal(t, connector.CodeColumn, err.Code)
		require.Equal(t, "Ada\n", b.Query("SELECT name FROM people WHERE id = $1 AND name = $2 -- '$3", 1, "Ada"))
		require.Equal(t, "\n", b.Query("SELECT max(name) FROM people WHERE name = $1;", "x' OR ''='"), "a bound value is never SQL")
		require.Equal(t, "2\n", b.Query("SELECT count(*) FROM people WHERE id = $1 OR id <> $1", 1))
		for _, bad := range []string{"", ";", "SELECT 1; SELECT 2", "SELECT 1) AS q; DROP TABLE people; --", "DELETE FROM people", "DROP TABLE people", "SELEC 1", "SELECT no_such_column FROM people"} {
			_, err := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: bad}})
			require.NotNil(t, err, bad)
			require.Contains(t, []string{connector.CodeSQL, connector.CodeColumn}, err.Code, "%s: %v", bad, err)
		}
		require.Equal(t, before, content("people"))
	})

	t.Run("many rows", func(t *testing.T) {
		reset(t, "people")
		var text strings.Builder
		for i := range 30_000 {
			text.WriteString(strings.Join([]string{itoa(i + 10), "name " + itoa(i), itoa(i) + ".25"}, ",") + "\n")
		}
		for _, mode := range []connector.Mode{connector.Append, connector.Upsert, connector.Mirror, connector.Truncate, connector.Replace} {
			out, err := b.Write(t.Context(), b.Table(people, text.String()), connector.WriteRequest{Path: at("people"), Mode: mode, Keys: []string{"id"}})
			require.Nil(t, err)
			require.Equal(t, int64(30_000), out.Rows)
			got := content("people")
			require.Equal(t, text.String(), strings.TrimPrefix(got, before), mode)
		}
	})

	t.Run("browse", func(t *testing.T) {
		reset(t, "people")
		conn := OpenAs[connector.Tables](b, nil)
		entries, err := conn.Browse(t.Context(), connector.Path{Schema: d.Schema})
		require.NoError(t, err)
		names := make([]string, 0, len(entries))
		for _, e := range entries {
			require.Contains(t, []string{"table", "view"}, e.Kind)
			names = append(names, e.Name)
		}
		require.Contains(t, names, "people")
		entries, err = conn.Browse(t.Context(), at("people"))
		require.NoError(t, err)
		require.Len(t, entries, 3)
		require.Equal(t, "id", entries[0].Name)
		require.True(t, entries[0].Key)
		require.False(t, entries[1].Key)
		require.NotEmpty(t, entries[2].Type)
		_, err = conn.Browse(t.Context(), at("peoplle"))
		require.Equal(t, connector.CodeTable, errs.From(err).Code)
		Refused(t, conn, at("peoplle"), connector.Path{Schema: "nowhere"}, connector.Path{Schema: "nowhere", Table: "people"}, at("people.id"))
		if d.Schema != "" {
			entries, err = conn.Browse(t.Context(), connector.Path{})
			require.NoError(t, err)
			names = names[:0]
			for _, e := range entries {
				require.Equal(t, "schema", e.Kind)
				names = append(names, e.Name)
				require.Equal(t, e.Name == d.Schema, e.Default, "%s: tables without a schema lie in %s", e.Name, d.Schema)
			}
			require.Contains(t, names, d.Schema)
		}
	})

	t.Run("canceled before it begins", func(t *testing.T) {
		reset(t, "people")
		ctx, cancel := context.WithCancel(t.Context())
		conn := OpenAs[connector.Tables](b, nil)
		cancel()
		_, err := conn.Read(ctx, connector.ReadRequest{Path: at("people")})
		require.Equal(t, "canceled", errs.From(err).Code, err)
	})
}
