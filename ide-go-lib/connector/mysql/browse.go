package mysql

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/errs"
)

// relationInfo is a table or a view that is there. A schema is a database of the server.
type relationInfo struct {
	relation.Table
	view          bool
	transactional bool
}

func (c *conn) schema(at connector.Path) string {
	if at.Schema == "" {
		return c.cfg.Database
	}
	return at.Schema
}

// find gives a table or view with its columns; nil when there is none.
func (c *conn) find(ctx context.Context, at connector.Path) (*relationInfo, error) {
	for _, name := range []string{at.Schema, at.Table} {
		if r := beyond(name); r != 0 {
			return nil, errs.Invalid(connector.CodeTable, "The name %q has %q in it, which MySQL and MariaDB take in values, but not in names.", name, r).WithHint("Choose a name without it, such as of letters and digits.")
		}
	}
	defer c.watch(ctx)()
	t := &relationInfo{}
	err := c.c.QueryRowContext(ctx, `SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE LIKE '%VIEW', COALESCE(e.TRANSACTIONS = 'YES', 0)
		FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?`,
		c.schema(at), at.Table).Scan(&t.Schema, &t.Name, &t.view, &t.transactional)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	t.Columns, err = relation.Query(ctx, c.c, func(rows *sql.Rows, c *relation.Column) error {
		return rows.Scan(&c.Name, &c.Type, &c.Generated, &c.Key)
	},
		`SELECT COLUMN_NAME, COLUMN_TYPE, COALESCE(GENERATION_EXPRESSION, '') <> '', COLUMN_KEY = 'PRI'
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, t.Schema, t.Name)
	return t, failed(ctx, err, c.cfg)
}

// beyond gives the first character of a name that names cannot have, such as an emoji; 0 is none.
func beyond(name string) rune {
	for _, r := range name {
		if r > 0xFFFF {
			return r
		}
	}
	return 0
}

// list gives one column of a query.
func (c *conn) list(ctx context.Context, query string, args ...any) ([]string, error) {
	defer c.watch(ctx)()
	names, err := relation.Query(ctx, c.c, relation.One[string], query, args...)
	return names, failed(ctx, err, c.cfg)
}

func (c *conn) tables(ctx context.Context, schema string) ([]string, error) {
	return c.list(ctx, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1 LIMIT 5000", schema)
}

const systemSchemas = "('information_schema', 'performance_schema', 'mysql', 'sys')"

func (c *conn) schemas(ctx context.Context) ([]connector.Entry, error) {
	defer c.watch(ctx)()
	entries, err := relation.Query(ctx, c.c, func(rows *sql.Rows, e *connector.Entry) error {
		e.Kind = "schema"
		return rows.Scan(&e.Name, &e.Default)
	}, `SELECT SCHEMA_NAME, COALESCE(CAST(SCHEMA_NAME AS BINARY) = CAST(DATABASE() AS BINARY), 0)
		FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN `+systemSchemas+" ORDER BY 2 DESC, 1")
	return entries, failed(ctx, err, c.cfg)
}

func (c *conn) schemaNames(ctx context.Context) ([]string, error) {
	entries, err := c.schemas(ctx)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names, err
}

// missing is the error of a table that is not there, with those that it may have meant.
func (c *conn) missing(ctx context.Context, at connector.Path) error {
	have, err := c.tables(ctx, c.schema(at))
	if err != nil {
		return err
	}
	return relation.Missing(at, have, "database", func() ([]string, error) { return c.schemaNames(ctx) })
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
		return t.Entries(), nil
	case at.Schema != "":
		entries, err := c.inSchema(ctx, at.Schema)
		if err != nil || len(entries) > 0 {
			return entries, err
		}
		names, err := c.schemaNames(ctx)
		if err == nil && !slices.Contains(names, at.Schema) {
			err = connector.SchemaMissing("database", at.Schema, names)
		}
		return entries, err
	}
	return c.schemas(ctx)
}

func (c *conn) inSchema(ctx context.Context, schema string) ([]connector.Entry, error) {
	defer c.watch(ctx)()
	entries, err := relation.Query(ctx, c.c, func(rows *sql.Rows, e *connector.Entry) error {
		e.Kind, e.Schema = "table", schema
		var view bool
		err := rows.Scan(&e.Name, &view, &e.Rows)
		if view {
			e.Kind = "view"
		}
		return err
	}, "SELECT TABLE_NAME, TABLE_TYPE LIKE '%VIEW', TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1 LIMIT 5000", schema)
	return entries, failed(ctx, err, c.cfg)
}
