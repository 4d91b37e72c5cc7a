package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Write implements connector.Tables. Rows are written in one transaction. What makes and swaps tables cannot be part of
// one here: a table that was made is removed again when the rest fails, and the swap is one statement.
func (c *conn) Write(ctx context.Context, req connector.WriteRequest) (out connector.Written, err error) {
	if req, err = req.Prepared(); err != nil {
		return out, err
	}
	w := &writing{conn: c, req: req, schema: c.schema(req.Path)}
	defer c.watch(ctx)()
	over, err := w.turn(ctx)
	if err != nil {
		return out, err
	}
	defer over()
	if err := w.find(ctx); err != nil {
		return out, err
	}
	defer func() {
		if err == nil {
			return
		}
		out = connector.Written{}
		key, other := w.taken(ctx, err)
		undone := w.undo(ctx)
		over() // to name the row may take a while
		if err = other; key != nil {
			err = key.Error(ctx, w.req, w.given)
		}
		err = errors.Join(err, undone)
	}()
	if req.Mode == connector.Replace {
		err = w.replace(ctx)
		return w.out, err
	}
	if w.target == nil {
		if err := w.create(ctx, w.req.Path.Table); err != nil {
			return out, err
		}
		w.out.Created = true
	}
	if err := w.ledger(ctx); err != nil {
		return out, err
	}
	err = w.in(ctx, func(tx *sql.Tx) error {
		if done, err := w.already(ctx, tx); err != nil || done {
			return err
		}
		return w.write(ctx, tx)
	})
	return w.out, err
}

// turn waits until no other write of ours to that table is under way: they would lock the same rows in different orders, and
// fail at each other. Rows that are only added are in nobody's way. Waiting does not count as the query's time.
func (w *writing) turn(ctx context.Context) (over func(), err error) {
	if w.req.Mode == connector.Append && !w.req.Create {
		return func() {}, nil
	}
	sum := sha256.Sum256([]byte(strings.ToLower(w.schema + "\x00" + w.req.Path.Table)))
	name := "dataflow " + hex.EncodeToString(sum[:16])
	ask := fmt.Sprintf("SELECT /*+ MAX_EXECUTION_TIME(%d) */ GET_LOCK('%s', %d)", 2*turnWait.Milliseconds(), name, int(turnWait.Seconds())) //nolint:gosec // a hash and numbers
	if w.conn.mariadb {
		ask = "SET STATEMENT max_statement_time = 0 FOR " + ask
	}
	var got sql.NullInt64
	var refused *driver.MySQLError
	switch err := w.conn.c.QueryRowContext(ctx, ask).Scan(&got); {
	case errors.As(err, &refused) && strings.Contains(refused.Message, "GET_LOCK"):
		return func() {}, nil // clusters that keep several servers alike may have no such locks
	case err != nil:
		return nil, w.fail(ctx, err)
	}
	if got.Int64 != 1 {
		return nil, errs.Unavailable(connector.CodeBusy, "Another write to the table %q is under way for more than %s.", w.req.Path.Table, turnWait).WithHint("Try again. Nothing was written.")
	}
	return sync.OnceFunc(func() { // where this fails, the connection is gone, and its locks with it
		_, _ = w.conn.c.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", name)
	}), nil
}

// turnWait is how long a write waits for others to the same table.
const turnWait = time.Hour

// writing is one write under way.
type writing struct {
	conn     *conn
	req      connector.WriteRequest
	schema   string
	target   *relationInfo        // nil when there is none yet
	made     string               // a table to be removed when the write fails
	reshaped string               // how a table that is replaced comes to its columns
	given    []table.StreamColumn // as the rows are given
	out      connector.Written
}

func (w *writing) find(ctx context.Context) (err error) {
	if w.target, err = w.conn.find(ctx, w.req.Path); err != nil {
		return err
	}
	if err := w.nameable(); err != nil {
		return err
	}
	t := w.target
	switch {
	case t == nil && w.req.Mode != connector.Replace && !w.req.Create:
		return w.conn.missing(ctx, w.req.Path)
	case t == nil:
		return connector.CheckColumns(w.req, nil)
	case t.view:
		return errs.Invalid(connector.CodeTable, "%q is no table that rows can be written to.", t.Name)
	case w.req.Mode == connector.Replace:
		return w.replaceable(ctx)
	case !t.transactional:
		return errs.Invalid(connector.CodeNoTransaction, "The table %q cannot take a failed write back: its storage engine has no transactions.", t.Name).
			WithHint("Convert it with ALTER TABLE … ENGINE = InnoDB, or use the mode replace.")
	case w.req.Mode == connector.Truncate:
		if err := w.carries(ctx); err != nil {
			return err
		}
	}
	if err := t.Takes(w.req); err != nil {
		return err
	}
	if w.req.Mode.Merges() {
		return w.uniqueKey(ctx)
	}
	return nil
}

// nameable refuses names of columns that the server cannot keep.
func (w *writing) nameable() error {
	for _, name := range w.req.Names() {
		if r := beyond(name); r != 0 {
			return errs.Invalid(connector.CodeColumn, "The column %q has %q in its name, which MySQL and MariaDB take in values, but not in names.", name, r).WithHint("Give it another name first.")
		}
	}
	return nil
}

// uniqueKey makes sure that the key is one.
func (w *writing) uniqueKey(ctx context.Context) error {
	indexes, err := w.conn.list(ctx, `SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY COLUMN_NAME SEPARATOR '\n') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 GROUP BY INDEX_NAME HAVING MAX(SUB_PART IS NOT NULL) = 0`, w.schema, w.target.Name)
	if err != nil {
		return err
	}
	for _, index := range indexes {
		columns := strings.Split(index, "\n")
		if len(columns) == len(w.req.Keys) && !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(w.req.Keys, c) }) {
			return nil
		}
	}
	return errs.Invalid(connector.CodeKeys, "The table has no unique index on these key columns.").WithHint("Create one (CREATE UNIQUE INDEX …), or choose the columns of one that is there.")
}

// create makes a table of the columns that come. The key of an upsert becomes the table's.
func (w *writing) create(ctx context.Context, name string) error {
	text := relation.Definition(w.req, quote, func(c table.Column, key bool) string { return toMySQL(c.Type, key) })
	return w.make(ctx, name, "CREATE TABLE "+quote(w.schema, name)+" "+text+" ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4")
}

func (w *writing) make(ctx context.Context, name, statement string) error {
	if err := w.exec(ctx, statement); err != nil {
		return err
	}
	w.made = name
	return nil
}

// undo removes a table that was made, also when ctx has ended: on a connection of its own, for that one is gone then. One
// that others have written to meanwhile stays.
func (w *writing) undo(ctx context.Context) (err error) {
	if w.made == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("the table %s, which was made for the rows, could not be removed: %w", w.made, err)
		}
	}()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), killWait)
	defer stop()
	name := quote(w.schema, w.made)
	if w.made != w.req.Path.Table { // nobody else knows it
		_, err := w.conn.db.ExecContext(last, "DROP TABLE IF EXISTS "+name)
		return err
	}
	c, err := w.conn.db.Conn(last)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if _, err := c.ExecContext(last, "LOCK TABLES "+name+" WRITE"); err != nil {
		return err
	}
	defer func() {
		_, unlocked := c.ExecContext(last, "UNLOCK TABLES")
		err = errors.Join(err, unlocked)
	}()
	var used bool
	if err := c.QueryRowContext(last, "SELECT EXISTS (SELECT 1 FROM "+name+")").Scan(&used); err != nil || used {
		return err
	}
	_, err = c.ExecContext(last, "DROP TABLE "+name)
	return err
}

func (w *writing) write(ctx context.Context, tx *sql.Tx) error {
	name := quote(w.schema, w.req.Path.Table)
	switch w.req.Mode {
	case connector.Upsert, connector.Mirror:
		return w.staged(ctx, tx, name, w.upsert)
	case connector.Delete:
		return w.staged(ctx, tx, name, func(ctx context.Context, tx *sql.Tx, name string) error { return w.remove(ctx, tx, name, true) })
	case connector.Truncate:
		result, err := tx.ExecContext(ctx, "DELETE FROM "+name) //nolint:gosec // names are quoted
		if err != nil {
			return w.fail(ctx, err)
		}
		if w.out.Removed, err = result.RowsAffected(); err != nil {
			return w.fail(ctx, err)
		}
	}
	return w.insert(ctx, tx, name)
}

// insert streams the rows into a table and makes sure that all have arrived.
func (w *writing) insert(ctx context.Context, tx *sql.Tx, name string) error {
	columns := make([]table.StreamColumn, len(w.req.Columns))
	for i, c := range w.req.Columns {
		made := toMySQL(c.Type, slices.Contains(w.req.Keys, c.Name))
		typ := made
		if w.target != nil {
			if there, ok := w.target.Column(c.Name); ok {
				typ = there.Type
			}
		}
		columns[i] = table.StreamColumn{Column: c, Coding: codingFor(c.Type), Room: roomOf(typ)}
		columns[i].Room.Made = (w.req.Create || w.req.Mode == connector.Replace) && strings.EqualFold(typ, made)
	}
	w.given = columns
	b := newBatch(w, tx, name, columns)
	w.out.SQL = b.head + "(?, …), …"
	given, err := w.req.Give(ctx, columns, func(ctx context.Context, r io.Reader) error { return b.drain(ctx, r) })
	if err != nil {
		return err
	}
	w.out.Rows = b.written
	return connector.Reconcile(w.req.Rows, given, b.written)
}

// stageOfKeys is a table of the transaction's own, and stagedRow its column by which rows are in their order.
var (
	stageOfKeys = quote("dataflow_stage")
	stagedRow   = quote("dataflow_no")
)

// staged puts the rows into a table of their own, where wrong types are found with their row, for what then is done with it.
func (w *writing) staged(ctx context.Context, tx *sql.Tx, name string, then func(context.Context, *sql.Tx, string) error) (err error) {
	index := "" // for looking up what is there in what has come; a later ALTER TABLE would commit
	if w.req.Mode == connector.Mirror {
		index = ", INDEX (" + columnList(w.req.Keys) + ")"
	}
	number := stagedRow + " BIGINT AUTO_INCREMENT PRIMARY KEY"
	if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE "+stageOfKeys+" ("+number+index+") AS SELECT "+columnList(w.req.Names())+" FROM "+name+" LIMIT 0"); err != nil {
		return w.fail(ctx, err)
	}
	defer func() {
		if _, dropped := tx.ExecContext(ctx, "DROP TEMPORARY TABLE "+stageOfKeys); dropped != nil {
			err = errors.Join(err, w.fail(ctx, dropped))
		}
	}()
	if err := w.insert(ctx, tx, stageOfKeys); err != nil {
		return err
	}
	return then(ctx, tx, name)
}

// remove deletes the rows whose key is staged, or those whose key is not.
func (w *writing) remove(ctx context.Context, tx *sql.Tx, name string, staged bool) error {
	same := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		same[i] = "t." + quote(k) + " = s." + quote(k)
	}
	join, where := "JOIN ", ""
	if !staged {
		join, where = "LEFT JOIN ", " WHERE s."+quote(w.req.Keys[0])+" IS NULL"
	}
	text := "DELETE t FROM " + name + " AS t " + join + stageOfKeys + " AS s ON " + strings.Join(same, " AND ") + where //nolint:gosec // names are quoted
	result, err := tx.ExecContext(ctx, text)
	if err != nil {
		return w.fail(ctx, err)
	}
	w.out.Ran(text)
	w.out.Removed, err = result.RowsAffected()
	return w.fail(ctx, err)
}

// repeated is the error of a key that comes twice among the staged rows.
func (w *writing) repeated(ctx context.Context, tx *sql.Tx) error {
	told := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		told[i] = quote(k)
		if slices.ContainsFunc(w.given, func(c table.StreamColumn) bool { return c.Name == k && c.Coding == table.Hex }) {
			told[i] = "HEX(" + told[i] + ")"
		}
	}
	keys := columnList(w.req.Keys)
	var r connector.Repeated
	err := tx.QueryRowContext(ctx, relation.Repeated(stageOfKeys, stagedRow, keys, keys, "CONCAT_WS(', ', "+strings.Join(told, ", ")+")")).Scan(&r.First, &r.Second, &r.Key)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return w.fail(ctx, err)
	}
	return r.Error(w.req.Path.Table, w.req.Keys)
}

// upsert merges the staged rows: changes rows that are there, and then adds the others. ON DUPLICATE KEY would also change
// rows that are alike in another key. What the rows mirror is then all there is.
func (w *writing) upsert(ctx context.Context, tx *sql.Tx, name string) error {
	stage, names := stageOfKeys, w.req.Names()
	var double int64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+stage+" GROUP BY "+columnList(w.req.Keys)+" HAVING COUNT(*) > 1 LIMIT 1) AS d").Scan(&double); err != nil {
		return w.fail(ctx, err)
	}
	if double > 0 {
		return w.repeated(ctx, tx)
	}
	var same, set []string
	for _, n := range names {
		pair := "t." + quote(n) + " = s." + quote(n)
		if slices.Contains(w.req.Keys, n) {
			same = append(same, pair)
		} else {
			set = append(set, pair)
		}
	}
	on := " ON " + strings.Join(same, " AND ")
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+stage+" AS s JOIN "+name+" AS t"+on).Scan(&w.out.Updated); err != nil {
		return w.fail(ctx, err)
	}
	if set != nil {
		w.out.SQL = "UPDATE " + name + " AS t JOIN " + stage + " AS s" + on + " SET " + strings.Join(set, ", ")
		if _, err := tx.ExecContext(ctx, w.out.SQL); err != nil {
			return w.fail(ctx, err)
		}
	}
	came := make([]string, len(names))
	for i, n := range names {
		came[i] = "s." + quote(n)
	}
	fresh := "INSERT INTO " + name + " (" + columnList(names) + ") SELECT " + strings.Join(came, ", ") + " FROM " + stage + " AS s LEFT JOIN " + name + " AS t" + on + " WHERE t." + quote(w.req.Keys[0]) + " IS NULL" //nolint:gosec // as above
	result, err := tx.ExecContext(ctx, fresh)
	if err != nil {
		return w.fail(ctx, err)
	}
	w.out.Ran(fresh)
	added, err := result.RowsAffected()
	if err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, w.out.Updated+added); err != nil || w.req.Mode != connector.Mirror {
		return err
	}
	// A row that a trigger gave another key would be removed with those whose key did not come in.
	var kept int64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+stage+" AS s JOIN "+name+" AS t"+on+" LOCK IN SHARE MODE").Scan(&kept); err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	return w.remove(ctx, tx, name, false)
}

// ledger makes the table in which written keys are remembered, and drops what no repetition can ask for any more.
func (w *writing) ledger(ctx context.Context) error {
	if w.req.Once == "" {
		return nil
	}
	name := quote(w.schema, connector.Ledger)
	if err := w.exec(ctx, "CREATE TABLE IF NOT EXISTS "+name+" (step VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, target VARCHAR(255) NOT NULL, row_count BIGINT NOT NULL, written_at DATETIME NOT NULL) ENGINE = InnoDB"); err != nil {
		return err
	}
	return w.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE written_at < UTC_TIMESTAMP() - INTERVAL %d DAY", name, connector.LedgerDays))
}

// already says whether an earlier attempt has written the rows. Whoever has the same key waits here for the other.
func (w *writing) already(ctx context.Context, tx *sql.Tx) (bool, error) {
	if w.req.Once == "" {
		return false, nil
	}
	name := quote(w.schema, connector.Ledger)
	result, err := tx.ExecContext(ctx, "INSERT IGNORE INTO "+name+" (step, target, row_count, written_at) VALUES (?, ?, ?, UTC_TIMESTAMP())", w.req.Once, w.req.Path.Table, w.req.Rows) //nolint:gosec // as above
	if err != nil {
		return false, w.fail(ctx, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return false, w.fail(ctx, err)
	}
	w.out = connector.Written{Already: true}
	return true, w.fail(ctx, tx.QueryRowContext(ctx, "SELECT row_count FROM "+name+" WHERE step = ?", w.req.Once).Scan(&w.out.Rows))
}

// in runs f in a transaction: committed when f gives nil.
func (w *writing) in(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := w.conn.c.BeginTx(ctx, nil)
	if err != nil {
		return w.fail(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := f(tx); err != nil {
		return err
	}
	return w.fail(ctx, tx.Commit())
}

func (w *writing) exec(ctx context.Context, text string) error {
	_, err := w.conn.c.ExecContext(ctx, text)
	return w.fail(ctx, err)
}

func (w *writing) fail(ctx context.Context, err error) error { return failed(ctx, err, w.conn.cfg) }
