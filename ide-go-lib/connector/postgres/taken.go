package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
)

const (
	codeUnique = "23505"
	codeTwice  = "21000" // a row that one statement would change twice
)

// keyTold is how the server tells a key and its values, in whatever language.
var keyTold = pattern.Of(`(?s)\((.*?)\)=\((.*)\)`)

// taken names the row of a key that is there already. Other errors stay as they are.
func (w *writing) taken(ctx context.Context, err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != codeUnique {
		return err
	}
	k := connector.Taken{Table: e.TableName, Said: e.Detail, Between: ", ", Cause: e}
	if k.Said == "" { // who may not see the rows is not told their keys
		k.Said = e.Message
	}
	k.Foretell(ctx, w.req)
	own, lost := w.own(ctx, e)
	if lost != nil {
		k.Cause = errors.Join(e, lost)
	}
	if !own { // a trigger writes something else
		return k.Error(ctx, w.req, nil)
	}
	if m := keyTold.FindStringSubmatch(e.Detail); m != nil {
		k.Columns, k.Values = unquoted(m[1]), []string{m[2]}
	}
	k.Line, _ = copyAt(e)
	if w.target != nil {
		k.Ask = func(ctx context.Context, values []string) (bool, error) { return w.has(ctx, k.Columns, values) }
	}
	return k.Error(ctx, w.req, w.given)
}

// own says whether the table that an error names is the one that is written to, or a partition of it.
func (w *writing) own(ctx context.Context, e *pgconn.PgError) (own bool, err error) {
	if same := e.SchemaName == w.schema && e.TableName == w.req.Path.Table; same || w.target == nil {
		return same, nil
	}
	err = w.fail(ctx, w.conn.pg.QueryRow(ctx, `WITH RECURSIVE parts (oid) AS (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1
			UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN parts p ON i.inhparent = p.oid)
		SELECT EXISTS (SELECT FROM parts JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition AND n.nspname = $2 AND c.relname = $3)`,
		w.target.oid, e.SchemaName, e.TableName).Scan(&own))
	return own, err
}

// has says whether the table has a row with these values, as its columns compare.
func (w *writing) has(ctx context.Context, columns, values []string) (there bool, err error) {
	same := make([]string, len(columns))
	for i, name := range columns {
		same[i] = quote(name) + " = " + literal(values[i])
	}
	text := "SELECT EXISTS (SELECT FROM " + quote(w.schema, w.req.Path.Table) + " WHERE " + strings.Join(same, " AND ") + ")"
	err = w.fail(ctx, w.conn.pg.QueryRow(ctx, text).Scan(&there))
	return there, err
}

// unquoted gives names that stand in a list as in SQL.
func unquoted(list string) (names []string) {
	var name strings.Builder
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"' && quoted && strings.HasPrefix(list[i+1:], `"`):
			name.WriteByte(c)
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			names = append(names, name.String())
			name.Reset()
			i++ // the space behind it
		default:
			name.WriteByte(c)
		}
	}
	return append(names, name.String())
}
