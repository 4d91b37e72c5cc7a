package postgres_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/postgres"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

func build(t *testing.T) (*connectortest.Bench, *sqlserver.Server, func(string)) {
	t.Helper()
	s := sqlserver.Postgres(t)
	admin, err := pgx.Connect(t.Context(), fmt.Sprintf("host=127.0.0.1 sslmode=disable user=%s password=%s dbname=%s port=%d", s.User, s.Password, s.Database, s.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	b, exec := connectortest.NewDatabase(t, postgres.Type(), s, func(ctx context.Context, statement string) error {
		_, err := admin.Exec(ctx, statement)
		return err
	})
	return b, s, exec
}

func TestSuite(t *testing.T) {
	b, _, exec := build(t)
	exec(`CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
	connectortest.Suite(t, b, connectortest.Dialect{Exec: exec, Schema: "public", Integer: "integer", Text: "text", Caseless: "text COLLATE caseless", Decimal: "numeric(10,2)", Bytes: "bytea", Strict: true})
}

func TestPostgres(t *testing.T) {
	b, s, exec := build(t)
	t.Run("what goes wrong says what to do", func(t *testing.T) {
		b.T = t
		ca, err := os.ReadFile(s.CA)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			with          map[string]any
			code, message string
		}{
			"works":            {nil, "", "PostgreSQL"},
			"encrypted":        {map[string]any{"tls": "encrypt"}, "", "PostgreSQL"},
			"verified":         {map[string]any{"tls": "verify", "ca": string(ca)}, "", "PostgreSQL"},
			"authority":        {map[string]any{"tls": "verify"}, connector.CodeTLS, "not signed by anybody known"},
			"certificate":      {map[string]any{"tls": "verify", "ca": "x"}, connector.CodeInvalid, "not valid"},
			"password":         {map[string]any{"password": "wrong"}, connector.CodeLogin, `refuses the user "dataflow"`},
			"no password":      {map[string]any{"password": ""}, connector.CodeLogin, "refuses"},
			"database":         {map[string]any{"database": "shpo"}, connector.CodeDatabase, `no database "shpo"`},
			"host":             {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
			"port":             {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
			"address":          {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
			"metadata address": {map[string]any{"host": "169.254.169.254"}, "address_refused", "169.254"},
			"socket":           {map[string]any{"host": s.Dir}, connector.CodeInvalid, "not valid"},
			"field":            {map[string]any{"hots": "x"}, connector.CodeInvalid, "not valid"},
		} {
			b.Answers(name, c.with, c.code, c.message, sqlserver.Password)
		}
	})

	t.Run("every type comes back as it was", func(t *testing.T) {
		b.T = t
		exec(`CREATE TYPE mood AS ENUM ('glad', 'sad')`)
		exec(`CREATE TABLE kinds (id int PRIMARY KEY, b boolean, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric(38,10), money numeric(12,2), d date, t time, ts timestamp, tz timestamptz,
			txt text, v varchar(20), j json, jb jsonb, raw bytea, u uuid, texts text[], ints bigint[], times timestamptz[], m mood, span interval, net inet)`)
		exec(`INSERT INTO kinds VALUES
			(1, true, -32768, 9223372036854775807, 1.5, 0.1, 1234567890123456789012345678.0123456789, -0.01, '1969-07-20', '23:59:59.999999', '1752-09-14 00:00:00.000001', '2024-03-31 01:30:00+05:30',
			 E'😀 "quoted", \\ back\nslash', '', '{"a": [1, null]}', '{"b": "ü"}', '\x00ff10', '00000000-0000-4000-8000-000000000001', ARRAY['a,b', NULL, '"q"', '{x}', ''], ARRAY[-9223372036854775808, NULL], ARRAY['2024-01-01 00:00:00+00'::timestamptz], 'sad', '1 day 02:03:04', '10.0.0.0/8'),
			(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
			(3, false, 0, -9223372036854775808, 'Infinity', 'NaN', 0, 0, 'infinity', '00:00', '-infinity', 'infinity', '', ' ', 'null', '[]', '', '00000000-0000-4000-8000-000000000001', '{}', '{}', '{}', 'glad', '0', '::1')`)
		read, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}})
		require.Nil(t, e)
		var types []string
		for _, c := range read.Meta.Columns {
			types = append(types, c.Type)
		}
		require.Equal(t, []string{
			"INTEGER", "BOOLEAN", "SMALLINT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(38,10)", "DECIMAL(12,2)", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
			"VARCHAR", "VARCHAR", "JSON", "JSON", "BLOB", "UUID", "VARCHAR[]", "BIGINT[]", "TIMESTAMP WITH TIME ZONE[]", "VARCHAR", "VARCHAR", "VARCHAR",
		}, types)
		exec(`CREATE TABLE copied (LIKE kinds INCLUDING ALL)`)
		for _, mode := range []connector.Mode{connector.Append, connector.Upsert, connector.Replace} {
			_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "copied"}, Mode: mode, Keys: []string{"id"}})
			require.Nil(t, e, mode)
			const differ = `SELECT count(*) FROM (SELECT kinds::text FROM kinds EXCEPT SELECT copied::text FROM copied) x`
			require.Equal(t, "0\n", b.Query(differ), mode)
			require.Equal(t, "3\n", b.Query("SELECT count(*) FROM copied"))
		}
		// In a table that is made for them, too; what PostgreSQL alone knows is text there.
		_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "made"}, Mode: connector.Append, Create: true})
		require.Nil(t, e)
		require.Equal(t, "0\n", b.Query(`SELECT count(*) FROM (SELECT id, b, i2, i8, f4, f8, n, money, d, t, ts, tz, txt, v, j::jsonb, jb, raw, u, texts, ints, times, m::text, span::text, net::text FROM kinds
			EXCEPT SELECT id, b, i2, i8, f4, f8, n, money, d, t, ts, tz, txt, v, j, jb, raw, u, texts, ints, times, m, span, net FROM made) x`))
		bound := b.Query("SELECT i8, n, tz, txt, raw, texts FROM kinds WHERE id = $1", 1)
		require.Equal(t, b.Query("SELECT i8, n, tz, txt, raw, texts FROM kinds WHERE id = 1"), bound, "with bound values, which take another way")
	})

	t.Run("what cannot be kept says where", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE odd (id int, n numeric(10,2))`)
		exec(`INSERT INTO odd VALUES (1, 1), (2, 'NaN')`)
		_, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "odd"}})
		require.Equal(t, "type_mismatch", e.Code)
		require.Contains(t, e.Message, `"n" of row 2`)
		require.Equal(t, "0044-03-15 (BC)\n", b.Query("SELECT '0044-03-15 BC'::date AS d"))
		for _, early := range []string{"'0044-03-15 12:00 BC'::timestamp", "'0044-03-15 12:00+00 BC'::timestamptz"} {
			_, e = b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT " + early + " AS ides"}})
			require.NotNil(t, e, "never another year")
			require.Equal(t, "type_mismatch", e.Code)
			require.Contains(t, e.Message, "0044-03-15 12:00:00")
			require.Contains(t, e.Hint, "text")
		}
		nul := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("raw", "BLOB", table.Hex)}, "1,00\n")
		exec(`CREATE TABLE texts (id int, raw text)`)
		_, e = b.Write(t.Context(), nul, connector.WriteRequest{Path: connector.Path{Table: "texts"}, Mode: connector.Append})
		require.Nil(t, e, "bytes in a text are digits")
		require.Equal(t, "1,00\n", b.Query("SELECT * FROM texts"))
		_, e = b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT 1 AS a, 2 AS a"}})
		require.NotNil(t, e, "two columns of one name")
	})

	t.Run("numbers in lists keep their digits", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE lists (id int, money numeric(18,2)[], wide numeric(38,10)[], free numeric[])`)
		exec(`INSERT INTO lists VALUES (1, '{1234567890123456.78,NULL,-0.10}', '{1234567890123456789012345678.0123456789}', '{0.5,NaN}'), (2, '{}', NULL, NULL)`)
		const want = "1,\"[1234567890123456.78, NULL, -0.10]\",[1234567890123456789012345678.0123456789],\"[0.5, nan]\"\n2,[],,\n"
		read, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "lists"}})
		require.Nil(t, e)
		require.Equal(t, "DECIMAL(18,2)[]", read.Meta.Columns[1].Type)
		require.Equal(t, want, b.Text(read))
		require.Equal(t, want, b.Query("SELECT * FROM lists WHERE id >= $1 ORDER BY id", 0))
		_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "lists_made"}, Mode: connector.Append, Create: true})
		require.Nil(t, e)
		require.Equal(t, "0\n", b.Query("SELECT count(*) FROM (SELECT id, money, wide FROM lists EXCEPT SELECT id, money, wide FROM lists_made) x"))
		exec(`CREATE TABLE lists_json (money jsonb, wide jsonb)`)
		read, e = b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "lists"}, Columns: []string{"money", "wide"}, Limit: 1})
		require.Nil(t, e)
		_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "lists_json"}, Mode: connector.Append})
		require.Nil(t, e)
		require.Equal(t, "[1234567890123456.78, null, -0.10]\n[1234567890123456789012345678.0123456789]\n", b.Query("SELECT money::text FROM lists_json UNION ALL SELECT wide::text FROM lists_json"))
		require.Equal(t, "numeric(18,2)[]\n", b.Query("SELECT format_type(atttypid, atttypmod) AS t FROM pg_attribute WHERE attrelid = 'lists_made'::regclass AND attname = 'money'"))
	})

	t.Run("a value that is too large is refused", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE large (id int, body bytea)`)
		exec(`INSERT INTO large VALUES (1, ''), (2, decode(repeat('ab', 36000000), 'hex'))`)
		for _, args := range [][]any{nil, {0}} { // by COPY, and without
			text := "SELECT * FROM large"
			if args != nil {
				text += " WHERE id > $1 ORDER BY id"
			}
			_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: text, Args: args}})
			require.NotNil(t, e)
			require.Equal(t, `Row 2 has more than the 31.0 MiB of text that a row may have here; most of it is in the column "body".`, e.Message)
		}
	})

	t.Run("rules of tables", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE ruled (id int PRIMARY KEY, n int NOT NULL CHECK (n > 0), made timestamptz DEFAULT now(), twice int GENERATED ALWAYS AS (n * 2) STORED)`)
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("n", "INTEGER", table.Plain)}
		write := func(text string, mode connector.Mode) string {
			_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "ruled"}, Mode: mode, Keys: []string{"id"}})
			if e == nil {
				return ""
			}
			return e.Code
		}
		require.Equal(t, "", write("1,1\n", connector.Append))
		require.Equal(t, connector.CodeNull, write("2,2\n3,\n", connector.Append))
		require.Equal(t, connector.CodeCheck, write("2,-2\n", connector.Append))
		require.Equal(t, connector.CodeUnique, write("1,2\n", connector.Append))
		require.Equal(t, connector.CodeNull, write("1,\n", connector.Upsert))
		require.Equal(t, "1\n", b.Query("SELECT count(*) FROM ruled"))
		_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{columns[0], connectortest.Column("twice", "INTEGER", table.Plain)}, "4,4\n"), connector.WriteRequest{Path: connector.Path{Table: "ruled"}, Mode: connector.Append})
		require.Equal(t, connector.CodeColumn, e.Code)
		exec(`CREATE VIEW seen AS SELECT * FROM ruled`)
		require.Equal(t, connector.CodeDependents, write("1,1\n", connector.Replace))
		_, e = b.Write(t.Context(), b.Table(columns, "4,4\n"), connector.WriteRequest{Path: connector.Path{Table: "seen"}, Mode: connector.Append})
		require.Equal(t, connector.CodeTable, e.Code)
	})

	t.Run("keys are named as the server tells them", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE named ("a, b" text, "q""q" int, email text, UNIQUE ("a, b", "q""q"))`)
		exec(`CREATE UNIQUE INDEX ON named (lower(email))`)
		exec(`INSERT INTO named VALUES ('x, y', 1, 'Ada@example.org')`)
		columns := []table.StreamColumn{connectortest.Column("email", "VARCHAR", table.Plain), connectortest.Column(`q"q`, "INTEGER", table.Plain), connectortest.Column("a, b", "VARCHAR", table.Plain)}
		write := func(text string) string {
			_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "named"}, Mode: connector.Append})
			require.NotNil(t, e)
			require.Equal(t, connector.CodeUnique, e.Code)
			return e.Message
		}
		require.Equal(t, `Row 2: The table "named" has such a row already: (a, b, q"q) = (x, y, 1).`, write("a,1,x\nb,1,\"x, y\"\n"))
		require.Equal(t, `Row 2: The table "named" has such a row already, or it came twice, as the database compares: (lower(email)) = (ada@example.org).`, write("a,1,\"two\nlines\"\nADA@example.org,2,z\n"), "by its line")
		_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{columns[0], connectortest.Column(`q"q`, "VARCHAR", table.Plain)}, "\"two\nlines\",1\n\"two\nlines\",2\nc,many\n"), connector.WriteRequest{Path: connector.Path{Table: "named"}, Mode: connector.Append})
		require.NotNil(t, e)
		require.Contains(t, e.Message, "row 3")
		exec(`CREATE TABLE audit (email text PRIMARY KEY)`)
		exec(`CREATE FUNCTION audits() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (''one''); RETURN NEW; END'`)
		exec(`CREATE TRIGGER audited BEFORE INSERT ON named FOR EACH ROW EXECUTE FUNCTION audits()`)
		require.Equal(t, `The table "audit" has such a row already, or it came twice, as the database compares: Key (email)=(one) already exists.`, write("c,3,z\none,4,z\n"), "a trigger's row is none that came in")
		// Whose table it is does not hang on what the server says in its language, where any name may stand.
		exec(`CREATE TABLE "my function of" (email text) PARTITION BY LIST (email)`)
		exec(`CREATE TABLE "one function of" PARTITION OF "my function of" (UNIQUE (email)) FOR VALUES IN ('one', 'two')`)
		_, e = b.Write(t.Context(), b.Table(columns[:1], "two\none\ntwo\n"), connector.WriteRequest{Path: connector.Path{Table: "my function of"}, Mode: connector.Append})
		require.NotNil(t, e)
		require.Equal(t, `Rows 1 and 3: The table "one function of" takes such a row only once: (email) = (two).`, e.Message)
	})

	t.Run("a replaced table keeps its numbers and its readers", func(t *testing.T) {
		b.T = t
		exec(`CREATE ROLE reader LOGIN PASSWORD 'reader-secret'`)
		exec(`CREATE TABLE served (id serial PRIMARY KEY, name text)`)
		exec(`GRANT SELECT ON served TO reader`)
		rows := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}, "5,x\n")
		_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: "served"}, Mode: connector.Replace})
		require.Nil(t, e)
		exec(`INSERT INTO served (name) VALUES ('y')`)
		require.Equal(t, "1,y\n5,x\n", b.Query("SELECT * FROM served ORDER BY id"))
		as := map[string]any{"user": "reader", "password": "reader-secret"}
		conn := connectortest.OpenAs[connector.Tables](b, as)
		reading, err := conn.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "served"}})
		require.NoError(t, err)
		_, err = b.Engine.Take(t.Context(), connectortest.Tenant, reading.Columns, reading.Feed, nil)
		require.NoError(t, err)
		exec(`CREATE TABLE private (id int)`)
		b.Config["user"], b.Config["password"] = "reader", "reader-secret"
		defer func() { b.Config["user"], b.Config["password"] = s.User, s.Password }()
		_, e = b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "private"}})
		require.Equal(t, connector.CodePermission, e.Code)
		_, e = b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: "served"}, Mode: connector.Append})
		require.Equal(t, connector.CodePermission, e.Code)
	})

	t.Run("a replaced table keeps the names of its keys", func(t *testing.T) {
		b.T = t
		exec(`CREATE TABLE "Named" (id int GENERATED BY DEFAULT AS IDENTITY, code text, n int CONSTRAINT n_positive CHECK (n > 0), CONSTRAINT named_key PRIMARY KEY (id), CONSTRAINT code_once UNIQUE (code))`)
		exec(`CREATE INDEX "By n" ON "Named" (n DESC) WHERE n > 1`)
		exec(`CREATE INDEX by_n_1 ON "Named" (n); CREATE INDEX by_n_2 ON "Named" (n); CREATE UNIQUE INDEX code_small ON "Named" (lower(code))`)
		exec(`SELECT setval(pg_get_serial_sequence('"Named"', 'id'), 40)`)
		names := `SELECT string_agg(n, ' ' ORDER BY n) FROM (SELECT indexname AS n FROM pg_indexes WHERE tablename = 'Named' UNION SELECT conname FROM pg_constraint WHERE conrelid = '"Named"'::regclass
			UNION SELECT pg_get_serial_sequence('"Named"', 'id')) names`
		before := b.Query(names)
		rows := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("code", "VARCHAR", table.Plain), connectortest.Column("n", "INTEGER", table.Plain)}, "5,x,1\n")
		for range 2 {
			_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: "Named"}, Mode: connector.Replace})
			require.Nil(t, e)
			require.Equal(t, before, b.Query(names))
		}
		exec(`INSERT INTO "Named" (code, n) VALUES ('x', 2) ON CONFLICT ON CONSTRAINT code_once DO UPDATE SET n = 7`)
		exec(`INSERT INTO "Named" (code, n) VALUES ('y', 3)`)
		require.Equal(t, "5,x,7\n42,y,3\n", b.Query(`SELECT * FROM "Named" ORDER BY id`))
	})

	t.Run("columns keep what comes", func(t *testing.T) {
		b.T = t
		exec(`CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0)`)
		connectortest.Holds(t, b, exec, []connectortest.Held{
			{Declared: "smallint", Type: "DOUBLE", Keeps: "2", Loses: "1.5", Rounded: "2"},
			{Declared: "bigint", Type: "DECIMAL(10,2)", Keeps: "2.00", Loses: "1.50", As: "2", Rounded: "2"},
			{Declared: "numeric(10,2)", Type: "VARCHAR", Keeps: "1.10", Loses: "1.005", Rounded: "1.01"},
			{Declared: "price", Type: "DECIMAL(10,4)", Keeps: "1.1000", Loses: "1.0050", As: "1.10", Rounded: "1.01"},
			{Declared: "real", Type: "DOUBLE", Keeps: "1.1", Near: "0.3333333333333333", Nearest: "0.33333334"},
			{Declared: "double precision", Type: "BIGINT", Keeps: "9007199254740992", Loses: "9007199254740993", As: "9007199254740992.0", Rounded: "9007199254740992.0"},
			{Declared: "date", Type: "TIMESTAMP", Keeps: "2024-01-01 00:00:00", Loses: "2024-01-01 23:59:59.9", As: "2024-01-01"},
			{Declared: "timestamp(0)", Type: "TIMESTAMP", Keeps: "2024-12-31 23:59:59", Near: "2024-12-31 23:59:58.9", Nearest: "2024-12-31 23:59:59"},
			{Declared: "timestamptz(3)", Type: "TIMESTAMP WITH TIME ZONE", Keeps: "2024-12-31 23:59:59.999+00", Near: "2024-12-31 23:59:58.9999+00", Nearest: "2024-12-31 23:59:59+00"},
			{Declared: "timestamp", Type: "TIMESTAMP_NS", Keeps: "2024-12-31 23:59:59.999999", Near: "2024-12-31 23:59:59.999999999", Nearest: "2024-12-31 23:59:59.999999"},
			{Declared: "time(0)", Type: "TIME", Keeps: "10:00:00", Near: "10:00:00.9", Nearest: "10:00:01"},
			{Declared: "numeric(10,2)[]", Type: "DOUBLE[]", Coding: table.JSON, Keeps: "\"[1.1,null,0.07]\"", Loses: "\"[1.1,1.005]\"", As: "\"[1.10, NULL, 0.07]\"", Rounded: "\"[1.10, 1.01]\""},
			{Declared: "int[]", Type: "DOUBLE[]", Coding: table.JSON, Keeps: "\"[1,null,2]\"", Loses: "[1.5]", As: "\"[1, NULL, 2]\"", Rounded: "[2]"},
			{Declared: "time", Type: "VARCHAR", Keeps: "10:00:00.5", Loses: "2024-01-01 10:00:00"},
		})
	})

	t.Run("keys are not rounded", func(t *testing.T) {
		b.T = t
		connectortest.KeysStay(t, b, exec, "timestamp(0)")
	})

	t.Run("cancel stops the query on the server", func(t *testing.T) {
		b.T = t
		running := "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()"
		for _, args := range [][]any{nil, {1}} {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan string, 1)
			text := "SELECT pg_sleep(600)"
			if args != nil {
				text += ", $1::int"
			}
			go func() {
				_, e := b.Read(ctx, connector.ReadRequest{Query: table.SQL{Text: text, Args: args}})
				done <- e.Code
			}()
			testkit.Eventually(t, "the query runs", func() bool { return b.Query(running) == "1\n" })
			cancel()
			at := time.Now()
			require.Equal(t, "canceled", testkit.Receive(t, "the read ends", done))
			testkit.Eventually(t, "the server has ended the query", func() bool { return b.Query(running) == "0\n" })
			t.Logf("ended after %s", time.Since(at))
		}
		limited := b.Config["query_seconds"]
		b.Config["query_seconds"] = 1
		defer func() { b.Config["query_seconds"] = limited; delete(b.Config, "query_seconds") }()
		_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT pg_sleep(600)"}})
		require.Equal(t, connector.CodeQueryTimeout, e.Code)
	})

	t.Run("a server that goes away", func(t *testing.T) {
		b.T = t
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		s.Process.Kill()
		testkit.Eventually(t, "the server's own process for the connection has ended, too", func() bool {
			reading, err := conn.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}})
			return err != nil || reading.Feed(t.Context(), io.Discard) != nil
		})
		_, e := b.Try(t.Context(), nil)
		require.Equal(t, connector.CodeRefused, e.Code)
	})
}

// What a DOUBLE rounds, and texts, the database itself puts in order.
func TestTheGreatestIsAskedFor(t *testing.T) {
	b, _, exec := build(t)
	exec("CREATE TABLE snow (id numeric, v text)")
	exec("INSERT INTO snow VALUES (1800000000000000129, 'a'), (7, 'B'), ('NaN', NULL)")
	greatest := func(column string, value *string, query table.SQL) *string {
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		defer func() { require.NoError(t, conn.Close()) }()
		req := connector.ReadRequest{Query: query, Since: &connector.Since{Column: column, Value: value}}
		if query.Text == "" {
			req.Path.Table = "snow"
		}
		r, err := conn.Read(t.Context(), req)
		require.NoError(t, err)
		return r.Greatest
	}
	id := greatest("id", nil, table.SQL{})
	require.Equal(t, "1800000000000000129", *id)
	require.Equal(t, "7", *greatest("id", nil, table.SQL{Text: "SELECT * FROM snow WHERE id < $1", Args: []any{100}}))
	require.Nil(t, greatest("id", id, table.SQL{}))
	text := greatest("v", nil, table.SQL{})
	require.Nil(t, greatest("v", text, table.SQL{}), "nothing is beyond %s", *text)
}
