package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/sqlite"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
)

func build(t *testing.T) (*connectortest.Bench, func(string)) {
	t.Helper()
	b := connectortest.New(t, sqlite.Type(), map[string]any{"path": "data/shop %41?.db"})
	_, err := b.Files.Put(t.Context(), connectortest.Tenant, "data/shop %41?.db", strings.NewReader(""))
	require.NoError(t, err)
	path, err := b.Files.Local(t.Context(), connectortest.Tenant, "data/shop %41?.db")
	require.NoError(t, err)
	_, e := b.Try(t.Context(), nil) // the first one of the process bounds the memory of all
	require.Nil(t, e)
	admin, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", " ", "%20").Replace(path))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	return b, func(statement string) {
		t.Helper()
		_, err := admin.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func TestSuite(t *testing.T) {
	b, exec := build(t)
	connectortest.Suite(t, b, connectortest.Dialect{Exec: exec, Integer: "INTEGER", Text: "TEXT", Caseless: "TEXT COLLATE NOCASE", Decimal: "DECIMAL(10,2)", Bytes: "BLOB", Strict: true})
}

func TestSQLite(t *testing.T) {
	b, exec := build(t)
	t.Run("what goes wrong says what to do", func(t *testing.T) {
		b.T = t
		_, err := b.Files.Put(t.Context(), connectortest.Tenant, "text.db", strings.NewReader(strings.Repeat("no database ", 1000)))
		require.NoError(t, err)
		version, e := b.Try(t.Context(), nil)
		require.Nil(t, e)
		require.Contains(t, version, "SQLite 3")
		for path, code := range map[string]string{"data/shpo.db": "file_not_found", "../x.db": "path_outside", "/etc/passwd": "path_outside", "text.db": connector.CodeDatabase} {
			_, e := b.Try(t.Context(), map[string]any{"path": path})
			require.NotNil(t, e, path)
			require.Equal(t, code, e.Code, e)
		}
	})

	t.Run("no other file is reached", func(t *testing.T) {
		b.T = t
		other := filepath.Join(t.TempDir(), "other.db")
		for _, text := range []string{
			"ATTACH '" + other + "' AS other", "SELECT 1; ATTACH '" + other + "' AS other", "SELECT 1); ATTACH '" + other + "' AS o; SELECT (1", "VACUUM INTO '" + other + "'",
			"SELECT * FROM pragma_journal_mode; PRAGMA journal_mode = wal", "SELECT load_extension('x')", "WITH x AS (SELECT 1) DELETE FROM sqlite_master", "SELECT 1) UNION SELECT (2",
		} {
			_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: text}})
			require.NotNil(t, e, text)
			require.Contains(t, []string{connector.CodeSQL, connector.CodeFailed}, e.Code, "%s: %v", text, e)
			require.NoFileExists(t, other)
		}
	})

	t.Run("no value is as large as it likes", func(t *testing.T) {
		b.T = t
		exec("CREATE VIEW huge AS SELECT zeroblob(100000000) AS v")
		for _, req := range []connector.ReadRequest{
			{Query: table.SQL{Text: "SELECT length(hex(zeroblob(450000000))) AS n"}},
			{Query: table.SQL{Text: "SELECT length(group_concat(hex(zeroblob(20000000)))) AS n FROM (SELECT 1 UNION ALL SELECT 2)"}},
			{Path: connector.Path{Table: "huge"}},
		} {
			_, e := b.Read(t.Context(), req)
			require.NotNil(t, e, req.Query.Text)
			require.Equal(t, "value_too_large", e.Code, e)
		}
		require.Equal(t, "60000000\n", b.Query("SELECT length(hex(zeroblob(30000000))) AS n"))
		var many strings.Builder
		for i := range 30 {
			fmt.Fprintf(&many, ", CAST(zeroblob(%d) AS TEXT) AS c%d", 60_000_000+i, i)
		}
		_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT 1 AS n" + many.String()}})
		require.NotNil(t, e)
		require.Equal(t, "memory_of_values", e.Code, e)
	})

	t.Run("types by declaration and by value", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE kinds (id INTEGER PRIMARY KEY, flag BOOLEAN, i BIGINT, r REAL, n DECIMAL(10,2), d DATE, ts DATETIME, txt VARCHAR(20), j JSON, raw BLOB, free)`)
		exec(`INSERT INTO kinds VALUES (1, 1, 9223372036854775807, 0.1, 1.5, '1969-07-20', '1752-09-14 00:00:00', '😀 "q"', '{"a":1}', x'00ff', 7), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 0, 0, -1e308, 0, '9999-12-31', '2024-01-01T10:00:00', '', '[]', x'', 1.5)`)
		read, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}})
		require.Nil(t, e)
		var types []string
		for _, c := range read.Meta.Columns {
			types = append(types, c.Type)
		}
		require.Equal(t, []string{"BIGINT", "BOOLEAN", "BIGINT", "DOUBLE", "DECIMAL(10,2)", "DATE", "TIMESTAMP", "VARCHAR", "JSON", "BLOB", "DOUBLE"}, types)
		require.Equal(t, "1,true,9223372036854775807,0.1,1.50,1969-07-20,1752-09-14 00:00:00,\"😀 \"\"q\"\"\",\"{\"\"a\"\":1}\",00FF,7.0\n2,,,,,,,,,,\n3,false,0,-1e+308,0.00,9999-12-31,2024-01-01 10:00:00,\"\",[],\"\",1.5\n", b.Text(read))
		_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "made"}, Mode: connector.Append, Create: true})
		require.Nil(t, e)
		again, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "made"}})
		require.Nil(t, e)
		require.Equal(t, b.Text(read), b.Text(again))
		digits := b.Table([]table.StreamColumn{connectortest.Column("n", "DECIMAL(38,10)", table.Plain), connectortest.Column("u", "UBIGINT", table.Plain)}, "1234567890123456789012345678.0123456789,18446744073709551615\n")
		_, e = b.Write(t.Context(), digits, connector.WriteRequest{Path: connector.Path{Table: "digits"}, Mode: connector.Append, Create: true})
		require.Nil(t, e)
		require.Equal(t, "1234567890123456789012345678.0123456789,18446744073709551615\n", b.Query("SELECT * FROM digits"))
		exec(`INSERT INTO kinds (id, i) VALUES (4, 'many')`)
		_, e = b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}})
		require.Equal(t, "type_mismatch", e.Code)
		require.Contains(t, e.Message, `"i" of row 4`)
		require.Equal(t, "many,7\n", b.Query("SELECT i || '' AS i, (SELECT free FROM kinds WHERE id = 1) AS f FROM kinds WHERE id = 4"))
	})

	t.Run("a replaced table keeps its indexes", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE "odd (name" (id INTEGER PRIMARY KEY, name TEXT NOT NULL)`)
		exec(`CREATE UNIQUE INDEX by_name ON "odd (name" (name)`)
		exec(`CREATE VIEW seen AS SELECT * FROM "odd (name"`)
		rows := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}, "1,x\n")
		at := connector.Path{Table: "odd (name"}
		_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: at, Mode: connector.Replace})
		require.Nil(t, e)
		require.Equal(t, "1,x\n", b.Query("SELECT * FROM seen"))
		bad := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}, "2,y\n3,x\n")
		_, e = b.Write(t.Context(), bad, connector.WriteRequest{Path: at, Mode: connector.Append})
		require.Equal(t, connector.CodeUnique, e.Code)
		require.Equal(t, int64(2), e.Details[0].Row)
		_, e = b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: "seen"}, Mode: connector.Replace})
		require.Equal(t, connector.CodeTable, e.Code)
	})

	t.Run("keys are named as they came", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE named (id INTEGER PRIMARY KEY, "a, b" TEXT, email TEXT)`)
		exec(`CREATE UNIQUE INDEX named_ab ON named ("a, b")`)
		exec(`CREATE UNIQUE INDEX named_email ON named (lower(email))`)
		exec(`INSERT INTO named VALUES (1, 'x, y', 'a@example.org')`)
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("email", "VARCHAR", table.Plain), connectortest.Column("a, b", "VARCHAR", table.Plain)}
		write := func(text string, mode connector.Mode) string {
			_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "named"}, Mode: mode, Keys: []string{"id"}})
			require.NotNil(t, e)
			require.Equal(t, connector.CodeUnique, e.Code)
			return e.Message
		}
		require.Equal(t, `Row 2: The table "named" has such a row already: (a, b) = (x, y).`, write("2,b,z\n3,c,\"x, y\"\n", connector.Append))
		require.Equal(t, `Row 1: The table "named" has such a row already, or it came twice, as the database compares: UNIQUE constraint failed: index 'named_email'.`, write("2,A@example.org,z\n", connector.Append))
		require.Equal(t, `Rows 1 and 2: The table "named" takes such a row only once: (a, b) = (z).`, write("2,b,z\n3,c,z\n", connector.Replace), "an index of its own")
		require.Equal(t, `Row 2: The table "named" has such a row already: (a, b) = (x, y).`, write("2,b,z\n3,c,\"x, y\"\n", connector.Upsert))
		made, readings := b.Table(columns, "2,b,z\n3,c,\"x, y\"\n"), 0
		_, err := connectortest.OpenAs[connector.Tables](b, nil).Write(t.Context(), connector.WriteRequest{
			Path: connector.Path{Table: "named"}, Mode: connector.Append, Columns: made.Meta.Columns, Rows: 2,
			Give: func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				if readings++; readings == 2 { // to name the row, which keeps nobody else from writing
					exec(`CREATE TABLE meanwhile (n INTEGER)`)
				}
				return b.Engine.Give(ctx, connectortest.Tenant, made.Artifact, columns, drain)
			},
		})
		require.ErrorContains(t, err, `Row 2: The table "named" has such a row already: (a, b) = (x, y).`)
		require.Equal(t, 2, readings)
		exec(`CREATE TABLE checked (id INTEGER CHECK (id < 3))`)
		_, e := b.Write(t.Context(), b.Table(columns[:1], "2\n3\n"), connector.WriteRequest{Path: connector.Path{Table: "checked"}, Mode: connector.Append})
		require.NotNil(t, e)
		require.Equal(t, connector.CodeCheck, e.Code)
		require.Equal(t, errs.Said{Form: "Row {0}: {1}", Args: []string{"2", e.Details[0].Message}}, e.Said)
		require.Equal(t, "Nothing was written.", e.Hint)
		exec(`CREATE TABLE audit (email TEXT PRIMARY KEY)`)
		exec(`INSERT INTO audit VALUES ('c')`)
		exec(`CREATE TRIGGER audited AFTER INSERT ON named BEGIN INSERT INTO audit VALUES (NEW.email); END`)
		require.Equal(t, `Row 2: The table "audit" has such a row already, or it came twice, as the database compares: UNIQUE constraint failed: audit.email.`, write("2,b,z\n3,c,q\n", connector.Append))
	})

	t.Run("no row vanishes", func(t *testing.T) {
		b.T = t
		for _, rule := range []string{"REPLACE", "IGNORE"} {
			exec("DROP TABLE IF EXISTS hushed")
			exec("CREATE TABLE hushed (id INTEGER, v TEXT, UNIQUE (id) ON CONFLICT " + rule + ")")
			exec("INSERT INTO hushed VALUES (1, 'a')")
			columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("v", "VARCHAR", table.Plain)}
			for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Replace} {
				_, e := b.Write(t.Context(), b.Table(columns, "1,b\n1,c\n"), connector.WriteRequest{Path: connector.Path{Table: "hushed"}, Mode: mode})
				require.NotNil(t, e, mode)
				require.Equal(t, connector.CodeUnique, e.Code, mode)
				require.Equal(t, "1,a\n", b.Query("SELECT * FROM hushed"), mode)
			}
		}
	})

	t.Run("no row is mirrored away", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE moved (id INTEGER PRIMARY KEY, name TEXT)`)
		exec(`INSERT INTO moved VALUES (1, 'a')`)
		exec(`CREATE TRIGGER moves AFTER INSERT ON moved BEGIN UPDATE moved SET id = id + 100 WHERE id = NEW.id; END`)
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
		_, e := b.Write(t.Context(), b.Table(columns, "1,a\n2,b\n"), connector.WriteRequest{Path: connector.Path{Table: "moved"}, Mode: connector.Mirror, Keys: []string{"id"}})
		require.NotNil(t, e, "the trigger gives the second row another key")
		require.Equal(t, connector.CodeCount, e.Code, e)
		require.Equal(t, "1,a\n", b.Query("SELECT * FROM moved"))
	})

	t.Run("keys are the same as the target says", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE nocase (k TEXT COLLATE NOCASE, n INTEGER, v INTEGER, UNIQUE (n, k))`)
		columns := []table.StreamColumn{connectortest.Column("k", "VARCHAR", table.Plain), connectortest.Column("n", "INTEGER", table.Plain), connectortest.Column("v", "INTEGER", table.Plain)}
		req := connector.WriteRequest{Path: connector.Path{Table: "nocase"}, Mode: connector.Upsert, Keys: []string{"k", "n"}}
		_, e := b.Write(t.Context(), b.Table(columns, "a,1,1\nA,1,2\n"), req)
		require.NotNil(t, e)
		require.Equal(t, connector.CodeKeys, e.Code)
		require.Equal(t, "0\n", b.Query("SELECT count(*) FROM nocase"))
		_, e = b.Write(t.Context(), b.Table(columns, "a,1,1\nb,2,2\n"), req)
		require.Nil(t, e)
		out, e := b.Write(t.Context(), b.Table(columns, "A,1,3\nA,2,4\n"), req)
		require.Nil(t, e)
		require.Equal(t, int64(1), out.Updated)
		require.Equal(t, "A,1,3\nA,2,4\nb,2,2\n", b.Query("SELECT * FROM nocase ORDER BY k, n"))
		req.Mode = connector.Mirror
		out, e = b.Write(t.Context(), b.Table(columns, "B,2,5\n"), req)
		require.Nil(t, e)
		require.Equal(t, int64(2), out.Removed)
		require.Equal(t, "B,2,5\n", b.Query("SELECT * FROM nocase"))
	})

	t.Run("no value is rounded on its way here", func(t *testing.T) {
		b.T = t
		for declared, c := range map[string]struct{ values, typ, want string }{
			"DECIMAL(10,2)": {"(1.005), (2.349), (3)", "DOUBLE", "1.005\n2.349\n3.0\n"},
			"DECIMAL(10,3)": {"(1.1), (2.349), (3), (0.07)", "DECIMAL(10,3)", "1.100\n2.349\n3.000\n0.070\n"},
			"DECIMAL(12,2)": {"(0.5), (0.125), ('many')", "VARCHAR", "0.5\n0.125\nmany\n"},
			"DECIMAL(40,2)": {"(9007199254740993), (1)", "BIGINT", "9007199254740993\n1\n"},
			"DATE":          {"('2024-01-01 10:00:00'), ('2024-01-02T23:59:59Z'), ('2024-01-03')", "TIMESTAMP", "2024-01-01 10:00:00\n2024-01-02 23:59:59\n2024-01-03 00:00:00\n"},
			"date":          {"('2024-01-01 00:00:00'), ('2024-01-03')", "DATE", "2024-01-01\n2024-01-03\n"},
			"INT":           {"(2.0), (-3.0)", "BIGINT", "2\n-3\n"},
			"":              {"(9007199254740993), (0.5)", "VARCHAR", "9007199254740993\n0.5\n"},
			"NUMERIC":       {"(9007199254740992), (0.5)", "DOUBLE", "9007199254740992.0\n0.5\n"},
		} {
			exec("DROP TABLE IF EXISTS loose")
			exec("CREATE TABLE loose (v " + declared + ")")
			exec("INSERT INTO loose VALUES " + c.values)
			read, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "loose"}})
			require.Nil(t, e, declared)
			require.Equal(t, c.typ, read.Meta.Columns[0].Type, declared)
			require.Equal(t, c.want, b.Text(read), declared)
		}
		exec("CREATE TABLE mixed (v)")
		exec("INSERT INTO mixed VALUES (9007199254740993), (0.5)")
		_, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "mixed"}, Since: &connector.Since{Column: "v"}})
		require.NotNil(t, e, "texts have another order than numbers")
		require.Equal(t, connector.CodeType, e.Code)
		exec("CREATE TABLE whole (id INT, v INT)")
		exec("INSERT INTO whole VALUES (1, 1), (2, 1.5)")
		_, e = b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "whole"}})
		require.NotNil(t, e)
		require.Equal(t, "type_mismatch", e.Code)
		require.Contains(t, e.Message, `1.5 in the column "v" of row 2`)
		require.Equal(t, "2,1.5\n", b.Query("SELECT id, CAST(v AS REAL) AS v FROM whole WHERE id = 2"))
	})

	t.Run("columns keep what comes", func(t *testing.T) {
		b.T = t
		connectortest.Holds(t, b, exec, []connectortest.Held{
			{Declared: "INT", Type: "DOUBLE", Keeps: "2", Loses: "1.5", Rounded: "2"},
			{Declared: "INT", Type: "UBIGINT", Keeps: "2", Loses: "18446744073709551615"},
			{Declared: "DECIMAL(10,2)", Type: "DECIMAL(10,4)", Keeps: "1.1000", Loses: "1.0050", As: "1.10", Rounded: "1.01"},
			{Declared: "DECIMAL(30,4)", Type: "DECIMAL(30,4)", Keeps: "123456789012.3456", Loses: "12345678901234567890.1234"},
			{Declared: "NUMERIC", Type: "DECIMAL(30,4)", Keeps: "123456789012.3456", Loses: "12345678901234567890.1234"},
			{Declared: "NUMERIC", Type: "VARCHAR", Keeps: "1.5", Loses: "12345678901234567890.1234"},
			{Declared: "REAL", Type: "BIGINT", Keeps: "9007199254740992", Loses: "9007199254740993", As: "9007199254740992.0", Rounded: "9007199254740992.0"},
			{Declared: "DATE", Type: "TIMESTAMP", Keeps: "2024-01-01 00:00:00", Loses: "2024-01-01 23:59:59.9", As: "2024-01-01"},
			{Declared: "DATETIME", Type: "TIMESTAMP_NS", Keeps: "2024-12-31 23:59:59.999999", Near: "2024-12-31 23:59:59.999999999", Nearest: "2024-12-31 23:59:59.999999"},
		})
		exec("CREATE TABLE free (v)")
		_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{connectortest.Column("v", "DECIMAL(30,4)", table.Plain)}, "12345678901234567890.1234\n"), connector.WriteRequest{Path: connector.Path{Table: "free"}, Mode: connector.Append})
		require.Nil(t, e)
		require.Equal(t, "12345678901234567890.1234\n", b.Query("SELECT * FROM free"))
	})

	t.Run("cancel stops the query", func(t *testing.T) {
		b.T = t
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan string, 1)
		begun := make(chan struct{})
		go func() {
			close(begun)
			_, e := b.Read(ctx, connector.ReadRequest{Query: table.SQL{Text: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n"}})
			done <- e.Code
		}()
		<-begun
		cancel()
		require.Equal(t, "canceled", testkit.Receive(t, "the read ends", done))
	})
}

// What is declared as nothing has the type of the rows that are asked for, whatever comes later, and of the same rows as are given.
func TestTheBeginningHasItsOwnTypes(t *testing.T) {
	b, exec := build(t)
	exec("CREATE TABLE loose (id INTEGER PRIMARY KEY, v, name TEXT)")
	exec("CREATE INDEX by_v ON loose (v)")
	exec("INSERT INTO loose VALUES (1, 7, 'a'), (2, 8, 'b'), (3, 1.5, 'c'), (4, NULL, 'd')")
	for _, c := range []struct {
		req  connector.ReadRequest
		typ  string
		rows int64
	}{
		{connector.ReadRequest{Limit: 2}, "BIGINT", 2},
		{connector.ReadRequest{Limit: 3}, "DOUBLE", 3},
		{connector.ReadRequest{}, "DOUBLE", 4},
		{connector.ReadRequest{Limit: 2, Since: &connector.Since{Column: "id"}}, "BIGINT", 2},
		{connector.ReadRequest{Limit: 2, Query: table.SQL{Text: "SELECT v, name FROM loose WHERE id < ?1 ORDER BY id DESC", Args: []any{3}}}, "BIGINT", 2},
	} {
		if c.req.Query.Text == "" {
			c.req.Path.Table = "loose"
		}
		read, e := b.Read(t.Context(), c.req)
		require.Nil(t, e)
		require.Equal(t, c.rows, read.Meta.Rows)
		for _, column := range read.Meta.Columns {
			if column.Name == "v" {
				require.Equal(t, c.typ, column.Type, "%+v", c.req)
			}
		}
	}
}

// Texts have an order of the file's own, and identifiers are written with small or with large letters.
func TestIncrementalReadsGoByTheFile(t *testing.T) {
	b, exec := build(t)
	exec("CREATE TABLE marks (name TEXT COLLATE NOCASE, plain TEXT, id UUID, n INTEGER)")
	exec("INSERT INTO marks VALUES ('Zoe', 'Zoe', '019A0000-0000-7000-8000-0000000000AA', 1), ('bob', 'bob', '019A0000-0000-7000-8000-0000000000A9', 2), ('Amy', 'Amy', NULL, NULL)")
	read := func(column string, value *string) (string, *string) {
		t.Helper()
		since := &connector.Since{Column: column, Value: value}
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		defer func() { require.NoError(t, conn.Close()) }()
		r, err := conn.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "marks"}, Columns: []string{column}, Since: since})
		require.NoError(t, err)
		require.NoError(t, r.Feed(t.Context(), io.Discard))
		got, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "marks"}, Columns: []string{column}, Since: since})
		require.Nil(t, e)
		return b.Text(got), r.Greatest
	}
	for column, greatest := range map[string]string{"name": "Zoe", "plain": "bob", "id": "019A0000-0000-7000-8000-0000000000AA"} {
		_, g := read(column, nil)
		require.NotNil(t, g, column)
		require.Equal(t, greatest, *g)
		rows, g := read(column, g)
		require.Empty(t, rows, column)
		require.Nil(t, g)
	}
	_, g := read("n", nil)
	require.Nil(t, g, "numbers have one order")
	exec("INSERT INTO marks (id) VALUES ('019A0000-0000-7000-8000-0000000000AB'), ('019b0000-0000-7000-8000-000000000000')")
	small := "019a0000-0000-7000-8000-0000000000aa"
	rows, g := read("id", &small)
	require.Equal(t, "019a0000-0000-7000-8000-0000000000ab\n019b0000-0000-7000-8000-000000000000\n", rows)
	require.Equal(t, "019b0000-0000-7000-8000-000000000000", *g)
}
