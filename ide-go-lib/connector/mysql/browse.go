package mysql

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// relationInfo is a table or a view that is there. A schema is a database of the server.
type relationInfo struct {
	schema, name  string
	view          bool
	transactional bool
	columns       []columnInfo
}

type columnInfo struct {
	name, typ string
	generated bool
	key       bool
}

func (t *relationInfo) quoted() string { return quote(t.schema, t.name) }

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

func (c *conn) schema(at connector.Path) string {
	if at.Schema == "" {
		return c.cfg.Database
	}
	return at.Schema
}

// find gives a table or view with its columns; nil when there is none.
func (c *conn) find(ctx context.Context, at connector.Path) (*relationInfo, error) {
	defer c.watch(ctx)()
	t := &relationInfo{}
	err := c.c.QueryRowContext(ctx, `SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE LIKE '%VIEW', COALESCE(e.TRANSACTIONS = 'YES', 0)
		FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?`,
		c.schema(at), at.Table).Scan(&t.schema, &t.name, &t.view, &t.transactional)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	rows, err := c.c.QueryContext(ctx, `SELECT COLUMN_NAME, COLUMN_TYPE, COALESCE(GENERATION_EXPRESSION, '') <> '', COLUMN_KEY = 'PRI'
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, t.schema, t.name)
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

// list gives one column of a query.
func (c *conn) list(ctx context.Context, query string, args ...any) (names []string, err error) {
	defer c.watch(ctx)()
	rows, err := c.c.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		names = append(names, name)
	}
	return names, failed(ctx, rows.Err(), c.cfg)
}

func (c *conn) tables(ctx context.Context, schema string) ([]string, error) {
	return c.list(ctx, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1 LIMIT 5000", schema)
}

const systemSchemas = "('information_schema', 'performance_schema', 'mysql', 'sys')"

func (c *conn) schemas(ctx context.Context) ([]string, error) {
	return c.list(ctx, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN "+systemSchemas+" ORDER BY SCHEMA_NAME <> ?, 1", c.cfg.Database)
}

// missing is the error of a table that is not there, with those that it may have meant.
func (c *conn) missing(ctx context.Context, at connector.Path) error {
	have, err := c.tables(ctx, c.schema(at))
	if err != nil {
		return err
	}
	if at.Schema != "" && len(have) == 0 {
		schemas, err := c.schemas(ctx)
		if err != nil {
			return err
		}
		return errs.NotFound(connector.CodeTable, "There is no database %q with tables.", at.Schema).WithHint("%s", near.Hint(at.Schema, schemas))
	}
	return connector.TableMissing(strings.TrimPrefix(at.Schema+"."+at.Table, "."), have)
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	switch {
	case at.Table != "":
		t, err := c.find(ctx, at)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return nil, c.missing(ctx, at)
		}
		entries := make([]connector.Entry, len(t.columns))
		for i, column := range t.columns {
			entries[i] = connector.Entry{Kind: "column", Schema: t.schema, Table: t.name, Name: column.name, Type: column.typ, Key: column.key}
		}
		return entries, nil
	case at.Schema != "":
		entries, err := c.inSchema(ctx, at.Schema)
		if err != nil || len(entries) > 0 {
			return entries, err
		}
		names, err := c.schemas(ctx)
		if err == nil && !slices.Contains(names, at.Schema) {
			err = connector.SchemaMissing("database", at.Schema, names)
		}
		return entries, err
	}
	names, err := c.schemas(ctx)
	entries := make([]connector.Entry, len(names))
	for i, name := range names {
		entries[i] = connector.Entry{Kind: "schema", Name: name}
	}
	return entries, err
}

func (c *conn) inSchema(ctx context.Context, schema string) (entries []connector.Entry, err error) {
	defer c.watch(ctx)()
	rows, err := c.c.QueryContext(ctx, "SELECT TABLE_NAME, TABLE_TYPE LIKE '%VIEW', TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1 LIMIT 5000", schema)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	defer rows.Close()
	for rows.Next() {
		e := connector.Entry{Kind: "table", Schema: schema}
		var view bool
		if err := rows.Scan(&e.Name, &view, &e.Rows); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		if view {
			e.Kind = "view"
		}
		entries = append(entries, e)
	}
	return entries, failed(ctx, rows.Err(), c.cfg)
}
