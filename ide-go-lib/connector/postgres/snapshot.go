package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// mostBegun is how often a read begins anew before it gives up: each time somebody has put other rows into its tables meanwhile.
const mostBegun = 20

// codeFunction is what a server says that does not know a function.
const codeFunction = "42883"

// begin opens the transaction, and finds out what is read. PostgreSQL settles what a transaction sees before it waits for tables that
// somebody is filling. TRUNCATE and what makes a table anew empty it for those who began earlier, too: they would find no rows and
// no error. So it begins once more when it holds the tables and they are newer than what it sees.
func (c *conn) begin(ctx context.Context, req connector.ReadRequest, args [][]byte) (source string, p plan, err error) {
	for range mostBegun {
		if _, err = c.pg.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"); err != nil {
			return source, p, failed(ctx, err, c.cfg)
		}
		if source, err = c.source(ctx, req); err != nil {
			return source, p, err
		}
		described, err := c.pg.Prepare(ctx, "", source)
		if err != nil {
			return source, p, c.withTables(ctx, failed(ctx, err, c.cfg))
		}
		if p, err = planOf(source, described.Fields, req); err != nil {
			return source, p, err
		}
		if c.foreign {
			return source, p, nil
		}
		newer, err := c.newer(ctx, p, args)
		var unknown *pgconn.PgError
		switch c.foreign = errors.As(err, &unknown) && unknown.Code == codeFunction; {
		case c.foreign: // the transaction takes nothing more after the error
		case err != nil || !newer:
			return source, p, failed(ctx, err, c.cfg)
		}
		if _, err := c.pg.Exec(ctx, "ROLLBACK"); err != nil {
			return source, p, failed(ctx, err, c.cfg)
		}
	}
	return source, p, errs.Unavailable(connector.CodeBusy, "Others put new rows in the place of all that are there without a pause, so that nothing could be read.").WithHint("Try again later.")
}

// newer says whether a table of the query was emptied or made after the moment that the transaction sees. EXPLAIN locks all of
// them, partitions and what is below views, too. What pg_class says is of that moment, and what the function says of now.
func (c *conn) newer(ctx context.Context, p plan, args [][]byte) (newer bool, err error) {
	if err := c.pg.PgConn().ExecParams(ctx, "EXPLAIN "+p.text, args, nil, nil, nil).Read().Err; err != nil {
		return false, err
	}
	err = c.pg.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
		WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND (c.oid IS NULL OR c.relfilenode <> 0 AND c.relfilenode <> pg_relation_filenode(c.oid)))`).Scan(&newer)
	return newer, err
}
