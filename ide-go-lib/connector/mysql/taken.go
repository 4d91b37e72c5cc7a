package mysql

import (
	"context"
	"errors"
	"regexp"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
)

// A key that is there already, by the number or by the name of its index.
const (
	codeUnique      = 1062
	codeUniqueNamed = 1586
)

// keyTold is how the server tells the values of a key, and its index; newer ones put the table before that.
var keyTold = regexp.MustCompile(`(?s)^Duplicate entry '(.*)' for key '(?:([^']*)\.)?([^'.]*)'$`)

// taken names the row of a key that is there already. Other errors stay as they are.
func (w *writing) taken(ctx context.Context, err error) error {
	var e *driver.MySQLError
	if !errors.As(err, &e) || e.Number != codeUnique && e.Number != codeUniqueNamed {
		return err
	}
	k := connector.Taken{Table: w.req.Path.Table, Said: e.Message, Between: "-", Cause: e}
	m := keyTold.FindStringSubmatch(e.Message)
	if m == nil {
		return k.Error(ctx, w.req, nil)
	}
	// A table that is being filled to take the place of another one is nobody's business.
	if of := m[2]; of != "" && of != w.made && !strings.EqualFold(of, w.req.Path.Table) {
		k.Table = of
		return k.Error(ctx, w.req, nil)
	}
	at := w.req.Path.Table
	if w.made != "" {
		at = w.made
	}
	columns, lost := w.conn.list(ctx, "SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = ? AND NON_UNIQUE = 0 ORDER BY SEQ_IN_INDEX", w.schema, at, m[3])
	if lost != nil {
		return errors.Join(err, lost)
	}
	if m[2] == "" { // a trigger may have written to a table that has such an index, too
		triggers, lost := w.conn.list(ctx, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? LIMIT 1", w.schema, w.req.Path.Table)
		if lost != nil {
			return errors.Join(err, lost)
		}
		if len(triggers) > 0 {
			k.Table = ""
		}
	}
	if len(columns) > 0 && k.Table != "" {
		k.Columns, k.Values = columns, []string{m[1]}
	}
	return k.Error(ctx, w.req, w.given)
}
