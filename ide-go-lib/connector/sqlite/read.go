package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Read implements connector.Conn.
func (c *conn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	source, given, err := c.source(ctx, req)
	if err != nil {
		return nil, err
	}
	if _, err := c.c.ExecContext(ctx, "PRAGMA query_only = on"); err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	if _, err := c.c.ExecContext(ctx, "BEGIN"); err != nil { // all of it sees one state of the file
		return nil, failed(ctx, err, c.cfg)
	}
	columns, err := c.describe(ctx, source, given, req)
	if err != nil {
		return nil, c.withTables(ctx, err)
	}
	text, args, err := condition(source, given, columns, req)
	if err != nil {
		return nil, err
	}
	out := &connector.Reading{Columns: columns, SQL: source}
	if out.Greatest, err = c.greatest(ctx, text, args, columns, req); err != nil {
		return nil, err
	}
	if req.Since != nil && req.Whole() {
		none := "SELECT count(*) FROM (\n" + source + "\n) WHERE " + quote(req.Since.Column) + " IS NULL"
		if err := c.c.QueryRowContext(ctx, none, given...).Scan(&out.Without); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
	}
	out.Feed = func(ctx context.Context, w io.Writer) error {
		err := c.feed(ctx, text, args, columns, w)
		if err == nil {
			_, err = c.c.ExecContext(ctx, "COMMIT")
		}
		return failed(ctx, err, c.cfg)
	}
	return out, nil
}

// source is the query that is asked for.
func (c *conn) source(ctx context.Context, req connector.ReadRequest) (string, []any, error) {
	if req.Path.Table == "" {
		text, err := connector.OneStatement(req.Query.Text)
		if err != nil {
			return "", nil, err
		}
		return bind(text, req.Query.Args)
	}
	t, err := c.find(ctx, req.Path.Table)
	if err != nil {
		return "", nil, err
	}
	if t == nil {
		return "", nil, c.missing(ctx, req.Path.Table)
	}
	text, err := t.Select(req, quote)
	return text, nil, err
}

// describe finds the columns and their types: as declared or, where nothing is or they do not fit, as all values have it that are
// read.
func (c *conn) describe(ctx context.Context, source string, args []any, req connector.ReadRequest) ([]table.StreamColumn, error) {
	rows, err := c.c.QueryContext(ctx, "SELECT * FROM (\n"+source+"\n) LIMIT 0", args...) //nolint:gosec // the query is what is asked for
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	types, err := rows.ColumnTypes()
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // before the next query on the same connection
		return nil, failed(ctx, err, c.cfg)
	}
	columns := make([]table.StreamColumn, len(types))
	for i, t := range types {
		columns[i].Name, columns[i].Type = t.Name(), fromSQLite(t.DatabaseTypeName())
	}
	if err := c.look(ctx, source, args, columns, req); err != nil {
		return nil, err
	}
	for i := range columns {
		switch columns[i].Type {
		case "BLOB":
			columns[i].Coding = table.Hex
		case "JSON":
			columns[i].Coding = table.JSON
		}
	}
	return columns, nil
}

// condition adds what restricts the rows. A plus in front of a column takes its declared type off, by which the driver
// would turn values into others.
func condition(source string, args []any, columns []table.StreamColumn, req connector.ReadRequest) (string, []any, error) {
	names, list, named := make([]string, len(columns)), make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], list[i] = c.Name, "+"+quote(c.Name)
		named[i] = list[i] + " AS " + quote(c.Name)
	}
	text := "SELECT " + strings.Join(named, ", ") + " FROM (\n" + source + "\n)"
	if req.Since != nil {
		i, err := req.Since.Index(columns)
		if err != nil {
			return "", nil, err
		}
		text += " WHERE " + quote(names[i]) + " IS NOT NULL"
		if req.Since.Value != nil {
			value, err := mark(columns[i], *req.Since.Value)
			if err != nil {
				return "", nil, err
			}
			args = append(append([]any{}, args...), value)
			if instants(columns[i].Type) {
				// Times are texts of many kinds, of which the plain ones order by themselves alone: what SQLite cannot read, the table engine
				// refuses. It goes by milliseconds.
				early := ""
				if req.Since.Again { // what is the same to SQLite may come before the mark; whoever reads again leaves that out
					early = " - 2e-8"
				}
				text += fmt.Sprintf(" AND coalesce(julianday(%s) %s julianday(?%d)%s, true)", list[i], req.Since.Compare(), len(args), early)
			} else {
				text += fmt.Sprintf(" AND %s%s %s ?%d", list[i], ordered(columns[i].Type), req.Since.Compare(), len(args))
			}
		}
	}
	return req.Bounded(text), args, nil
}

// ordered is how values of the type are compared where not as their column says: identifiers are the same with small and large letters.
func ordered(typ string) string {
	if typ == "UUID" {
		return " COLLATE NOCASE"
	}
	return ""
}

// greatest asks for the greatest text of the rows that are read: the table engine has another order.
func (c *conn) greatest(ctx context.Context, text string, args []any, columns []table.StreamColumn, req connector.ReadRequest) (*string, error) {
	if req.Since == nil || !req.Whole() {
		return nil, nil //nolint:nilnil // nil says that nobody has to be asked
	}
	at := slices.IndexFunc(columns, func(column table.StreamColumn) bool { return column.Name == req.Since.Column })
	if typ := columns[at].Type; typ != "VARCHAR" && typ != "UUID" {
		return nil, nil //nolint:nilnil // as above
	}
	var value *string
	name := quote(req.Since.Column)
	text = "SELECT CAST(" + name + " AS TEXT) FROM (\n" + text + "\n) ORDER BY " + name + ordered(columns[at].Type) + " DESC LIMIT 1"
	if err := c.c.QueryRowContext(ctx, text, args...).Scan(&value); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, failed(ctx, err, c.cfg)
	}
	return value, nil
}

// instants says whether values of the type are times.
func instants(typ string) bool { return strings.HasPrefix(typ, "TIMESTAMP") || typ == "DATE" }

// mark gives the value with which a column is compared as the column stores its own.
func mark(c table.StreamColumn, text string) (any, error) {
	switch {
	case instants(c.Type):
		return strings.TrimSuffix(text, "+00"), nil
	case c.Type == "BIGINT", c.Type == "BOOLEAN":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, connector.Mismatch(0, c.Name, fmt.Sprintf("%q is no whole number", text), err)
		}
		return n, nil
	case c.Type == "DOUBLE", strings.HasPrefix(c.Type, "DECIMAL"):
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, connector.Mismatch(0, c.Name, fmt.Sprintf("%q is no number", text), err)
		}
		return f, nil
	}
	return text, nil
}

func (c *conn) feed(ctx context.Context, text string, args []any, columns []table.StreamColumn, w io.Writer) error {
	rows, err := c.c.QueryContext(ctx, text, args...) //nolint:rowserrcheck // Feed checks it, when all rows have come
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i, column := range columns {
		names[i], into[i] = column.Name, &values[i]
	}
	return relation.Feed(rows, w, names, into, func(out *rowtext.Writer, i int) { put(out, columns[i].Type, values[i]) })
}

func put(w *rowtext.Writer, typ string, v any) {
	switch v := v.(type) {
	case nil:
		w.Null()
	case int64:
		w.Int(v)
	case float64:
		if typ == "BIGINT" && v != math.Trunc(v) {
			w.Mismatch(strconv.FormatFloat(v, 'g', -1, 64), typ) // it would be rounded
			return
		}
		w.Bare(strconv.AppendFloat(nil, v, 'g', -1, 64))
	case []byte:
		if typ == "BLOB" {
			w.Hex(v)
		} else {
			w.Text(v)
		}
	case string:
		if typ == "BLOB" {
			w.Hex([]byte(v))
		} else {
			w.Text([]byte(v))
		}
	default:
		w.Text(fmt.Append(nil, v))
	}
}

// withTables adds the names of tables to the error of a query that names one which is not there.
func (c *conn) withTables(ctx context.Context, err error) error {
	return relation.WithTables(err, func(name string) (string, []string, error) {
		have, err := c.tables(ctx)
		return name, have, err
	})
}
