package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/mysql"
	"dataflow/ide-go-lib/connector/postgres"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/sqlserver"
)

// server is a connection to a database that a test looks into by itself, too.
type server struct {
	typ    connector.Type
	at     *sqlserver.Server
	exec   func(statement string) error
	count  func(query string) int64
	schema string
	sleeps string // a text that takes an hour
	busy   string // how many others are busy with that
	grows  string // makes a function grow() that writes
}

func (s server) Open(ctx context.Context, tenant, _ string) (connector.Conn, error) {
	world := connector.World{Tenant: tenant, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	config := fmt.Sprintf(`{"host": %q, "port": %d, "database": %q, "user": %q, "password": %q, "tls": "off"}`, s.at.Host, s.at.Port, s.at.Database, s.at.User, s.at.Password)
	return s.typ.Open(ctx, world, json.RawMessage(config))
}

func (s server) Way(_ context.Context, _, name string) (node.Way, error) {
	return node.Way{Leads: name, Revision: "1"}, nil
}

func TestLookAtPostgres(t *testing.T) {
	s := sqlserver.Postgres(t)
	admin, err := pgx.Connect(t.Context(), fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s sslmode=disable", s.Host, s.Port, s.User, s.Password, s.Database))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.WithoutCancel(t.Context())) })
	looksAt(t, server{
		typ: postgres.Type(), at: s, schema: "public", sleeps: "pg_sleep(3600)::text",
		busy:  "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()",
		grows: "CREATE FUNCTION grow() RETURNS integer LANGUAGE sql AS 'INSERT INTO orders VALUES (-1, NULL, NULL) RETURNING id'",
		exec: func(statement string) error {
			_, err := admin.Exec(t.Context(), statement)
			return err
		},
		count: func(query string) (n int64) {
			require.NoError(t, admin.QueryRow(t.Context(), query).Scan(&n))
			return n
		},
	})
}

func TestLookAtMariaDB(t *testing.T) {
	s := sqlserver.MariaDB(t)
	admin, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s:%d)/%s", s.User, s.Password, s.Host, s.Port, s.Database))
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	looksAt(t, server{
		typ: mysql.Type(), at: s, sleeps: "CAST(SLEEP(3600) AS CHAR(9))",
		busy:  "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(3600)%' AND id <> CONNECTION_ID()",
		grows: "CREATE FUNCTION grow() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO orders VALUES (-1, NULL, NULL); RETURN 1; END",
		exec: func(statement string) error {
			_, err := admin.ExecContext(t.Context(), statement)
			return err
		},
		count: func(query string) (n int64) {
			require.NoError(t, admin.QueryRowContext(t.Context(), query).Scan(&n))
			return n
		},
	})
}

// looksAt makes sure of what is seen of a server, and that nothing there is changed or kept busy by it.
func looksAt(t *testing.T, s server) {
	t.Helper()
	b := exampletest.New(t)
	for _, statement := range []string{
		"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(20), amount DECIMAL(10,2))",
		"INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39) SELECT a.i * 40 + b.i + 1, 'Ada', 1.25 FROM n AS a CROSS JOIN n AS b",
		s.grows,
	} {
		require.NoError(t, s.exec(statement), statement)
	}
	look := func(c Read, most time.Duration) (value.Outputs, node.Looked, *errs.Error) {
		t.Helper()
		c.Connection = "db"
		config, err := json.Marshal(c)
		require.NoError(t, err)
		c, problems := spec.Decode[Read](readType().Config, config)
		require.Empty(t, problems)
		call := b.Call(nil, nil)
		call.Env.Connections = s
		out, looked, err := c.look(t.Context(), call, most)
		if err != nil {
			return nil, looked, errs.From(err)
		}
		return out, looked, nil
	}
	columns := func(out value.Outputs) (all []string) {
		for _, c := range out["table"].Table.Columns {
			all = append(all, c.Name+" "+c.Type)
		}
		return all
	}
	orders := []string{"id INTEGER", "customer VARCHAR", "amount DECIMAL(10,2)"}
	first := node.Looked{Unit: "rows", Objects: 1000, Of: 1000, More: true, Source: "orders", Connection: "db"}

	for _, incremental := range []string{"", "id", "customer"} {
		out, looked, e := look(Read{Target: Target{Schema: s.schema, Table: "orders"}, Incremental: incremental}, time.Hour)
		require.Nil(t, e)
		require.Equal(t, first, looked)
		require.Equal(t, orders, columns(out))
		require.Len(t, b.Rows(*out["table"].Artifact), 1000)
	}
	out, looked, e := look(Read{Query: table.SQL{Text: "/* few */ SELECT id, amount FROM orders WHERE id <= $1 ORDER BY id -- of them", Args: []any{3}}}, time.Hour)
	require.Nil(t, e)
	require.Equal(t, node.Looked{Unit: "rows", Objects: 3, Of: 3, Connection: "db"}, looked)
	require.Equal(t, []string{"id INTEGER", "amount DECIMAL(10,2)"}, columns(out))
	require.Equal(t, map[string]any{"id": 1.0, "amount": 1.25}, b.Rows(*out["table"].Artifact).([]any)[0])

	// What takes long or is large is described, and the server goes on with nothing.
	alone := node.Looked{Unit: "rows", More: true, Connection: "db"}
	out, looked, e = look(Read{Query: table.SQL{Text: "SELECT id, " + s.sleeps + " AS slept FROM orders"}}, 500*time.Millisecond)
	require.Nil(t, e)
	require.Equal(t, alone, looked)
	require.Equal(t, []string{"id INTEGER", "slept VARCHAR"}, columns(out))
	require.Zero(t, out["table"].Table.Rows)
	testkit.Eventually(t, "nobody is busy with it any more", func() bool { return s.count(s.busy) == 0 })
	out, looked, e = look(Read{Query: table.SQL{Text: "SELECT id, repeat('x', 100000) AS content FROM orders"}}, time.Hour)
	require.Nil(t, e)
	require.Equal(t, alone, looked)
	require.Equal(t, []string{"id INTEGER", "content VARCHAR"}, columns(out))

	for _, query := range []string{
		"DELETE FROM orders", "SELECT 1; DELETE FROM orders", "SELECT 1) AS q; DELETE FROM orders; SELECT * FROM (SELECT 1", "SHOW TABLES", "CALL nothing()", "EXPLAIN SELECT 1",
	} {
		_, _, e = look(Read{Query: table.SQL{Text: query}}, time.Hour)
		require.NotNil(t, e, query)
		require.Equal(t, "preview_unavailable", e.Code, query)
	}
	// What looks like a SELECT the server itself refuses, whose transaction only reads.
	for _, query := range []string{"SELECT grow() AS id", "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone"} {
		_, _, e = look(Read{Query: table.SQL{Text: query}}, time.Hour)
		require.NotNil(t, e, query)
		require.NotEqual(t, "preview_unavailable", e.Code, query)
	}
	_, _, e = look(Read{Query: table.SQL{Text: "SELECT grow() AS id"}}, time.Hour)
	require.Equal(t, connector.CodeSQL, e.Code)
	require.Contains(t, e.Message, "The query would change something")
	_, _, e = look(Read{Target: Target{Schema: s.schema, Table: "ordres"}}, time.Hour)
	require.Equal(t, connector.CodeTable, e.Code)
	require.Equal(t, "with.table", e.Details[0].Field)
	require.EqualValues(t, 1600, s.count("SELECT COUNT(*) FROM orders"))
}
