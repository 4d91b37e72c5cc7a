package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Write implements connector.Tables, in one transaction.
func (c *conn) Write(ctx context.Context, req connector.WriteRequest) (out connector.Written, err error) {
	if req, err = req.Prepared(); err != nil {
		return out, err
	}
	w := &writing{conn: c, req: req}
	err = c.in(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		w.tx = tx
		if err := w.turn(ctx); err != nil {
			return err
		}
		if err := w.find(ctx); err != nil {
			return err
		}
		done, err := w.already(ctx)
		if err != nil || done {
			out = w.out
			return err
		}
		if err := w.write(ctx); err != nil {
			return err
		}
		out = w.out
		return w.remember(ctx)
	})
	if err != nil {
		return connector.Written{}, w.taken(ctx, err)
	}
	out.Schema = w.schema
	return out, nil
}

// writing is one write under way.
type writing struct {
	conn   *conn
	tx     pgx.Tx
	req    connector.WriteRequest
	target *relationInfo // nil when there is none yet
	schema string
	given  []table.StreamColumn // as the rows are given
	out    connector.Written
}

// turn waits until no other write of ours to that table is under way: they would lock the same rows in different orders, and
// fail at each other. Rows that are only added are in nobody's way. Waiting does not count as the query's time.
func (w *writing) turn(ctx context.Context) error {
	if w.req.Mode == connector.Append && !w.req.Create {
		return nil
	}
	name := literal(quote(w.req.Path.Table))
	if w.req.Path.Schema != "" {
		name = literal(quote(w.req.Path.Schema, w.req.Path.Table))
	}
	for _, text := range []string{
		"SET LOCAL statement_timeout = 0",
		"SELECT pg_advisory_xact_lock(hashtext('dataflow ' || coalesce(to_regclass(" + name + ")::oid::text, " + name + ")))",
		fmt.Sprintf("SET LOCAL statement_timeout = %d", w.conn.cfg.QuerySeconds*1000),
	} {
		if err := w.exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// mostName is how many bytes a name may have. The server would cut a longer one off, and mean another table or column.
const mostName = 63

func (w *writing) named() error {
	for what, names := range map[string][]string{"table": {w.req.Path.Table}, "column": w.req.Names()} {
		for _, n := range names {
			if len(n) > mostName {
				return errs.Invalid(connector.CodeTable, "The name of the %s %q has %d bytes; PostgreSQL takes no more than %d.", what, n, len(n), mostName).
					WithHint("Give it a shorter name.")
			}
		}
	}
	return nil
}

func (w *writing) find(ctx context.Context) (err error) {
	if err := w.named(); err != nil {
		return err
	}
	if w.target, err = w.conn.find(ctx, w.tx, w.req.Path); err != nil {
		return err
	}
	if w.target != nil {
		w.schema = w.target.Schema
		if !slices.Contains([]string{"r", "p"}, w.target.kind) {
			return errs.Invalid(connector.CodeTable, "%q is no table that rows can be written to.", w.req.Path.Table)
		}
		if err := w.emptied(ctx); err != nil {
			return err
		}
		if w.req.Mode == connector.Replace {
			return w.target.Fills(w.req)
		}
		return w.target.Takes(w.req)
	}
	if w.req.Mode != connector.Replace && !w.req.Create {
		return w.conn.missing(ctx, w.req.Path)
	}
	if w.schema = w.req.Path.Schema; w.schema == "" {
		var schema *string
		if err := w.tx.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
			return w.fail(ctx, err)
		}
		if schema == nil {
			return errs.Invalid(connector.CodeTable, "Name the schema in which the table is to be made: the user has none of its own.")
		}
		w.schema = *schema
	}
	return connector.CheckColumns(w.req, nil)
}

func (w *writing) write(ctx context.Context) error {
	if w.target != nil && (w.req.Mode == connector.Replace || w.req.Mode == connector.Truncate) {
		return w.replace(ctx)
	}
	if w.target == nil {
		if err := w.create(ctx, w.req.Path.Table); err != nil {
			return err
		}
		w.out.Created = true
	}
	name := quote(w.schema, w.req.Path.Table)
	switch w.req.Mode {
	case connector.Upsert, connector.Mirror:
		return w.upsert(ctx, name)
	case connector.Delete:
		return w.delete(ctx, name)
	}
	return w.copy(ctx, name, w.types(w.target))
}

// create makes a table of the columns that come. The key of an upsert becomes the table's.
func (w *writing) create(ctx context.Context, name string) error {
	text := relation.Definition(w.req, quote, func(c table.Column, _ bool) string { return toPostgres(c.Type) })
	return w.exec(ctx, "CREATE TABLE "+quote(w.schema, name)+" "+text)
}

// types gives the type of each column in the target; nil is a table that was just made.
func (w *writing) types(target *relationInfo) []string {
	types := make([]string, len(w.req.Columns))
	for i, c := range w.req.Columns {
		types[i] = toPostgres(c.Type)
		if target != nil {
			if there, ok := target.Column(c.Name); ok {
				types[i] = there.Base
			}
		}
	}
	return types
}

// copy streams the rows into a table and makes sure that all have arrived.
func (w *writing) copy(ctx context.Context, name string, types []string) error {
	columns := make([]table.StreamColumn, len(w.req.Columns))
	names := make([]string, len(w.req.Columns))
	for i, c := range w.req.Columns {
		columns[i] = table.StreamColumn{Column: c, Coding: codingFor(c.Type, types[i]), Room: roomOf(types[i])}
		names[i] = c.Name
	}
	w.given = columns
	text := "COPY " + name + " (" + columnList(names) + ") FROM STDIN (FORMAT csv)"
	w.out.SQL = text
	var arrived int64
	var refused *pgconn.PgError
	var ended error
	given, err := w.req.Give(ctx, columns, func(ctx context.Context, r io.Reader) error {
		tag, err := w.tx.Conn().PgConn().CopyFrom(ctx, r, text)
		arrived = tag.RowsAffected()
		errors.As(err, &refused)
		ended = w.fail(ctx, err)
		return ended
	})
	if refused != nil && refused.Code != codeUnique && errors.Is(err, ended) { // and not what the giving itself ended with
		if line, column := copyAt(refused); line > 0 {
			row, lost := connector.RowAt(ctx, w.req.Give, columns, line)
			if lost != nil {
				return errors.Join(err, lost)
			}
			refused.TableName = w.req.Path.Table
			refused.Where = fmt.Sprintf("COPY rows, line %d, column %s", row, column)
			return meaning(refused, w.conn.cfg)
		}
	}
	if err != nil {
		return err
	}
	w.out.Rows = arrived
	return connector.Reconcile(w.req.Rows, given, arrived)
}

const stageOfKeys = "pg_temp.dataflow_stage"

// staged puts the rows into a table of their own, where wrong types are found with their row.
func (w *writing) staged(ctx context.Context, name string, names []string) error {
	if err := w.exec(ctx, "CREATE TEMPORARY TABLE dataflow_stage ON COMMIT DROP AS SELECT "+columnList(names)+" FROM "+name+" WITH NO DATA"); err != nil {
		return err
	}
	if err := w.copy(ctx, stageOfKeys, w.types(w.target)); err != nil {
		return err
	}
	empty := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		empty[i] = quote(k) + " IS NULL"
	}
	var without int64
	if err := w.tx.QueryRow(ctx, "SELECT count(*) FROM "+stageOfKeys+" WHERE "+strings.Join(empty, " OR ")).Scan(&without); err != nil {
		return w.fail(ctx, err)
	}
	if without > 0 {
		return errs.Invalid(connector.CodeKeys, "%d of the rows have an empty key.", without).WithHint("Leave them out or fill the key first. Nothing was written.")
	}
	return w.exec(ctx, "ANALYZE "+stageOfKeys) // nothing is known of its rows, and they are about to be joined
}

// delete removes the rows of the keys that come in.
func (w *writing) delete(ctx context.Context, name string) error {
	if err := w.staged(ctx, name, w.req.Names()); err != nil {
		return err
	}
	return w.remove(ctx, name, "")
}

// remove deletes the rows whose key is staged, or with not is "NOT ", those whose key is not.
func (w *writing) remove(ctx context.Context, name, not string) error {
	text := "DELETE FROM " + name + " AS target WHERE " + not + "EXISTS (SELECT FROM " + stageOfKeys + " AS stage WHERE " + w.same() + ")"
	tag, err := w.tx.Exec(ctx, text)
	if err != nil {
		return w.fail(ctx, err)
	}
	w.out.Removed = tag.RowsAffected()
	w.out.Ran(text)
	return nil
}

// same is the condition of rows of the same key.
func (w *writing) same() string {
	same := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		same[i] = "stage." + quote(k) + " = target." + quote(k)
	}
	return strings.Join(same, " AND ")
}

// upsert stages the rows and merges them; what they mirror is then all there is.
func (w *writing) upsert(ctx context.Context, name string) error {
	names := w.req.Names()
	if err := w.staged(ctx, name, names); err != nil {
		return err
	}
	var set []string
	for _, n := range names {
		if !slices.Contains(w.req.Keys, n) {
			set = append(set, quote(n)+" = EXCLUDED."+quote(n))
		}
	}
	if set == nil { // the key is all there is; setting it to itself counts the row
		set = []string{quote(w.req.Keys[0]) + " = EXCLUDED." + quote(w.req.Keys[0])}
	}
	text := "INSERT INTO " + name + " AS target (" + columnList(names) + ") SELECT " + columnList(names) + " FROM " + stageOfKeys +
		" ON CONFLICT (" + columnList(w.req.Keys) + ") DO UPDATE SET " + strings.Join(set, ", ")
	w.out.SQL = text
	if err := w.exec(ctx, "SAVEPOINT dataflow_merge"); err != nil { // behind which the staged rows can still be asked
		return err
	}
	var written int64
	// xmax is 0 in rows that are new. Of partitions nobody tells it; what all parts of a statement see is how it was before.
	count := "WITH merged AS (" + text + " RETURNING target.xmax = 0 AS fresh) SELECT count(*), count(*) FILTER (WHERE NOT fresh) FROM merged"
	if w.target != nil && w.target.kind == "p" {
		count = "WITH merged AS (" + text + " RETURNING 1) SELECT (SELECT count(*) FROM merged), (SELECT count(*) FROM " + stageOfKeys + " AS stage WHERE EXISTS (SELECT FROM " + name + " AS target WHERE " + w.same() + "))"
	}
	if err := w.tx.QueryRow(ctx, count).Scan(&written, &w.out.Updated); err != nil {
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == codeTwice {
			return w.repeated(ctx)
		}
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, written); err != nil || w.req.Mode != connector.Mirror {
		return err
	}
	// A row that a trigger gave another key would be removed with those whose key did not come in.
	var kept int64
	if err := w.tx.QueryRow(ctx, "SELECT count(*) FROM "+stageOfKeys+" AS stage WHERE EXISTS (SELECT FROM "+name+" AS target WHERE "+w.same()+")").Scan(&kept); err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	return w.remove(ctx, name, "NOT ")
}

// repeated is the error of a key that comes twice among the staged rows, which lie in their order.
func (w *writing) repeated(ctx context.Context) error {
	if err := w.exec(ctx, "ROLLBACK TO SAVEPOINT dataflow_merge"); err != nil {
		return err
	}
	keys := columnList(w.req.Keys)
	var r connector.Repeated
	err := w.tx.QueryRow(ctx, relation.Repeated(stageOfKeys, "ctid", keys, keys, "concat_ws(', ', "+keys+")")).Scan(&r.First, &r.Second, &r.Key)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return w.fail(ctx, err)
	}
	return r.Error(w.req.Path.Table, w.req.Keys)
}

// already says whether an earlier attempt has written the rows. Whoever has the same key waits here for the other.
func (w *writing) already(ctx context.Context) (bool, error) {
	if w.req.Once == "" {
		return false, nil
	}
	ledger := quote(w.schema, connector.Ledger)
	var there bool
	if err := w.tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", ledger).Scan(&there); err != nil {
		return false, w.fail(ctx, err)
	}
	if !there {
		// Two that make it at once would fail at each other.
		if err := w.exec(ctx, "SELECT pg_advisory_xact_lock(hashtext("+literal(ledger)+"))"); err != nil {
			return false, err
		}
		if err := w.exec(ctx, "CREATE TABLE IF NOT EXISTS "+ledger+" (step text PRIMARY KEY, target text NOT NULL, rows bigint NOT NULL, written_at timestamptz NOT NULL DEFAULT now())"); err != nil {
			return false, err
		}
	}
	tag, err := w.tx.Exec(ctx, "INSERT INTO "+ledger+" (step, target, rows) VALUES ($1, $2, $3) ON CONFLICT (step) DO NOTHING", w.req.Once, w.req.Path.Table, w.req.Rows)
	if err != nil {
		return false, w.fail(ctx, err)
	}
	if tag.RowsAffected() == 1 {
		return false, nil
	}
	w.out = connector.Written{Already: true}
	return true, w.fail(ctx, w.tx.QueryRow(ctx, "SELECT rows FROM "+ledger+" WHERE step = $1", w.req.Once).Scan(&w.out.Rows))
}

// remember drops what no repetition can ask for any more.
func (w *writing) remember(ctx context.Context) error {
	if w.req.Once == "" {
		return nil
	}
	return w.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE written_at < now() - interval '%d days'", quote(w.schema, connector.Ledger), connector.LedgerDays))
}

func (w *writing) exec(ctx context.Context, text string) error {
	_, err := w.tx.Exec(ctx, text)
	return w.fail(ctx, err)
}

func (w *writing) fail(ctx context.Context, err error) error { return failed(ctx, err, w.conn.cfg) }
