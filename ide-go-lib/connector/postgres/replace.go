package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
)

// emptied makes sure that a table which the mode empties can be: TRUNCATE refuses one that others refer to, and DELETE
// would take their rows along where they say so.
func (w *writing) emptied(ctx context.Context) error {
	if w.req.Mode != connector.Replace && w.req.Mode != connector.Truncate {
		return nil
	}
	rows, err := w.tx.Query(ctx, `SELECT 'the foreign key ' || conname || ' of ' || conrelid::regclass FROM pg_constraint WHERE contype = 'f' AND confrelid = $1 AND conrelid <> $1 AND conparentid = 0
		UNION SELECT inhrelid::regclass || ', which inherits from it' FROM pg_inherits JOIN pg_class ON oid = inhparent WHERE inhparent = $1 AND relkind = 'r' ORDER BY 1`, w.target.oid)
	if err != nil {
		return w.fail(ctx, err)
	}
	things, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(things) == 0 {
		return w.fail(ctx, err)
	}
	return errs.Conflict(connector.CodeDependents, "The table %q cannot be emptied, because this hangs on it: %s.", w.target.Name, strings.Join(things, ", ")).
		WithHint("Use the mode mirror, which removes only the rows whose key does not come in. Nothing was written.")
}

// replace puts the rows into a table of their own, counts them, and then in the place of those that are there. The table
// itself stays, and with it all that hangs on it: keys, policies, triggers, grants, partitions, publications. Others wait only
// while the new ones are put in place. With the mode truncate the columns stay, too.
func (w *writing) replace(ctx context.Context) error {
	name, names := quote(w.schema, w.target.Name), w.req.Names()
	types := w.types(w.target)
	// With the rules of the target, what breaks them is found with its row.
	if err := w.exec(ctx, "CREATE TEMPORARY TABLE dataflow_stage (LIKE "+name+" INCLUDING CONSTRAINTS) ON COMMIT DROP"); err != nil {
		return err
	}
	if _, err := w.change(ctx, stageOfKeys, w.target.Columns, types); err != nil {
		return err
	}
	if err := w.copy(ctx, stageOfKeys, types); err != nil {
		return err
	}
	if err := w.exec(ctx, "LOCK TABLE "+name+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		return err
	}
	if err := w.tx.QueryRow(ctx, "SELECT count(*) FROM "+name).Scan(&w.out.Removed); err != nil {
		return w.fail(ctx, err)
	}
	if err := w.exec(ctx, "TRUNCATE "+name); err != nil {
		return err
	}
	var changed string
	if w.req.Mode == connector.Replace {
		if err := w.losing(ctx); err != nil {
			return err
		}
		var err error
		if changed, err = w.change(ctx, name, w.target.Given(), types); err != nil {
			return err
		}
	}
	text := "INSERT INTO " + name + " (" + columnList(names) + ") SELECT " + columnList(names) + " FROM " + stageOfKeys
	tag, err := w.tx.Exec(ctx, text)
	if err != nil {
		return w.fail(ctx, err)
	}
	w.out.Ran("TRUNCATE " + name)
	if changed != "" {
		w.out.Ran(changed)
	}
	w.out.Ran(text)
	return connector.Reconcile(w.req.Rows, w.out.Rows, tag.RowsAffected())
}

// losing notes what keeps rows apart and goes with columns that do not come in.
func (w *writing) losing(ctx context.Context) error {
	var dropped []string
	for _, there := range w.target.Given() {
		if !slices.Contains(w.req.Names(), there.Name) {
			dropped = append(dropped, there.Name)
		}
	}
	rows, err := w.tx.Query(ctx, `SELECT CASE WHEN i.indisprimary THEN 'the primary key' ELSE 'the unique index ' || c.relname END FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE i.indrelid = $1 AND i.indisunique AND EXISTS (SELECT 1 FROM pg_attribute a
			WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = ANY ($2)) ORDER BY 1`, w.target.oid, dropped)
	if err != nil {
		return w.fail(ctx, err)
	}
	lost, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if len(lost) > 0 {
		w.out.Lost = lost
	}
	return w.fail(ctx, err)
}

// change makes a table with some columns one of those that come, and says by what.
func (w *writing) change(ctx context.Context, name string, have []relation.Column, types []string) (text string, err error) {
	var parts []string
	names := w.req.Names()
	for _, there := range have {
		if !slices.Contains(names, there.Name) {
			parts = append(parts, "DROP COLUMN "+quote(there.Name))
		}
	}
	for i, n := range names {
		if _, ok := w.target.Column(n); !ok {
			parts = append(parts, "ADD COLUMN "+quote(n)+" "+types[i])
		}
	}
	if parts == nil {
		return "", nil
	}
	text = "ALTER TABLE " + name + " " + strings.Join(parts, ", ")
	return text, w.exec(ctx, text)
}
