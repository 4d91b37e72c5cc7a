package postgres_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
)

// TRUNCATE and what makes a table anew empty it for whoever began before, too: those who wait for the end of it see what is there then.
func TestReadersNeverSeeATableThatIsBeingFilled(t *testing.T) {
	b, s, exec := build(t)
	exec(`CREATE ROLE partly LOGIN PASSWORD 'secret'`)
	filler, err := pgx.Connect(t.Context(), fmt.Sprintf("host=127.0.0.1 sslmode=disable user=%s password=%s dbname=%s port=%d", s.User, s.Password, s.Database, s.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = filler.Close(context.Background()) })
	waits := "SELECT count(*) FROM pg_locks WHERE NOT granted"
	const fill = "INSERT INTO seen SELECT g, 'new' FROM generate_series(1, 9) g"
	of := func(name string) connector.ReadRequest {
		return connector.ReadRequest{Path: connector.Path{Table: name}}
	}
	asked := func(text string, args ...any) connector.ReadRequest {
		return connector.ReadRequest{Query: table.SQL{Text: text, Args: args}}
	}
	since := asked("SELECT * FROM seen")
	since.Since = &connector.Since{Column: "v"}
	for name, c := range map[string]struct {
		change string
		read   connector.ReadRequest
		want   string
		user   string
	}{
		"table":             {change: "TRUNCATE seen; " + fill, read: of("seen")},
		"query":             {change: "TRUNCATE seen; " + fill, read: asked("SELECT id FROM seen")},
		"bound":             {change: "TRUNCATE seen; " + fill, read: asked("SELECT id FROM seen WHERE id > $1", 0)},
		"incremental":       {change: "TRUNCATE seen; " + fill, read: since},
		"view":              {change: "TRUNCATE seen; " + fill, read: of("shown")},
		"some columns":      {change: "TRUNCATE seen; " + fill, read: asked("SELECT id FROM seen"), user: "partly"},
		"materialized view": {change: "TRUNCATE seen; " + fill + "; REFRESH MATERIALIZED VIEW summed", read: of("summed")},
		"swapped":           {change: "CREATE TABLE other AS SELECT g AS id, 'new' AS v FROM generate_series(1, 9) g; ALTER TABLE seen RENAME TO former; ALTER TABLE other RENAME TO seen", read: asked("SELECT id FROM seen")},
		"partition":         {change: "TRUNCATE part; INSERT INTO part SELECT g, 'new' FROM generate_series(1, 9) g", read: of("parts")},
	} {
		t.Run(name, func(t *testing.T) {
			b.T = t
			exec(`DROP TABLE IF EXISTS former, seen, parts CASCADE`)
			exec(`CREATE TABLE seen (id int, v text); INSERT INTO seen VALUES (1, 'old'), (2, 'old'); GRANT SELECT (id) ON seen TO partly`)
			exec(`CREATE VIEW shown AS SELECT * FROM seen; CREATE MATERIALIZED VIEW summed AS SELECT * FROM seen`)
			exec(`CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (100); INSERT INTO parts VALUES (1, 'old')`)
			if c.user != "" {
				user, password := b.Config["user"], b.Config["password"]
				b.Config["user"], b.Config["password"] = c.user, "secret"
				defer func() { b.Config["user"], b.Config["password"] = user, password }()
			}
			_, err := filler.Exec(t.Context(), "BEGIN; "+c.change)
			require.NoError(t, err)
			read := make(chan string, 1)
			go func() {
				got, e := b.Read(t.Context(), c.read)
				read <- fmt.Sprint(got.Meta.Rows, " rows, ", e)
			}()
			testkit.Eventually(t, "the reader waits", func() bool {
				var n int
				require.NoError(t, filler.QueryRow(t.Context(), waits).Scan(&n))
				return n > 0
			})
			_, err = filler.Exec(t.Context(), "COMMIT")
			require.NoError(t, err)
			require.Equal(t, "9 rows, <nil>", testkit.Receive(t, "the read ends", read))
		})
	}
}

// Whoever only speaks the protocol may not know what is asked for that.
func TestServersThatDoNotTellWhenTablesAreEmptied(t *testing.T) {
	b, _, exec := build(t)
	exec(`CREATE TABLE seen AS SELECT 7 AS id`)
	exec(`ALTER FUNCTION pg_relation_filenode (regclass) RENAME TO unknown_here`)
	require.Equal(t, "7\n", b.Query("SELECT id FROM seen"))
	require.Equal(t, "7\n", b.Query("SELECT id FROM seen WHERE id > $1", 0))
	_, e := b.Read(t.Context(), connector.ReadRequest{Query: table.SQL{Text: "SELECT no_such(id) FROM seen"}})
	require.Equal(t, connector.CodeSQL, e.Code)
}

// While rows are still coming, everybody can read those that are there.
func TestATableIsLockedOnlyWhileRowsArePutInPlace(t *testing.T) {
	b, _, exec := build(t)
	columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("v", "VARCHAR", table.Plain)}
	rows := b.Table(columns, strings.Repeat("7,new\n", 5))
	for _, mode := range []connector.Mode{connector.Truncate, connector.Replace} {
		exec(`DROP TABLE IF EXISTS busy`)
		exec(`CREATE TABLE busy (id int, v text, made date DEFAULT current_date, n int GENERATED ALWAYS AS IDENTITY)`)
		exec(`INSERT INTO busy VALUES (1, 'old'), (2, 'old')`)
		conn := connectortest.OpenAs[connector.Tables](b, nil)
		var meanwhile string
		out, err := conn.Write(t.Context(), connector.WriteRequest{
			Path: connector.Path{Table: "busy"}, Mode: mode, Columns: rows.Meta.Columns, Rows: rows.Meta.Rows,
			Give: func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
				return b.Engine.Give(ctx, connectortest.Tenant, rows.Artifact, columns, func(ctx context.Context, r io.Reader) error {
					meanwhile = b.Query("SELECT id, v FROM busy ORDER BY id")
					return drain(ctx, r)
				})
			},
		})
		require.NoError(t, err, mode)
		require.Equal(t, "1,old\n2,old\n", meanwhile, mode)
		require.EqualValues(t, 5, out.Rows, mode)
		require.EqualValues(t, 2, out.Removed, mode)
		require.Equal(t, "5,7,new\n", b.Query("SELECT count(*) AS n, id, v FROM busy GROUP BY id, v"), mode)
		if mode == connector.Truncate {
			require.Equal(t, "5,t\n", strings.ReplaceAll(b.Query("SELECT count(made) AS n, max(n) > 2 AS on FROM busy"), "true", "t"), "defaults and numbers go on")
		}
	}
}
