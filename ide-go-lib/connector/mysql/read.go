package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Read implements connector.Conn. All of it is one transaction that cannot write and sees one state of the database.
func (c *conn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	text, args, err := c.source(ctx, req)
	if err != nil {
		return nil, err
	}
	done := c.watch(ctx)
	defer done()
	if _, err := c.c.ExecContext(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"); err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	out := &connector.Reading{}
	if req.Since != nil {
		if text, args, err = c.since(ctx, text, args, req, out); err != nil {
			return nil, err
		}
	}
	if !req.Whole() {
		text = req.Bounded("SELECT * FROM (\n" + text + "\n) AS q")
	}
	// The rows come as they are read, from a query that lives as long as the feeding.
	feeding, stop := context.WithCancel(context.WithoutCancel(ctx))
	end := context.AfterFunc(ctx, stop)
	rows, err := c.query(feeding, text, args) //nolint:rowserrcheck // feed checks it, when all rows have come
	if !end() || err != nil {
		if err == nil {
			_ = rows.Close() //nolint:sqlclosecheck // otherwise feed closes them
		}
		stop()
		return nil, c.withTables(ctx, failed(ctx, errors.Join(err, ctx.Err()), c.cfg))
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		stop()
		return nil, failed(ctx, err, c.cfg)
	}
	c.end = stop
	r := &reader{conn: c, rows: rows}
	out.SQL = text
	for _, t := range types {
		out.Columns = append(out.Columns, streamed(t))
		r.names, r.put = append(r.names, t.Name()), append(r.put, fromMySQL(t).put)
	}
	out.Feed = func(ctx context.Context, w io.Writer) error {
		defer stop()
		defer context.AfterFunc(ctx, stop)()
		defer c.watch(ctx)()
		return failed(ctx, r.feed(w), c.cfg)
	}
	return out, nil
}

func streamed(t *sql.ColumnType) table.StreamColumn {
	in := fromMySQL(t)
	column := table.StreamColumn{Column: table.Column{Name: t.Name(), Type: in.typ}}
	switch {
	case in.hex:
		column.Coding = table.Hex
	case in.typ == "JSON":
		column.Coding = table.JSON
	}
	return column
}

// query prepares the statement, even without values to bind: the other protocol rounds FLOAT to six digits.
func (c *conn) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	statement, err := c.c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return nil, errors.Join(err, statement.Close()) //nolint:sqlclosecheck // otherwise it goes with the connection
	}
	return rows, nil
}

type reader struct {
	conn  *conn
	rows  *sql.Rows
	names []string
	put   []func(*rowtext.Writer, []byte)
}

func (r *reader) feed(w io.Writer) error {
	values := make([]sql.RawBytes, len(r.names))
	into := make([]any, len(r.names))
	for i := range values {
		into[i] = &values[i]
	}
	return relation.Feed(r.rows, w, r.names, into, func(out *rowtext.Writer, i int) {
		if values[i] == nil {
			out.Null()
		} else {
			r.put[i](out, values[i])
		}
	})
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
	t, err := c.find(ctx, req.Path)
	if err != nil {
		return "", nil, err
	}
	if t == nil {
		return "", nil, c.missing(ctx, req.Path)
	}
	text, err := t.Select(req, quote)
	return text, nil, err
}

// since adds the condition, and asks for the greatest value where the server orders in a way of its own, and for how many rows have
// none. What is compared with is
// brought into the column's type: MySQL would compare numbers with texts as floating point, and lose digits.
func (c *conn) since(ctx context.Context, text string, args []any, req connector.ReadRequest, out *connector.Reading) (string, []any, error) {
	s := *req.Since
	rows, err := c.query(ctx, "SELECT * FROM (\n"+text+"\n) AS q LIMIT 0", args)
	if err != nil {
		return "", nil, c.withTables(ctx, failed(ctx, err, c.cfg))
	}
	types, err := rows.ColumnTypes()
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // before the next query on the same connection
		return "", nil, failed(ctx, err, c.cfg)
	}
	columns := make([]table.StreamColumn, len(types))
	for i, t := range types {
		columns[i] = streamed(t)
	}
	i, err := s.Index(columns)
	if err != nil {
		return "", nil, err
	}
	column := quote("q", s.Column)
	from := " FROM (\n" + text + "\n) AS q WHERE " + column
	if nullable, known := types[i].Nullable(); req.Whole() && (nullable || !known) {
		if err := c.one(ctx, "SELECT COUNT(*)"+from+" IS NULL", args, &out.Without); err != nil {
			return "", nil, err
		}
	}
	from += " IS NOT NULL"
	if s.Value != nil {
		compare, value, err := compared(types[i].DatabaseTypeName(), s)
		if err != nil {
			return "", nil, err
		}
		from += " AND " + column + " " + s.Compare() + " " + compare
		args = append(append([]any{}, args...), value)
	}
	if columns[i].Type == "VARCHAR" && req.Whole() {
		err = c.one(ctx, "SELECT MAX("+column+")"+from, args, &out.Greatest)
	}
	return "SELECT *" + from, args, err
}

// one asks for one value.
func (c *conn) one(ctx context.Context, text string, args []any, into any) error {
	rows, err := c.query(ctx, text, args)
	if err != nil {
		return failed(ctx, err, c.cfg)
	}
	defer func() { _ = rows.Close() }() // it has only read
	if rows.Next() {
		err = rows.Scan(into)
	}
	return failed(ctx, errors.Join(err, rows.Err()), c.cfg)
}

// compared gives the value with which a column of a type is compared, and how.
func compared(typ string, s connector.Since) (compare string, value any, err error) {
	text := *s.Value
	switch {
	case strings.HasSuffix(typ, "INT"):
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			if _, err := strconv.ParseUint(text, 10, 64); err != nil {
				return "", nil, connector.Mismatch(0, s.Column, fmt.Sprintf("%q is no whole number", text), err)
			}
		}
		if strings.HasPrefix(typ, "UNSIGNED") {
			return "CAST(? AS UNSIGNED)", text, nil
		}
		return "CAST(? AS SIGNED)", text, nil
	case typ == "DECIMAL":
		return "CAST(? AS DECIMAL(65,30))", text, nil
	case typ == "FLOAT": // compared as DOUBLE, in which the nearest FLOAT has more digits than its text
		f, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return "", nil, connector.Mismatch(0, s.Column, fmt.Sprintf("%q is no number", text), err)
		}
		return "?", f, nil
	case typ == "DATETIME", typ == "TIMESTAMP":
		return "CAST(? AS DATETIME(6))", strings.TrimSuffix(text, "+00"), nil
	}
	return "?", text, nil
}

// withTables adds the names of tables to the error of a query that names one which is not there.
func (c *conn) withTables(ctx context.Context, err error) error {
	return relation.WithTables(err, func(name string) (string, []string, error) {
		have, err := c.tables(ctx, c.cfg.Database)
		return name, have, err
	})
}
