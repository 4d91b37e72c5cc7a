package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// opening is a table's text up to its columns.
var opening = pattern.Of(`(?is)^CREATE TABLE (?:"(?:[^"]|"")*"|\[[^\]]*\]|` + "`[^`]*`" + `|'[^']*'|[^\s("\[` + "`" + `']+)\s*\(`)

// replaceable says whether a new table can take the place of the old one: one of the same columns takes all over that
// belongs to it, and where others come, rows that are removed could take those of others along.
func (w *writing) replaceable(ctx context.Context) error {
	t := w.target
	if err := t.Fills(w.req); err != nil {
		return err
	}
	if !opening.MatchString(t.text) {
		return t.Hangs([]string{"a definition that cannot be taken over"})
	}
	if t.Alike(w.req.Columns) {
		return nil
	}
	keys, err := w.keysTo(ctx, "")
	if err != nil {
		return err
	}
	own, err := relation.Query(ctx, w.conn.c, relation.One[string], `SELECT 'the trigger ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE
		UNION SELECT 'its foreign key to ' || "table" FROM pragma_foreign_key_list(?1)`, t.Name)
	if err != nil {
		return w.fail(ctx, err)
	}
	return t.Hangs(slices.Concat(keys, own, t.Filled()))
}

// carried are the keys that change rows when those are deleted that they refer to.
const carried = " AND f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"

// keysTo gives the foreign keys of other tables that refer to the target, for people.
func (w *writing) keysTo(ctx context.Context, only string) ([]string, error) {
	keys, err := relation.Query(ctx, w.conn.c, relation.One[string], `SELECT DISTINCT 'the foreign key ' || f."from" || ' of ' || m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table' AND f."table" = ?1 COLLATE NOCASE AND m.name <> ?1 COLLATE NOCASE`+only, w.target.Name)
	return keys, w.fail(ctx, err)
}

// replace fills a new table, checks it, and puts it in the place of the old one.
func (w *writing) replace(ctx context.Context, final string) error {
	if w.target == nil {
		return w.fill(ctx, final, func(staged string) error { return w.create(ctx, staged) })
	}
	if w.target.Alike(w.req.Columns) {
		at := opening.FindStringIndex(w.target.text)
		return w.fill(ctx, final, func(staged string) error {
			return w.exec(ctx, "CREATE TABLE "+staged+" ("+w.target.text[at[1]:])
		})
	}
	k, err := w.keys(ctx)
	if err != nil {
		return err
	}
	if k.lost != nil && plainly.MatchString(w.target.text) && !intricate.MatchString(w.target.text) {
		return w.unkeyed(ctx, final, k)
	}
	return w.reshape(ctx, final)
}

// fill has the new table made, fills it, and puts it in the place of the old one.
func (w *writing) fill(ctx context.Context, final string, create func(staged string) error) error {
	staged := "dataflow_" + strings.ToLower(rand.Text()[:12])
	if err := create(quote(staged)); err != nil {
		return err
	}
	if err := w.insert(ctx, quote(staged)); err != nil {
		return err
	}
	var kept int64
	if err := w.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(staged)).Scan(&kept); err != nil {
		return w.fail(ctx, err)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	if w.target == nil {
		w.out.Created = true
		return w.exec(ctx, "ALTER TABLE "+quote(staged)+" RENAME TO "+final)
	}
	return w.swap(ctx, staged, final)
}

// swap puts the new table in the place of the old one, with all that belongs to it.
func (w *writing) swap(ctx context.Context, staged, final string) error {
	after, err := w.attached(ctx) // what is made again
	if err != nil {
		return err
	}
	number, err := w.number(ctx)
	if err != nil {
		return err
	}
	after = append(after, number...)
	before, err := w.loose(ctx)
	if err != nil {
		return err
	}
	if err := w.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+final).Scan(&w.out.Removed); err != nil {
		return w.fail(ctx, err)
	}
	for _, statement := range append([]string{"DROP TABLE " + final, "ALTER TABLE " + quote(staged) + " RENAME TO " + final}, after...) {
		if err := w.exec(ctx, statement); err != nil {
			return err
		}
	}
	now, err := w.loose(ctx)
	if err != nil {
		return err
	}
	for key, l := range now {
		if _, was := before[key]; !was || strings.EqualFold(l.table, w.target.Name) {
			return l.broken()
		}
	}
	return nil
}

// reshape empties the table, gives it the columns that come, and fills it. It stays itself, with its keys, rules and indexes, but for
// indexes over a column that goes. What else hangs on such a column refuses this.
func (w *writing) reshape(ctx context.Context, final string) error {
	result, err := w.tx.ExecContext(ctx, "DELETE FROM "+final) //nolint:gosec // names are quoted
	if err != nil {
		return w.fail(ctx, err)
	}
	if w.out.Removed, err = result.RowsAffected(); err != nil {
		return w.fail(ctx, err)
	}
	drop, add := w.target.Change(w.req.Columns)
	var changes []string
	for _, c := range add { // first, for a table has at least one column
		changes = append(changes, "ALTER TABLE "+final+" ADD COLUMN "+quote(c.Name)+" "+toSQLite(c.Type))
	}
	dropped := map[string]bool{}
	for _, c := range drop {
		indexes, err := w.over(ctx, c.Name)
		if err != nil {
			return err
		}
		for _, index := range indexes {
			if !dropped[index.name] {
				changes = append(changes, "DROP INDEX "+quote(index.name))
				w.out.Lost = append(w.out.Lost, index.lost()...)
			}
			dropped[index.name] = true
		}
		changes = append(changes, "ALTER TABLE "+final+" DROP COLUMN "+quote(c.Name))
	}
	for _, change := range changes {
		if _, err := w.tx.ExecContext(ctx, change); err != nil {
			var said *driver.Error
			if errors.As(err, &said) && said.Code() == lib.SQLITE_ERROR {
				return w.target.Bound(plain(said), said)
			}
			return w.fail(ctx, err)
		}
	}
	if err := w.insert(ctx, final); err != nil {
		return err
	}
	for _, change := range changes {
		w.out.Ran(change)
	}
	var kept int64
	if err := w.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+final).Scan(&kept); err != nil {
		return w.fail(ctx, err)
	}
	return connector.Reconcile(w.req.Rows, w.out.Rows, kept)
}

// index is one that is made by a statement of its own.
type index struct {
	name   string
	unique bool
}

func (i index) lost() []string {
	if !i.unique {
		return nil
	}
	return []string{"the unique index " + i.name}
}

// over gives the indexes that a column is part of.
func (w *writing) over(ctx context.Context, column string) ([]index, error) {
	found, err := relation.Query(ctx, w.tx, func(rows *sql.Rows, i *index) error { return rows.Scan(&i.name, &i.unique) },
		`SELECT DISTINCT l.name, l."unique" FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE l.origin = 'c' AND i.name = ? COLLATE NOCASE ORDER BY 1`, w.target.Name, column)
	return found, w.fail(ctx, err)
}

// attached gives the texts of the table's indexes and triggers, which go with it.
func (w *writing) attached(ctx context.Context) ([]string, error) {
	texts, err := relation.Query(ctx, w.tx, relation.One[string], "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL", w.target.Name)
	return texts, w.fail(ctx, err)
}

// number gives the statements by which the numbers that the table gives to rows go on where they are.
func (w *writing) number(ctx context.Context) ([]string, error) {
	var last sql.NullInt64
	err := w.tx.QueryRowContext(ctx, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").Scan(&last)
	if err == nil {
		err = w.tx.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = ?", w.target.Name).Scan(&last)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	name := "'" + strings.ReplaceAll(w.target.Name, "'", "''") + "'"
	return []string{
		fmt.Sprintf("INSERT INTO sqlite_sequence SELECT %s, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)", name, name),
		fmt.Sprintf("UPDATE sqlite_sequence SET seq = max(seq, %d) WHERE name = %s", last.Int64, name),
	}, w.fail(ctx, err)
}

// reference is one of a row to another that is not there.
type reference struct{ table, parent string }

func (r reference) broken() error {
	return errs.Invalid(connector.CodeReference, "A row of %q would refer to one of %q that is not there.", r.table, r.parent).
		WithHint("Let all rows come in that are referred to, or use the mode mirror. Nothing was written.")
}

// loose gives the references from and to the target that lead nowhere.
func (w *writing) loose(ctx context.Context) (map[string]reference, error) {
	type found struct {
		reference
		key string
	}
	all, err := relation.Query(ctx, w.tx, func(rows *sql.Rows, f *found) error { return rows.Scan(&f.table, &f.parent, &f.key) },
		`SELECT c."table", c.parent, c."table" || char(0) || coalesce(c.rowid, '') || char(0) || c.fkid
		FROM (SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND (f."table" = ?1 COLLATE NOCASE OR m.name = ?1 COLLATE NOCASE)) t,
			pragma_foreign_key_check(t.name) c WHERE c.parent = ?1 COLLATE NOCASE OR c."table" = ?1 COLLATE NOCASE`, w.target.Name)
	out := make(map[string]reference, len(all))
	for _, f := range all {
		out[f.key] = f.reference
	}
	return out, w.fail(ctx, err)
}
