package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// refused is the row that the database did not take, if it was given one by one.
type refused struct {
	row    int64
	values []string
}

func (r *refused) refuse(row int64, fields []rowtext.Field) {
	r.row, r.values = row, make([]string, len(fields))
	for i, f := range fields {
		r.values[i] = string(f.Text)
	}
}

var unique = []int{lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID}

// filling is a table that is filled to take the place of another one, with the column of a key.
var filling = pattern.Of(`^dataflow_[a-z2-7]{12}\.`)

// taken names the row of a key that is there already. Other errors stay as they are.
func (w *writing) taken(ctx context.Context, err error) error {
	var e *driver.Error
	if !errors.As(err, &e) || !slices.Contains(unique, e.Code()) {
		return err
	}
	k := connector.Taken{Said: plain(e), Row: w.row, Cause: e}
	_, told, _ := strings.Cut(k.Said, "constraint failed: ")
	own := w.req.Path.Table + "."
	if staged := filling.FindString(told); staged != "" {
		own = staged
	}
	switch {
	case len(told) > len(own) && strings.EqualFold(told[:len(own)], own):
		k.Table, k.Columns = w.req.Path.Table, strings.Split(told[len(own):], ", "+told[:len(own)])
	case strings.HasPrefix(told, "index "): // over an expression
		k.Table = w.req.Path.Table
	default: // of a table that a trigger writes to
		k.Table, _, _ = strings.Cut(told, ".")
	}
	if columns := k.Columns; columns != nil {
		k.Columns = nil
		k.Foretell(ctx, w.req)
		values, lost := w.valuesOf(ctx, columns)
		if lost != nil {
			k.Cause = errors.Join(e, lost)
		}
		if values != nil {
			k.Columns, k.Values = columns, values
		}
	}
	_ = w.tx.Rollback() // others wait for its locks, and the table is asked for what it had before
	if w.target != nil {
		k.Ask = func(ctx context.Context, values []string) (bool, error) { return w.has(ctx, k.Columns, values) }
	}
	return k.Error(ctx, w.req, w.given)
}

// has says whether the table has a row with these values, as its columns compare.
func (w *writing) has(ctx context.Context, columns, values []string) (there bool, err error) {
	same, args := make([]string, len(columns)), make([]any, len(columns))
	for i, name := range columns {
		same[i] = quote(name) + " = ?"
		at := slices.IndexFunc(w.given, func(c table.StreamColumn) bool { return strings.EqualFold(c.Name, name) })
		if w.given[at].Coding == table.Hex {
			same[i] = "hex(" + quote(name) + ") = upper(?)"
		}
		args[i] = stored(w.given[at].Type, values[i])
	}
	text := "SELECT EXISTS (SELECT 1 FROM " + quote(w.req.Path.Table) + " WHERE " + strings.Join(same, " AND ") + ")"
	err = w.fail(ctx, w.conn.c.QueryRowContext(ctx, text, args...).Scan(&there))
	return there, err
}

// valuesOf gives those of the key that was refused; nil where they cannot be told.
func (w *writing) valuesOf(ctx context.Context, columns []string) ([]string, error) {
	if w.row == 0 {
		return w.doubled(ctx, columns)
	}
	values := make([]string, len(columns))
	for i, name := range columns {
		at := slices.IndexFunc(w.req.Columns, func(c table.Column) bool { return strings.EqualFold(c.Name, name) })
		if at < 0 {
			return nil, nil
		}
		values[i] = w.values[at]
	}
	return values, nil
}

// doubled finds the values that were refused when all rows were written at once: what is there several times among them, or is in the
// table in a row that none of them replaces before.
func (w *writing) doubled(ctx context.Context, columns []string) ([]string, error) {
	list := make([]string, len(columns))
	texts := make([]string, len(columns))
	for i, c := range columns {
		list[i], texts[i] = "s."+quote(c), "CAST(s."+quote(c)+" AS TEXT)"
	}
	from := quote(w.req.Path.Table)
	if w.req.Mode.ByKey() {
		from = stageOfKeys
	}
	if w.req.Mode.ByKey() && slices.ContainsFunc(columns, func(c string) bool {
		return !slices.ContainsFunc(w.req.Names(), func(n string) bool { return strings.EqualFold(n, c) })
	}) {
		return nil, nil // it is not among what comes in
	}
	queries := []string{"SELECT " + strings.Join(texts, ", ") + " FROM " + from + " AS s GROUP BY " + strings.Join(list, ", ") + " HAVING count(*) > 1 AND " + strings.Join(list, " IS NOT NULL AND ") + " IS NOT NULL LIMIT 1"}
	if w.req.Mode.ByKey() {
		var same, other, replaced []string
		for _, c := range columns {
			same = append(same, "t."+quote(c)+" = s."+quote(c))
		}
		for _, k := range w.req.Keys {
			other = append(other, "t."+quote(k)+" IS s."+quote(k))
			replaced = append(replaced, "t."+quote(k)+" IS e."+quote(k))
		}
		queries = append(queries, "SELECT "+strings.Join(texts, ", ")+" FROM "+from+" AS s JOIN "+quote(w.req.Path.Table)+" AS t ON "+strings.Join(same, " AND ")+
			" WHERE NOT ("+strings.Join(other, " AND ")+") AND NOT EXISTS (SELECT 1 FROM "+from+" AS e WHERE e.rowid < s.rowid AND "+strings.Join(replaced, " AND ")+") ORDER BY s.rowid LIMIT 1")
	}
	for _, text := range queries {
		values := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		switch err := w.tx.QueryRowContext(ctx, text).Scan(into...); {
		case err == nil:
			return values, nil
		case !errors.Is(err, sql.ErrNoRows):
			return nil, w.fail(ctx, err)
		}
	}
	return nil, nil
}
