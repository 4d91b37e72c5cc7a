package postgres

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Read implements connector.Conn. All of it is one transaction that cannot write and sees one state of the database.
func (c *conn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	args := make([][]byte, len(req.Query.Args))
	for i, a := range req.Query.Args {
		if text := connector.ArgText(a); text != nil {
			args[i] = []byte(*text)
		}
	}
	source, p, err := c.begin(ctx, req, args)
	if err != nil {
		return nil, err
	}
	greatest, err := c.greatest(ctx, p, args)
	if err != nil {
		return nil, err
	}
	without, err := c.without(ctx, p, args)
	if err != nil {
		return nil, err
	}
	return &connector.Reading{
		Columns: p.columns, SQL: source, Schema: c.found, Greatest: greatest, Without: without,
		Feed: func(ctx context.Context, w io.Writer) error {
			var err error
			if len(args) == 0 {
				_, err = c.pg.PgConn().CopyTo(ctx, w, "COPY ("+p.text+") TO STDOUT (FORMAT csv)")
			} else {
				err = c.rows(ctx, p, args, w)
			}
			if err != nil {
				return failed(ctx, err, c.cfg)
			}
			_, err = c.pg.Exec(ctx, "COMMIT")
			return failed(ctx, err, c.cfg)
		},
	}, nil
}

// source is the query that is asked for.
func (c *conn) source(ctx context.Context, req connector.ReadRequest) (string, error) {
	if req.Path.Table == "" {
		return connector.OneStatement(req.Query.Text)
	}
	t, err := c.find(ctx, c.pg, req.Path)
	if err != nil {
		return "", err
	}
	if t == nil {
		return "", c.missing(ctx, req.Path)
	}
	c.found = t.Schema
	return t.Select(req, quote)
}

// plan is a query whose columns are called c0, c1, … and written as the table engine wants them.
type plan struct {
	text    string
	columns []table.StreamColumn
	// greatest asks for the greatest value of the column by which the read is incremental, where the columns hold it rounded.
	greatest string
	// without counts the rows that have no value of that column.
	without string
}

func planOf(source string, fields []pgconn.FieldDescription, req connector.ReadRequest) (p plan, err error) {
	if len(fields) == 0 {
		return p, connector.NoColumns(nil)
	}
	list, aliases, names := make([]string, len(fields)), make([]string, len(fields)), make([]string, len(fields))
	for i, f := range fields {
		in := fromPostgres(f)
		aliases[i], names[i] = fmt.Sprintf("c%d", i), f.Name
		list[i] = aliases[i]
		if in.expr != "" {
			list[i] = fmt.Sprintf(in.expr, aliases[i])
		}
		p.columns = append(p.columns, table.StreamColumn{Column: table.Column{Name: f.Name, Type: in.typ}, Coding: in.coding})
	}
	given := " FROM (\n" + source + "\n) AS q(" + strings.Join(aliases, ", ") + ")"
	from := given
	if req.Since != nil {
		i, err := req.Since.Index(p.columns)
		if err != nil {
			return p, err
		}
		if req.Whole() {
			p.without = "SELECT count(*)" + given + " WHERE " + aliases[i] + " IS NULL"
			if req.Path.Table != "" { // nothing is looked through where there can be none
				p.without += fmt.Sprintf(" AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = %d AND attnum = %d AND NOT attnotnull)", fields[i].TableOID, fields[i].TableAttributeNumber)
			}
		}
		from += " WHERE " + aliases[i] + " IS NOT NULL"
		if req.Since.Value != nil { // a literal without a type takes that of the column
			from += " AND " + aliases[i] + " " + req.Since.Compare() + " " + literal(*req.Since.Value)
		}
	}
	if req.Since != nil && req.Whole() {
		p.ask(req.Since.Column, names, aliases, fields, from)
	}
	p.text = req.Bounded("SELECT " + strings.Join(list, ", ") + from)
	return p, nil
}

// ask finds out whether the database has to say itself what the greatest value of a column is: it orders texts in its own way, and
// its numbers may have more digits than a DOUBLE.
func (p *plan) ask(column string, names, aliases []string, fields []pgconn.FieldDescription, from string) {
	i := slices.Index(names, column)
	alias, rounded := aliases[i], fields[i].DataTypeOID == pgtype.NumericOID && p.columns[i].Type == "DOUBLE"
	if p.columns[i].Type != "VARCHAR" && !rounded {
		return
	}
	p.greatest = "SELECT " + alias + "::text" + from
	if rounded { // those have no place in the order
		p.greatest += " AND " + alias + "::text NOT IN ('NaN', 'Infinity', '-Infinity')"
	}
	p.greatest += " ORDER BY q." + alias + " DESC LIMIT 1" // not the text that is given
}

// greatest asks for what the columns hold rounded.
func (c *conn) greatest(ctx context.Context, p plan, args [][]byte) (*string, error) {
	return c.one(ctx, p.greatest, args)
}

// without counts the rows that an incremental read leaves out.
func (c *conn) without(ctx context.Context, p plan, args [][]byte) (int64, error) {
	text, err := c.one(ctx, p.without, args)
	if err != nil || text == nil {
		return 0, err
	}
	return strconv.ParseInt(*text, 10, 64)
}

// one asks for one value; no query gives none.
func (c *conn) one(ctx context.Context, text string, args [][]byte) (value *string, err error) {
	if text == "" {
		return nil, nil
	}
	result := c.pg.PgConn().ExecParams(ctx, text, args, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, failed(ctx, result.Err, c.cfg)
	}
	if len(result.Rows) == 1 && result.Rows[0][0] != nil {
		text := string(result.Rows[0][0])
		value = &text
	}
	return value, nil
}

// rows streams a query with bound values, which COPY does not know.
func (c *conn) rows(ctx context.Context, p plan, args [][]byte, w io.Writer) error {
	names := make([]string, len(p.columns))
	for i, column := range p.columns {
		names[i] = column.Name
	}
	out := rowtext.NewWriter(w, names)
	rows := c.pg.PgConn().ExecParams(ctx, p.text, args, nil, nil, nil)
	for rows.NextRow() {
		for _, v := range rows.Values() {
			if v == nil {
				out.Null()
			} else {
				out.Text(v)
			}
		}
		if err := out.End(); err != nil {
			_, _ = rows.Close()
			return err
		}
	}
	if _, err := rows.Close(); err != nil {
		return err
	}
	return out.Close()
}

// literal quotes a text; standard_conforming_strings is on.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}
