package mysql

import (
	"context"
	"errors"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// A key that is there already, by the number or by the name of its index.
const (
	codeUnique      = 1062
	codeUniqueNamed = 1586
)

// keyTold is how the server tells the values of a key, and its index; newer ones put the table before that.
var keyTold = pattern.Of(`(?s)^Duplicate entry '(.*)' for key '(?:([^']*)\.)?([^'.]*)'$`)

// taken gives what is to be told of a key that is there already, and the error as it is where it is another.
func (w *writing) taken(ctx context.Context, err error) (*connector.Taken, error) {
	var e *driver.MySQLError
	if !errors.As(err, &e) || e.Number != codeUnique && e.Number != codeUniqueNamed {
		return nil, err
	}
	k := &connector.Taken{Table: w.req.Path.Table, Said: e.Message, Between: "-", Cause: e}
	m := keyTold.FindStringSubmatch(e.Message)
	if m == nil {
		return k, nil
	}
	// A table that is being filled to take the place of another one is nobody's business.
	if of := m[2]; of != "" && of != w.made && !strings.EqualFold(of, w.req.Path.Table) {
		k.Table = of
		return k, nil
	}
	at := w.req.Path.Table
	if w.made != "" {
		at = w.made
	}
	k.Foretell(ctx, w.req)
	columns, lost := w.conn.list(ctx, "SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = ? AND NON_UNIQUE = 0 ORDER BY SEQ_IN_INDEX", w.schema, at, m[3])
	if lost != nil {
		k.Cause = errors.Join(e, lost)
		return k, nil
	}
	if m[2] == "" { // a trigger may have written to a table that has such an index, too
		triggers, lost := w.conn.list(ctx, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? LIMIT 1", w.schema, w.req.Path.Table)
		if lost != nil {
			k.Cause = errors.Join(e, lost)
			return k, nil
		}
		if len(triggers) > 0 {
			k.Table = ""
		}
	}
	if len(columns) > 0 && k.Table != "" {
		k.Columns, k.Values = columns, []string{m[1]}
		if w.target != nil {
			k.Ask = func(ctx context.Context, values []string) (bool, error) { return w.has(ctx, columns, values) }
		}
	}
	return k, nil
}

// has says whether the table has a row with these values, as its columns compare.
func (w *writing) has(ctx context.Context, columns, values []string) (there bool, err error) {
	same, args := make([]string, len(columns)), make([]any, len(columns))
	for i, name := range columns {
		same[i], args[i] = quote(name)+" = ?", values[i]
		if slices.ContainsFunc(w.given, func(c table.StreamColumn) bool { return strings.EqualFold(c.Name, name) && c.Coding == table.Hex }) {
			same[i] = quote(name) + " = UNHEX(?)"
		}
	}
	text := "SELECT EXISTS (SELECT 1 FROM " + quote(w.schema, w.req.Path.Table) + " WHERE " + strings.Join(same, " AND ") + ")"
	err = w.fail(ctx, w.conn.c.QueryRowContext(ctx, text, args...).Scan(&there))
	return there, err
}
