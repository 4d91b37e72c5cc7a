package mysql_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/mysql"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

func build(t *testing.T) (*connectortest.Bench, *sqlserver.Server, func(string)) {
	t.Helper()
	s := sqlserver.MariaDB(t)
	admin, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/%s", s.User, s.Password, s.Port, s.Database))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	b, exec := connectortest.NewDatabase(t, mysql.Type(), s, func(ctx context.Context, statement string) error {
		_, err := admin.ExecContext(ctx, statement)
		return err
	})
	return b, s, exec
}

func TestSuite(t *testing.T) {
	b, _, exec := build(t)
	connectortest.Suite(t, b, connectortest.Dialect{Exec: exec, Schema: "shop", Integer: "INT", Text: "VARCHAR(200)", Caseless: "VARCHAR(200)", Decimal: "DECIMAL(10,2)", Bytes: "BINARY(4)", Strict: true})
}

func TestMariaDB(t *testing.T) {
	b, s, exec := build(t)
	t.Run("what goes wrong says what to do", func(t *testing.T) {
		b.T = t
		for name, c := range map[string]struct {
			with          map[string]any
			code, message string
		}{
			"works":    {nil, "", "MariaDB 1"},
			"TLS":      {map[string]any{"tls": "verify"}, connector.CodeTLS, "offers no TLS"},
			"encrypt":  {map[string]any{"tls": "encrypt"}, connector.CodeTLS, "offers no TLS"},
			"password": {map[string]any{"password": "wrong"}, connector.CodeLogin, `refuses the user "dataflow"`},
			"database": {map[string]any{"database": "shpo"}, connector.CodeDatabase, `no database "shpo"`},
			"host":     {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
			"port":     {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
			"address":  {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
		} {
			b.Answers(name, c.with, c.code, c.message, sqlserver.Password)
		}
	})

	t.Run("every type comes back as it was", func(t *testing.T) {
		b.T = t
		exec("CREATE TABLE kinds (id INT PRIMARY KEY, flag TINYINT(1), i8 BIGINT, u8 BIGINT UNSIGNED, i3 MEDIUMINT, f4 FLOAT, f8 DOUBLE, n DECIMAL(38,10), money DECIMAL(12,2), d DATE, t TIME(6), ts DATETIME(6), tz TIMESTAMP(6) NULL, " +
			"y YEAR, bits BIT(12), txt LONGTEXT, v VARCHAR(20), j JSON, raw LONGBLOB, fixed BINARY(4), mood ENUM('glad', 'sad'), tags SET('a', 'b'))")
		exec(`INSERT INTO kinds VALUES
			(1, 1, -9223372036854775808, 18446744073709551615, -8388608, 1.1, 0.1, 1234567890123456789012345678.0123456789, -0.01, '1000-01-01', '-838:59:59.000001', '1752-09-14 00:00:00.000001', '2024-03-31 01:30:00.5',
			 1969, b'100000000001', '😀 "quoted", \\ back\nslash', '', '{"a": [1, null, "ü"]}', x'00FF10', x'01020304', 'sad', 'a,b'),
			(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
			(3, 0, 0, 0, 0, 0, -1e308, 0, 0, '9999-12-31', '00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01', 2155, 0, '', ' ', 'null', '', x'00000000', 'glad', '')`)
		read, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}})
		require.Nil(t, e)
		var types []string
		for _, c := range read.Meta.Columns {
			types = append(types, c.Type)
		}
		require.Equal(t, []string{
			"INTEGER", "TINYINT", "BIGINT", "UBIGINT", "INTEGER", "FLOAT", "DOUBLE", "DECIMAL(38,10)", "DECIMAL(12,2)", "DATE", "VARCHAR", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
			"SMALLINT", "UBIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "BLOB", "BLOB", "VARCHAR", "VARCHAR",
		}, types)
		exec("CREATE TABLE copied LIKE kinds")
		const differ = "SELECT COUNT(*) FROM (SELECT * FROM kinds EXCEPT SELECT * FROM copied) x"
		for _, mode := range []connector.Mode{connector.Append, connector.Upsert, connector.Replace, connector.Truncate} {
			_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "copied"}, Mode: mode, Keys: []string{"id"}})
			require.Nil(t, e, mode)
			require.Equal(t, "0\n", b.Query(differ), mode)
		}
		_, e = b.Write(t.Context(), read, connector.WriteRequest{Path: connector.Path{Table: "made"}, Mode: connector.Upsert, Keys: []string{"id"}, Create: true})
		require.Nil(t, e)
		require.Equal(t, "0\n", b.Query("SELECT COUNT(*) FROM (SELECT id, i8, u8, f4, f8, n, money, d, ts, txt, raw FROM kinds EXCEPT SELECT id, i8, u8, f4, f8, n, money, d, ts, txt, raw FROM made) x"))
		bound := b.Query("SELECT i8, n, tz, txt, raw, f4 FROM kinds WHERE id = $1", 1)
		require.Equal(t, b.Query("SELECT i8, n, tz, txt, raw, f4 FROM kinds WHERE id = 1"), bound)
		require.Contains(t, bound, ",1.1\n")

		mark := func(column, value string) string {
			got, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "kinds"}, Columns: []string{"id", column}, Since: &connector.Since{Column: column, Value: &value}})
			require.Nil(t, e)
			return b.Text(got)
		}
		require.Empty(t, mark("u8", "18446744073709551615"), "no digit is lost")
		require.Equal(t, "1,18446744073709551615\n", mark("u8", "18446744073709551614"))
		require.Empty(t, mark("n", "1234567890123456789012345678.0123456789"))
		require.Equal(t, "1,1234567890123456789012345678.0123456789\n", mark("n", "1234567890123456789012345678.0123456788"))
		require.Empty(t, mark("tz", "2024-03-31 01:30:00.5+00"))
		require.Equal(t, "1,2024-03-31 01:30:00.5+00\n", mark("tz", "2024-03-31 01:30:00.499999+00"))
	})

	t.Run("others' types", func(t *testing.T) {
		b.T = t
		rows := b.Table([]table.StreamColumn{
			connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("yes", "BOOLEAN", table.Plain), connectortest.Column("tz", "TIMESTAMP WITH TIME ZONE", table.Plain),
			connectortest.Column("list", "VARCHAR[]", table.JSON), connectortest.Column("raw", "BLOB", table.Hex), connectortest.Column("u", "UUID", table.Plain), connectortest.Column("text", "VARCHAR", table.Plain),
		}, "1,true,2024-01-01 00:00:00.5+02,\"[\"\"a\"\",null]\",00FF,00000000-0000-4000-8000-000000000001,x\n2,,,,,,\n")
		_, e := b.Write(t.Context(), rows, connector.WriteRequest{Path: connector.Path{Table: "others"}, Mode: connector.Append, Create: true})
		require.Nil(t, e)
		require.Equal(t, "1,1,2023-12-31 22:00:00.5,\"[\"\"a\"\",null]\",00FF,00000000-0000-4000-8000-000000000001,x\n2,,,,,,\n", b.Query("SELECT * FROM others ORDER BY id"))
	})

	t.Run("what cannot be kept says where", func(t *testing.T) {
		b.T = t
		exec("CREATE TABLE odd (id INT, d DATE, txt TEXT)")
		_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT 1 AS id, CONCAT('a', CHAR(0 USING utf8mb4)) AS txt"}})
		require.Equal(t, "nul_character", e.Code)
		require.Contains(t, e.Message, `"txt" of row 1`)
		forever := b.Table([]table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("d", "DATE", table.Plain)}, "1,2024-01-01\n2,infinity\n")
		_, e = b.Write(t.Context(), forever, connector.WriteRequest{Path: connector.Path{Table: "odd"}, Mode: connector.Append})
		require.Equal(t, connector.CodeType, e.Code)
		require.Contains(t, e.Message, `row 2, column "d"`)
		require.Equal(t, "0\n", b.Query("SELECT COUNT(*) FROM odd"))
	})

	t.Run("what does not fit a column is named with its row", func(t *testing.T) {
		b.T = t
		id := connectortest.Column("id", "INTEGER", table.Plain)
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert, connector.Mirror, connector.Replace} {
			for _, typ := range []string{"INT", "BIGINT UNSIGNED", "DECIMAL(10,2)", "DOUBLE", "FLOAT", "DATE", "DATETIME", "TIME", "YEAR", "BIT(8)", "ENUM('7')"} {
				exec("DROP TABLE IF EXISTS fitting")
				exec("CREATE TABLE fitting (id INT PRIMARY KEY, v " + typ + " NOT NULL)")
				for _, wrong := range []string{"", "7x"} {
					var text strings.Builder
					for i := range 1010 {
						v := map[string]string{"DATE": "2024-01-01", "DATETIME": "2024-01-01 00:00:00", "TIME": "07:00:00", "YEAR": "2007"}[typ]
						if v == "" {
							v = "7"
						}
						if i == 1004 {
							v = wrong
						}
						fmt.Fprintf(&text, "%d,%s\n", i, v)
					}
					_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{id, connectortest.Column("v", "VARCHAR", table.Plain)}, text.String()),
						connector.WriteRequest{Path: connector.Path{Table: "fitting"}, Mode: mode, Keys: []string{"id"}})
					require.NotNil(t, e, "%s %s %q", mode, typ, wrong)
					if wrong == "" {
						require.Equal(t, connector.CodeNull, e.Code, "%s %s: %v", mode, typ, e)
						require.Equal(t, `The column "v" of "fitting" takes no empty values (row 1005).`, e.Message)
					} else {
						require.Equal(t, connector.CodeType, e.Code, "%s %s: %v", mode, typ, e)
						require.Contains(t, e.Message, `row 1005, column "v"`, "%s %s", mode, typ)
						require.Contains(t, e.Message, "7x", "%s %s", mode, typ)
					}
					require.Equal(t, int64(1005), e.Details[0].Row)
					require.Equal(t, "0\n", b.Query("SELECT COUNT(*) FROM fitting"))
				}
			}
		}
		exec("DROP TABLE fitting")
		exec("CREATE TABLE fitting (id INT PRIMARY KEY, v INT NOT NULL)")
		_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{id}, "1\n"), connector.WriteRequest{Path: connector.Path{Table: "fitting"}, Mode: connector.Append})
		require.Equal(t, connector.CodeNull, e.Code)
		require.Contains(t, e.Message, "no value for it comes in: Field 'v'")
	})

	t.Run("rules of tables", func(t *testing.T) {
		b.T = t
		exec("CREATE TABLE parent (id INT PRIMARY KEY)")
		exec("CREATE TABLE ruled (id INT PRIMARY KEY, n INT NOT NULL CHECK (n > 0), p INT, twice INT AS (n * 2) STORED, UNIQUE (n), CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id))")
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("n", "INTEGER", table.Plain), connectortest.Column("p", "INTEGER", table.Plain)}
		write := func(text string, mode connector.Mode) string {
			_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "ruled"}, Mode: mode, Keys: []string{"id"}})
			if e == nil {
				return ""
			}
			return e.Code
		}
		require.Equal(t, "", write("1,1,\n", connector.Append))
		require.Equal(t, connector.CodeNull, write("3,,\n", connector.Append))
		require.Equal(t, connector.CodeCheck, write("2,-2,\n", connector.Append))
		require.Equal(t, connector.CodeUnique, write("1,2,\n", connector.Append))
		require.Equal(t, connector.CodeUnique, write("2,1,\n", connector.Upsert), "a row that is alike in another key is not changed")
		require.Equal(t, connector.CodeReference, write("2,2,7\n", connector.Append))
		require.Equal(t, connector.CodeDependents, write("2,2,\n", connector.Replace))
		_, e := b.Write(t.Context(), b.Table(columns[:1], "1\n"), connector.WriteRequest{Path: connector.Path{Table: "parent"}, Mode: connector.Replace})
		require.Equal(t, connector.CodeDependents, e.Code)
		require.Equal(t, "1\n", b.Query("SELECT COUNT(*) FROM ruled"))
		exec("CREATE TABLE unsafe (id INT PRIMARY KEY) ENGINE = MyISAM")
		_, e = b.Write(t.Context(), b.Table(columns[:1], "1\n"), connector.WriteRequest{Path: connector.Path{Table: "unsafe"}, Mode: connector.Append})
		require.Equal(t, connector.CodeNoTransaction, e.Code)
		require.Empty(t, b.Query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME LIKE 'dataflow\\_%' AND TABLE_NAME <> 'dataflow_writes'"), "nothing is left of what failed")
		exec("CREATE USER reader@'%' IDENTIFIED BY 'reader-secret'")
		exec("GRANT SELECT ON shop.parent TO reader@'%'")
		b.Config["user"], b.Config["password"] = "reader", "reader-secret"
		defer func() { b.Config["user"], b.Config["password"] = s.User, s.Password }()
		_, e = b.Write(t.Context(), b.Table(columns[:1], "1\n"), connector.WriteRequest{Path: connector.Path{Table: "parent"}, Mode: connector.Append})
		require.Equal(t, connector.CodePermission, e.Code)
	})

	t.Run("keys are named as the server tells them", func(t *testing.T) {
		b.T = t
		exec("CREATE TABLE named (a VARCHAR(50), d DATE, n INT, PRIMARY KEY (a, d), UNIQUE odd (n))")
		exec("INSERT INTO named VALUES ('O''Brien-x', '2024-01-02', 1)")
		columns := []table.StreamColumn{connectortest.Column("n", "INTEGER", table.Plain), connectortest.Column("a", "VARCHAR", table.Plain), connectortest.Column("d", "DATE", table.Plain)}
		write := func(text string) string {
			_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "named"}, Mode: connector.Append})
			require.NotNil(t, e)
			require.Equal(t, connector.CodeUnique, e.Code)
			return e.Message
		}
		require.Equal(t, `Row 2: The table "named" has such a row already: (a, d) = (O'Brien-x-2024-01-02).`, write("2,O'Brien,2024-01-02\n3,O'Brien-x,2024-01-02\n"))
		require.Equal(t, `Row 1: The table "named" has such a row already: (n) = (1).`, write("1,b,2024-01-02\n"))
		exec("CREATE TABLE audit (n INT PRIMARY KEY)")
		exec("INSERT INTO audit VALUES (5)")
		exec("CREATE TRIGGER audited BEFORE INSERT ON named FOR EACH ROW INSERT INTO audit VALUES (NEW.n)")
		require.Equal(t, `A table has such a row already, or it came twice, as the database compares: Duplicate entry '5' for key 'PRIMARY'.`, write("5,b,2024-01-02\n"), "it may be a trigger's")
	})

	t.Run("columns keep what comes", func(t *testing.T) {
		b.T = t
		connectortest.Holds(t, b, exec, []connectortest.Held{
			{Declared: "SMALLINT UNSIGNED", Type: "DOUBLE", Keeps: "2", Loses: "1.5", Rounded: "2"},
			{Declared: "BIGINT", Type: "VARCHAR", Keeps: "2", Loses: "1.5", Rounded: "2"},
			{Declared: "BIT(8)", Type: "DOUBLE", Keeps: "2", Loses: "1.5", Rounded: "2"},
			{Declared: "DECIMAL(10,2)", Type: "VARCHAR", Keeps: "1.10", Loses: "1.005", Rounded: "1.01"},
			{Declared: "DECIMAL(10,2)", Type: "DECIMAL(10,4)", Keeps: "1.1000", Loses: "1.0050", As: "1.10", Rounded: "1.01"},
			{Declared: "FLOAT", Type: "DOUBLE", Keeps: "1.1", Near: "0.3333333333333333", Nearest: "0.33333334"},
			{Declared: "DOUBLE(10,2)", Type: "DOUBLE", Keeps: "1.1", Loses: "1.005", Rounded: "1.01"},
			{Declared: "DOUBLE", Type: "BIGINT", Keeps: "9007199254740992", Loses: "9007199254740993", As: "9007199254740992.0", Rounded: "9007199254740992.0"},
			{Declared: "DATE", Type: "TIMESTAMP", Keeps: "2024-01-01 00:00:00", Loses: "2024-01-01 23:59:59.9", As: "2024-01-01"},
			{Declared: "DATETIME", Type: "TIMESTAMP", Keeps: "2024-12-31 23:59:59", Near: "2024-12-31 23:59:58.9", Nearest: "2024-12-31 23:59:58"},
			{Declared: "TIMESTAMP(3) NULL", Type: "TIMESTAMP WITH TIME ZONE", Keeps: "2024-12-31 23:59:59.999+00", Near: "2024-12-31 23:59:59.9999+00", Nearest: "2024-12-31 23:59:59.999+00"},
			{Declared: "TIME", Type: "TIME", Keeps: "10:00:00", Near: "10:00:00.5", Nearest: "10:00:00"},
			{Declared: "TIME(6)", Type: "TIMESTAMP", Keeps: "", Loses: "2024-01-01 10:00:00"},
			{Declared: "TIME", Type: "VARCHAR", Keeps: "-838:59:59", Loses: "10"},
			{Declared: "TIME(6)", Type: "INTEGER", Keeps: "", Loses: "1000"},
			{Declared: "ENUM('low', 'it''s', ',high')", Type: "VARCHAR", Keeps: "it's", Loses: "1"},
			{Declared: "ENUM('1', '2', '')", Type: "INTEGER", Keeps: "2", Loses: "3"},
			{Declared: "ENUM('low', 'high')", Type: "VARCHAR", Keeps: "low", Loses: "High"},
			{Declared: "SET('a', 'b', 'c')", Type: "VARCHAR", Keeps: `"a,c"`, Loses: "3"},
			{Declared: "SET('a', 'b', 'c')", Type: "VARCHAR", Keeps: `""`, Loses: `"a,d"`},
			{Declared: "YEAR", Type: "INTEGER", Keeps: "2155", Loses: "70"},
			{Declared: "YEAR", Type: "SMALLINT", Keeps: "0", Loses: "2156"},
			{Declared: "YEAR", Type: "VARCHAR", Keeps: "1901", Loses: "99"},
			{Declared: "CHAR(5)", Type: "VARCHAR", Keeps: " x", Near: "x  ", Nearest: "x"},
		})
	})

	t.Run("keys are not rounded", func(t *testing.T) {
		b.T = t
		connectortest.KeysStay(t, b, exec, "DATETIME")
	})

	t.Run("zero is a number like others", func(t *testing.T) {
		b.T = t
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
		for _, mode := range []connector.Mode{connector.Append, connector.Truncate, connector.Upsert, connector.Mirror, connector.Replace} {
			exec("DROP TABLE IF EXISTS counted")
			exec("CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20))")
			for range 2 { // again gives the same
				out, e := b.Write(t.Context(), b.Table(columns, "0,unknown\n5,Bob\n"), connector.WriteRequest{Path: connector.Path{Table: "counted"}, Mode: mode, Keys: []string{"id"}})
				require.Nil(t, e, mode)
				require.Equal(t, int64(2), out.Rows)
				require.Equal(t, "0,unknown\n5,Bob\n", b.Query("SELECT * FROM counted ORDER BY id"), mode)
				if mode == connector.Append {
					break
				}
			}
		}
		_, e := b.Write(t.Context(), b.Table(columns, ",next\n"), connector.WriteRequest{Path: connector.Path{Table: "counted"}, Mode: connector.Append})
		require.Nil(t, e)
		require.Equal(t, "0,unknown\n5,Bob\n6,next\n", b.Query("SELECT * FROM counted ORDER BY id"), "what is empty gets one")
	})

	t.Run("queries write nothing", func(t *testing.T) {
		b.T = t
		file := filepath.Join(t.TempDir(), "out")
		for _, text := range []string{
			"SELECT 1 AS a INTO OUTFILE '" + file + "'", "SELECT 1.5into dumpfile '" + file + "'", "SELECT 1 AS a INTO @a", "(SELECT 1e5INTO OUTFILE '" + file + "')",
			"SELECT 1 AS a /*!50000 INTO OUTFILE '" + file + "' */", "SELECT 1 AS a /*M! INTO OUTFILE '" + file + "' */", "SELECT 1 AS a --\x01'\n INTO OUTFILE '" + file + "' -- '",
		} {
			_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: text}})
			require.NotNil(t, e, text)
			require.Equal(t, connector.CodeSQL, e.Code, "%s: %v", text, e)
			require.Contains(t, e.Message, "The query", text)
			require.NoFileExists(t, file)
		}
		require.Equal(t, "INTO,1,2\n", b.Query("SELECT 'INTO' AS `into`, /* INTO */ 1 AS intos, /*+ NO_BKA() */ 2 AS v -- INTO"))
	})

	t.Run("no row is mirrored away", func(t *testing.T) {
		b.T = t
		exec("CREATE TABLE moved (id INT PRIMARY KEY, name VARCHAR(20))")
		exec("INSERT INTO moved VALUES (1, 'a')")
		exec("CREATE TRIGGER moves BEFORE INSERT ON moved FOR EACH ROW SET NEW.id = NEW.id + 100")
		columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
		_, e := b.Write(t.Context(), b.Table(columns, "1,a\n2,b\n"), connector.WriteRequest{Path: connector.Path{Table: "moved"}, Mode: connector.Mirror, Keys: []string{"id"}})
		require.NotNil(t, e, "the trigger gives the second row another key")
		require.Equal(t, connector.CodeCount, e.Code, e)
		require.Equal(t, "1,a\n", b.Query("SELECT * FROM moved"))
	})

	t.Run("cancel stops the query on the server", func(t *testing.T) {
		b.T = t
		running := "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(600)%' AND INFO NOT LIKE '%PROCESSLIST%'"
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan string, 1)
		go func() {
			_, e := b.Read(ctx, connector.ReadRequest{Query: table.SQL{Text: "SELECT SLEEP(600) AS s"}})
			done <- e.Code
		}()
		testkit.Eventually(t, "the query runs", func() bool { return b.Query(running) == "1\n" })
		cancel()
		require.Equal(t, "canceled", testkit.Receive(t, "the read ends", done))
		testkit.Eventually(t, "the server has ended the query", func() bool { return b.Query(running) == "0\n" })
		b.Config["query_seconds"] = 1
		defer delete(b.Config, "query_seconds")
		_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT SLEEP(600) AS s"}})
		require.NotNil(t, e)
		require.Equal(t, connector.CodeQueryTimeout, e.Code, e)
	})
}

// What was read is not read again: a FLOAT has more digits than its text, and texts have an order of the server's own.
func TestIncrementalReadsGoByTheServer(t *testing.T) {
	b, _, exec := build(t)
	exec("CREATE TABLE marks (f FLOAT, v VARCHAR(5) COLLATE utf8mb4_general_ci)")
	exec("INSERT INTO marks VALUES (0.1, 'B'), (0.2, 'a')")
	point := "0.2"
	got, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "marks"}, Since: &connector.Since{Column: "f", Value: &point}})
	require.Nil(t, e)
	require.Zero(t, got.Meta.Rows)
	conn := connectortest.OpenAs[connector.Tables](b, nil)
	defer func() { require.NoError(t, conn.Close()) }()
	r, err := conn.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "marks"}, Since: &connector.Since{Column: "v"}})
	require.NoError(t, err)
	require.NoError(t, r.Feed(t.Context(), io.Discard))
	require.Equal(t, "B", *r.Greatest)
}

func TestTurns(t *testing.T) {
	b, _, _ := build(t)
	connectortest.TurnsSuite(t, b)
}

// A caller may fail between asking for rows and taking them.
func TestRowsThatNobodyTakes(t *testing.T) {
	b, _, _ := build(t)
	conn := connectortest.OpenAs[connector.Tables](b, nil)
	_, err := conn.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT seq FROM seq_1_to_1000000"}})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- conn.Close() }()
	require.NoError(t, testkit.Receive(t, "the connection is closed", done))
}

// Whoever waits for another write does not use up the time of a query.
func TestWaitingForATurnIsNoQuery(t *testing.T) {
	b, s, _ := build(t)
	rows := b.Table([]table.StreamColumn{connectortest.Column("id", "BIGINT", table.Plain)}, "1\n")
	req := connector.WriteRequest{Path: connector.Path{Table: "waited"}, Mode: connector.Truncate, Create: true}
	_, e := b.Write(t.Context(), rows, req)
	require.Nil(t, e)
	other, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/%s", s.User, s.Password, s.Port, s.Database))
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	held, err := other.Conn(t.Context())
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(s.Database + "\x00waited"))
	_, err = held.ExecContext(t.Context(), "DO GET_LOCK(?, 0)", "dataflow "+hex.EncodeToString(sum[:16]))
	require.NoError(t, err)
	b.Config["query_seconds"] = 1
	done := make(chan *errs.Error, 1)
	go func() {
		_, e := b.Write(t.Context(), rows, req)
		done <- e
	}()
	testkit.Eventually(t, "the write has waited longer than a query may take", func() bool {
		return b.Query("SELECT count(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE '%GET_LOCK%' AND TIME_MS > 2000 AND ID <> CONNECTION_ID()") == "1\n"
	})
	require.NoError(t, held.Close())
	require.NoError(t, other.Close())
	require.Nil(t, testkit.Receive(t, "the write ends", done))
}
