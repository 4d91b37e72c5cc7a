package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
)

// relationInfo is a table or a view that is there.
type relationInfo struct {
	relation.Table
	view bool
	text string // with which it was made
}

// quote makes an identifier of a name, which is its last part: there are no schemas.
func quote(parts ...string) string {
	return `"` + strings.ReplaceAll(parts[len(parts)-1], `"`, `""`) + `"`
}

func columnList(names []string) string { return relation.List(names, quote) }

// find gives a table or view with its columns; nil when there is none.
func (c *conn) find(ctx context.Context, name string) (*relationInfo, error) {
	t := &relationInfo{}
	err := c.c.QueryRowContext(ctx, "SELECT name, type = 'view', coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", name).Scan(&t.Name, &t.view, &t.text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	t.Columns, err = relation.Query(ctx, c.c, func(rows *sql.Rows, c *relation.Column) error {
		return rows.Scan(&c.Name, &c.Type, &c.Generated, &c.Key)
	},
		"SELECT name, type, hidden IN (2, 3), pk > 0 FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", t.Name)
	return t, failed(ctx, err, c.cfg)
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
	return t.Entries(), nil
}

func (c *conn) entries(ctx context.Context) ([]connector.Entry, error) {
	entries, err := relation.Query(ctx, c.c, func(rows *sql.Rows, e *connector.Entry) error { return rows.Scan(&e.Kind, &e.Name) },
		"SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 5000")
	return entries, failed(ctx, err, c.cfg)
}
