package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Write implements connector.Tables, in one transaction.
func (c *conn) Write(ctx context.Context, req connector.WriteRequest) (out connector.Written, err error) {
	if req, err = req.Prepared(); err != nil {
		return out, err
	}
	w := &writing{conn: c, req: req}
	if w.target, err = c.find(ctx, req.Path.Table); err != nil {
		return out, err
	}
	if err := w.check(ctx); err != nil {
		return out, err
	}
	if req.Mode == connector.Replace {
		// To drop a table deletes its rows first, and with them, by way of references, those of others. Within a transaction
		// the setting cannot be changed.
		if _, err := c.c.ExecContext(ctx, "PRAGMA foreign_keys = off"); err != nil {
			return out, failed(ctx, err, c.cfg)
		}
		defer func() {
			if _, on := c.c.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = on"); err == nil {
				err = failed(ctx, on, c.cfg)
			}
		}()
	}
	if w.tx, err = c.c.BeginTx(ctx, nil); err != nil {
		return out, failed(ctx, err, c.cfg)
	}
	defer func() { _ = w.tx.Rollback() }() // after a commit this does nothing
	done, err := w.already(ctx)
	if err == nil && !done {
		err = w.write(ctx)
	}
	if err != nil {
		return out, w.taken(ctx, err)
	}
	if err := w.tx.Commit(); err != nil {
		return out, failed(ctx, err, c.cfg)
	}
	return w.out, nil
}

// writing is one write under way.
type writing struct {
	conn   *conn
	tx     *sql.Tx
	req    connector.WriteRequest
	target *relationInfo        // nil when there is none yet
	given  []table.StreamColumn // as the rows are given
	refused
	out connector.Written
}

func (w *writing) check(ctx context.Context) error {
	t := w.target
	switch {
	case t == nil && w.req.Mode != connector.Replace && !w.req.Create:
		return w.conn.missing(ctx, w.req.Path.Table)
	case t == nil:
		return connector.CheckColumns(w.req, nil)
	case t.view:
		return errs.Invalid(connector.CodeTable, "%q is no table that rows can be written to.", t.Name)
	case w.req.Mode == connector.Replace:
		return w.replaceable(ctx)
	case w.req.Mode == connector.Truncate:
		keys, err := w.keysTo(ctx, carried)
		if err := errors.Join(err, t.Carries(keys)); err != nil {
			return err
		}
	}
	return t.Takes(w.req)
}

func (w *writing) write(ctx context.Context) error {
	name := quote(w.req.Path.Table)
	if w.req.Mode == connector.Replace {
		return w.replace(ctx, name)
	}
	if w.target == nil {
		if err := w.create(ctx, name); err != nil {
			return err
		}
		w.out.Created = true
	}
	switch w.req.Mode {
	case connector.Upsert, connector.Mirror:
		return w.staged(ctx, name, w.upsert)
	case connector.Delete:
		return w.staged(ctx, name, func(ctx context.Context, name string) error { return w.remove(ctx, name, "") })
	case connector.Truncate:
		result, err := w.tx.ExecContext(ctx, "DELETE FROM "+name) //nolint:gosec // names are quoted
		if err != nil {
			return w.fail(ctx, err)
		}
		if w.out.Removed, err = result.RowsAffected(); err != nil {
			return w.fail(ctx, err)
		}
	}
	return w.insert(ctx, name)
}

// create makes a table of the columns that come. The key of an upsert becomes the table's.
func (w *writing) create(ctx context.Context, name string) error {
	text := relation.Definition(w.req, quote, func(c table.Column, _ bool) string { return toSQLite(c.Type) })
	return w.exec(ctx, "CREATE TABLE "+name+" "+text)
}

// insert streams the rows into a table and makes sure that all have arrived.
func (w *writing) insert(ctx context.Context, name string) (err error) {
	columns := make([]table.StreamColumn, len(w.req.Columns))
	for i, c := range w.req.Columns {
		declared := toSQLite(c.Type)
		if w.target != nil {
			if there, ok := w.target.Column(c.Name); ok {
				declared = there.Type
			}
		}
		columns[i] = table.StreamColumn{Column: c, Coding: codingFor(c.Type), Room: roomOf(declared)}
	}
	w.given = columns
	// OR ABORT goes before what a table may say itself, ON CONFLICT REPLACE or IGNORE, by which rows would vanish without a word.
	text := "INSERT OR ABORT INTO " + name + " (" + columnList(w.req.Names()) + ") VALUES (" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")" //nolint:gosec // as above
	w.out.SQL = text
	statement, err := w.tx.PrepareContext(ctx, text)
	if err != nil {
		return w.fail(ctx, err)
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	var arrived int64
	given, err := w.req.Give(ctx, columns, func(ctx context.Context, r io.Reader) error {
		arrived, err = w.drain(ctx, statement, columns, r)
		return err
	})
	if err != nil {
		return err
	}
	w.out.Rows = arrived
	return connector.Reconcile(w.req.Rows, given, arrived)
}

func (w *writing) drain(ctx context.Context, statement *sql.Stmt, columns []table.StreamColumn, r io.Reader) (row int64, err error) {
	values, fits := make([]any, len(columns)), w.fits(columns)
	for rows := rowtext.NewReader(r); ; row++ {
		fields, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return row, nil
		}
		if err != nil {
			return row, err
		}
		for i, f := range fields {
			switch {
			case f.Null && w.req.Mode.ByKey() && slices.Contains(w.req.Keys, columns[i].Name):
				return row, errs.Invalid(connector.CodeKeys, "The key column %q is empty in row %d.", columns[i].Name, row+1).WithHint("Leave such rows out or fill the key first. Nothing was written.")
			case f.Null:
				values[i] = nil
			case columns[i].Coding == table.Hex:
				if values[i], err = hex.DecodeString(string(f.Text)); err != nil {
					return row, err
				}
			case fits[i] != nil && !fits[i](string(f.Text)):
				there, _ := w.target.Column(columns[i].Name)
				return row, connector.Mismatch(row+1, columns[i].Name, fmt.Sprintf("%q is not of the type %s", f.Text, there.Type), nil)
			default:
				values[i] = stored(columns[i].Type, string(f.Text))
			}
		}
		if _, err := statement.ExecContext(ctx, values...); err != nil {
			w.refuse(row+1, fields)
			err = w.fail(ctx, err)
			var e *errs.Error
			if errors.As(err, &e) {
				out := errs.New(e.Status, e.Code, "Row %d: %s", row+1, e.Message).Wrap(e.Cause)
				out.Hint, out.HintForm, out.HintArgs = e.Hint, e.HintForm, e.HintArgs
				return row, out.With(e.Details...).With(e.At(errs.Place{Row: row + 1}))
			}
			return row, err
		}
	}
}

// fits gives the checks of the columns by the types that the target has.
func (w *writing) fits(columns []table.StreamColumn) []fit {
	fits := make([]fit, len(columns))
	for i, c := range columns {
		if w.target != nil {
			if there, ok := w.target.Column(c.Name); ok {
				fits[i] = fitOf(c.Type, there.Type)
			}
		}
	}
	return fits
}

// stageOfKeys is a table of the connection's own.
const stageOfKeys = "temp.dataflow_stage"

// staged puts the rows into a table of their own, for what then is done with it.
func (w *writing) staged(ctx context.Context, name string, then func(ctx context.Context, name string) error) error {
	if err := w.exec(ctx, "CREATE TEMPORARY TABLE dataflow_stage AS SELECT "+columnList(w.req.Names())+" FROM "+name+" LIMIT 0"); err != nil {
		return err
	}
	if err := w.insert(ctx, stageOfKeys); err != nil {
		return err
	}
	if err := then(ctx, name); err != nil {
		return err
	}
	return w.exec(ctx, "DROP TABLE "+stageOfKeys)
}

// remove deletes the rows whose key is staged, or with not is "NOT ", those whose key is not.
func (w *writing) remove(ctx context.Context, name, not string) error {
	keys := columnList(w.req.Keys)
	text := "DELETE FROM " + name + " WHERE (" + keys + ") " + not + "IN (SELECT " + keys + " FROM " + stageOfKeys + ")" //nolint:gosec // names are quoted
	if not != "" {
		for _, k := range w.req.Keys {
			text += " OR " + quote(k) + " IS NULL"
		}
	}
	result, err := w.tx.ExecContext(ctx, text)
	if err != nil {
		return w.fail(ctx, err)
	}
	w.out.Ran(text)
	w.out.Removed, err = result.RowsAffected()
	return w.fail(ctx, err)
}

// groups are what the staged rows are grouped by to find the same key twice: the key's columns, compared as each unique
// index on them does.
func (w *writing) groups(ctx context.Context) ([]string, error) {
	type part struct{ index, column, collation string }
	parts, err := relation.Query(ctx, w.tx, func(rows *sql.Rows, p *part) error { return rows.Scan(&p.index, &p.column, &p.collation) },
		`SELECT l.name, x.name, x.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x WHERE l."unique" AND NOT l.partial AND x.key AND x.name IS NOT NULL`, w.req.Path.Table)
	if err != nil {
		return nil, w.fail(ctx, err)
	}
	collations := map[string]map[string]string{}
	for _, p := range parts {
		if collations[p.index] == nil {
			collations[p.index] = map[string]string{}
		}
		collations[p.index][p.column] = p.collation
	}
	groups := []string{columnList(w.req.Keys)}
	for _, of := range collations {
		var list []string
		for _, k := range w.req.Keys {
			if collation, ok := of[k]; ok {
				list = append(list, quote(k)+" COLLATE "+quote(collation))
			}
		}
		if len(list) == len(w.req.Keys) && len(of) == len(list) {
			groups = append(groups, strings.Join(list, ", "))
		}
	}
	return groups, nil
}

// repeated is the error of a key that comes twice among the staged rows, compared by a group.
func (w *writing) repeated(ctx context.Context, group string) error {
	told := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		told[i] = quote(k)
		if slices.ContainsFunc(w.given, func(c table.StreamColumn) bool { return c.Name == k && c.Coding == table.Hex }) {
			told[i] = "hex(" + told[i] + ")"
		}
	}
	var r connector.Repeated
	text := relation.Repeated(stageOfKeys, w.rowID(), columnList(w.req.Keys), group, strings.Join(told, " || ', ' || "))
	if err := w.tx.QueryRowContext(ctx, text).Scan(&r.First, &r.Second, &r.Key); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return w.fail(ctx, err)
	}
	return r.Error(w.req.Path.Table, w.req.Keys)
}

// rowID is what a staged row is numbered by; a column may have one of its names.
func (w *writing) rowID() string {
	names := []string{"rowid", "_rowid_", "oid"}
	i := slices.IndexFunc(names, func(id string) bool {
		return !slices.ContainsFunc(w.req.Names(), func(name string) bool { return strings.EqualFold(name, id) })
	})
	return names[max(i, 0)]
}

// upsert merges the staged rows; what they mirror is then all there is.
func (w *writing) upsert(ctx context.Context, name string) error {
	const stage = stageOfKeys
	names := w.req.Names()
	keys := columnList(w.req.Keys)
	groups, err := w.groups(ctx)
	if err != nil {
		return err
	}
	for _, group := range groups {
		var double bool
		if err := w.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+stage+" GROUP BY "+group+" HAVING count(*) > 1)").Scan(&double); err != nil {
			return w.fail(ctx, err)
		}
		if double {
			return w.repeated(ctx, group)
		}
	}
	// The target stands first, for its column says how texts are compared.
	same := "SELECT count(*) FROM " + name + " WHERE (" + keys + ") IN (SELECT " + keys + " FROM " + stage + ")"
	if err := w.tx.QueryRowContext(ctx, same).Scan(&w.out.Updated); err != nil {
		return w.fail(ctx, err)
	}
	set := []string{quote(w.req.Keys[0]) + " = excluded." + quote(w.req.Keys[0])}
	for _, n := range names {
		if !slices.Contains(w.req.Keys, n) {
			set = append(set, quote(n)+" = excluded."+quote(n))
		}
	}
	w.out.SQL = "INSERT INTO " + name + " (" + columnList(names) + ") SELECT " + columnList(names) + " FROM " + stage + " WHERE true ON CONFLICT (" + keys + ") DO UPDATE SET " + strings.Join(set, ", ")
	result, err := w.tx.ExecContext(ctx, w.out.SQL)
	if err != nil {
		return w.fail(ctx, err)
	}
	merged, err := result.RowsAffected()
	if err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, merged); err != nil || w.req.Mode != connector.Mirror {
		return err
	}
	// A row that a trigger gave another key would be removed with those whose key did not come in.
	var kept int64
	if err := w.tx.QueryRowContext(ctx, same).Scan(&kept); err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	return w.remove(ctx, name, "NOT ")
}

// already says whether an earlier attempt has written the rows.
func (w *writing) already(ctx context.Context) (bool, error) {
	if w.req.Once == "" {
		return false, nil
	}
	if err := w.exec(ctx, "CREATE TABLE IF NOT EXISTS "+connector.Ledger+" (step TEXT PRIMARY KEY, target TEXT NOT NULL, row_count INTEGER NOT NULL, written_at TEXT NOT NULL)"); err != nil {
		return false, err
	}
	if err := w.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE written_at < datetime('now', '-%d days')", connector.Ledger, connector.LedgerDays)); err != nil {
		return false, err
	}
	result, err := w.tx.ExecContext(ctx, "INSERT OR IGNORE INTO "+connector.Ledger+" VALUES (?, ?, ?, datetime('now'))", w.req.Once, w.req.Path.Table, w.req.Rows) //nolint:gosec // as above
	if err != nil {
		return false, w.fail(ctx, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return false, w.fail(ctx, err)
	}
	w.out = connector.Written{Already: true}
	return true, w.fail(ctx, w.tx.QueryRowContext(ctx, "SELECT row_count FROM "+connector.Ledger+" WHERE step = ?", w.req.Once).Scan(&w.out.Rows))
}

func (w *writing) exec(ctx context.Context, text string) error {
	_, err := w.tx.ExecContext(ctx, text)
	return w.fail(ctx, err)
}

func (w *writing) fail(ctx context.Context, err error) error { return failed(ctx, err, w.conn.cfg) }
