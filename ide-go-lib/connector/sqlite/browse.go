package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// relationInfo is a table or a view that is there.
type relationInfo struct {
	name    string
	view    bool
	text    string // with which it was made
	columns []columnInfo
}

type columnInfo struct {
	name, typ string
	generated bool
	key       bool
}

func (t *relationInfo) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t *relationInfo) column(name string) (columnInfo, bool) {
	i := slices.IndexFunc(t.columns, func(c columnInfo) bool { return c.name == name })
	if i < 0 {
		return columnInfo{}, false
	}
	return t.columns[i], true
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func columnList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

// find gives a table or view with its columns; nil when there is none.
func (c *conn) find(ctx context.Context, name string) (*relationInfo, error) {
	t := &relationInfo{}
	err := c.c.QueryRowContext(ctx, "SELECT name, type = 'view', coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", name).Scan(&t.name, &t.view, &t.text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	rows, err := c.c.QueryContext(ctx, "SELECT name, type, hidden IN (2, 3), pk > 0 FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", t.name)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	defer rows.Close()
	for rows.Next() {
		var column columnInfo
		if err := rows.Scan(&column.name, &column.typ, &column.generated, &column.key); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		t.columns = append(t.columns, column)
	}
	return t, failed(ctx, rows.Err(), c.cfg)
}

func (c *conn) tables(ctx context.Context) ([]string, error) {
	entries, err := c.entries(ctx)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names, err
}

func (c *conn) missing(ctx context.Context, name string) error {
	have, err := c.tables(ctx)
	if err != nil {
		return err
	}
	return connector.TableMissing(name, have)
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if at.Schema != "" && at.Schema != "main" {
		return nil, errs.Invalid(connector.CodePath, "A file of SQLite has no schema %q: there are tables alone.", at.Schema).WithHint("Write a dot before the name of a table, as in .%s.", at.Schema)
	}
	if at.Table == "" {
		return c.entries(ctx)
	}
	t, err := c.find(ctx, at.Table)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, c.missing(ctx, at.Table)
	}
	entries := make([]connector.Entry, len(t.columns))
	for i, column := range t.columns {
		entries[i] = connector.Entry{Kind: "column", Table: t.name, Name: column.name, Type: column.typ, Key: column.key}
	}
	return entries, nil
}

func (c *conn) entries(ctx context.Context) ([]connector.Entry, error) {
	rows, err := c.c.QueryContext(ctx, "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 5000")
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	defer rows.Close()
	entries := []connector.Entry{}
	for rows.Next() {
		var e connector.Entry
		if err := rows.Scan(&e.Kind, &e.Name); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		entries = append(entries, e)
	}
	return entries, failed(ctx, rows.Err(), c.cfg)
}
