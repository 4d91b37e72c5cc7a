package mysql

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
)

// numbers is the next number of a table, behind its columns.
var numbers = pattern.Of(`\bAUTO_INCREMENT=\d+`)

// replaceable refuses to replace what would lose something: references and triggers stay with the old table.
func (w *writing) replaceable(ctx context.Context) error {
	t := w.target
	if err := t.Fills(w.req); err != nil {
		return err
	}
	found, err := w.conn.list(ctx, `SELECT CONCAT('the foreign key ', CONSTRAINT_NAME, ' of ', TABLE_NAME) FROM information_schema.KEY_COLUMN_USAGE
			WHERE REFERENCED_TABLE_NAME IS NOT NULL AND (REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ? OR TABLE_SCHEMA = ? AND TABLE_NAME = ?)
		UNION SELECT CONCAT('the trigger ', TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?
		UNION SELECT 'the history of its rows' FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND TABLE_TYPE = 'SYSTEM VERSIONED'`,
		w.schema, t.Name, w.schema, t.Name, w.schema, t.Name, w.schema, t.Name)
	if err != nil {
		return err
	}
	return t.Hangs(found)
}

// carries refuses to empty a table when that would change rows of others.
func (w *writing) carries(ctx context.Context) error {
	keys, err := w.conn.list(ctx, `SELECT CONCAT('the foreign key ', CONSTRAINT_NAME, ' of ', TABLE_NAME) FROM information_schema.REFERENTIAL_CONSTRAINTS
		WHERE UNIQUE_CONSTRAINT_SCHEMA = ? AND REFERENCED_TABLE_NAME = ? AND DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
			AND NOT (CONSTRAINT_SCHEMA = UNIQUE_CONSTRAINT_SCHEMA AND TABLE_NAME = REFERENCED_TABLE_NAME)`, w.schema, w.target.Name)
	if err != nil {
		return err
	}
	return w.target.Carries(keys)
}

// replace fills a new table, checks it, and puts it in the place of the old one in one statement.
func (w *writing) replace(ctx context.Context) error {
	stage := "dataflow_" + strings.ToLower(rand.Text()[:12])
	staged, final := quote(w.schema, stage), quote(w.schema, w.req.Path.Table)
	if err := w.stage(ctx, stage, staged); err != nil {
		return err
	}
	if err := w.in(ctx, func(tx *sql.Tx) error { return w.insert(ctx, tx, staged) }); err != nil {
		return err
	}
	kept, err := w.count(ctx, staged)
	if err != nil {
		return err
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	if w.reshaped != "" {
		w.out.Ran("ALTER TABLE " + final + " " + w.reshaped)
	}
	if w.target == nil {
		w.out.Created = true
		return w.swapped(w.exec(ctx, "RENAME TABLE "+staged+" TO "+final))
	}
	if w.out.Removed, err = w.count(ctx, final); err != nil {
		return err
	}
	old := quote(w.schema, stage+"_old")
	if err := w.swapped(w.exec(ctx, "RENAME TABLE "+final+" TO "+old+", "+staged+" TO "+final)); err != nil {
		return err
	}
	return w.exec(ctx, "DROP TABLE "+old)
}

// swapped notes that nothing is to be undone any more.
func (w *writing) swapped(err error) error {
	if err == nil {
		w.made = ""
	}
	return err
}

func (w *writing) count(ctx context.Context, name string) (n int64, err error) {
	err = w.conn.c.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+name).Scan(&n)
	return n, w.fail(ctx, err)
}

// stage makes the new table: like the old one, with its indexes, and with the columns that come.
func (w *writing) stage(ctx context.Context, stage, staged string) error {
	if w.target == nil {
		return w.create(ctx, stage)
	}
	old := quote(w.target.Schema, w.target.Name)
	if err := w.make(ctx, stage, "CREATE TABLE "+staged+" LIKE "+old); err != nil {
		return err
	}
	var changes []string
	if !w.target.transactional {
		changes = append(changes, "ENGINE = InnoDB")
	}
	var name, text string
	if err := w.conn.c.QueryRowContext(ctx, "SHOW CREATE TABLE "+old).Scan(&name, &text); err != nil {
		return w.fail(ctx, err)
	}
	if number := numbers.FindString(text); number != "" { // the numbers that the table gives to rows go on where they are
		changes = append(changes, number)
	}
	if changes != nil {
		if err := w.exec(ctx, "ALTER TABLE "+staged+" "+strings.Join(changes, ", ")); err != nil {
			return err
		}
	}
	return w.reshape(ctx, staged)
}

// reshape gives the new table the columns that come. Indexes over a column that goes go with it, as they do everywhere else; what
// kept rows apart is told.
func (w *writing) reshape(ctx context.Context, staged string) error {
	drop, add := w.target.Change(w.req.Columns)
	if drop == nil && add == nil {
		return nil
	}
	var changes []string
	if drop != nil {
		marks, args := strings.TrimSuffix(strings.Repeat("?, ", len(drop)), ", "), []any{w.target.Schema, w.target.Name}
		for _, c := range drop {
			args = append(args, c.Name)
		}
		const over = "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME IN ("
		indexes, err := w.conn.list(ctx, "SELECT DISTINCT INDEX_NAME "+over+marks+") ORDER BY 1", args...)
		if err != nil {
			return err
		}
		w.out.Lost, err = w.conn.list(ctx, "SELECT DISTINCT IF(INDEX_NAME = 'PRIMARY', 'the primary key', CONCAT('the unique index ', INDEX_NAME)) "+over+marks+") AND NON_UNIQUE = 0 ORDER BY 1", args...)
		if err != nil {
			return err
		}
		for _, index := range indexes {
			changes = append(changes, "DROP INDEX "+quote(index)) // of PRIMARY, too
		}
	}
	for _, c := range drop {
		changes = append(changes, "DROP COLUMN "+quote(c.Name))
	}
	for _, c := range add {
		typ := toMySQL(c.Type, false)
		if strings.HasSuffix(typ, "TEXT") { // whatever the table is in
			typ += " CHARACTER SET utf8mb4"
		}
		changes = append(changes, "ADD COLUMN "+quote(c.Name)+" "+typ)
	}
	w.reshaped = strings.Join(changes, ", ")
	_, err := w.conn.c.ExecContext(ctx, "ALTER TABLE "+staged+" "+w.reshaped)
	var said *driver.MySQLError
	if errors.As(err, &said) && slices.Contains(bound, said.Number) {
		return w.target.Bound(said.Message, said)
	}
	return w.fail(ctx, err)
}

// bound are the numbers of errors of columns that something hangs on: a rule, a part of an index, the next number.
var bound = []uint16{1054, 1072, 1075, 1829, 1901, 3108, 3837, 3855, 3959}
