package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// relationInfo is a table or a view that is there.
type relationInfo struct {
	oid          uint32
	schema, name string
	kind         string // pg_class.relkind
	columns      []columnInfo
}

type columnInfo struct {
	name, typ string
	generated bool // its values cannot be given
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

// find gives a table or view with its columns; nil when there is none. Without a schema the search path decides.
func (c *conn) find(ctx context.Context, q querier, at connector.Path) (*relationInfo, error) {
	t := &relationInfo{}
	err := q.QueryRow(ctx, `SELECT c.oid, n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.nspname = $1 OR $1 = '' AND pg_table_is_visible(c.oid))`,
		at.Schema, at.Table).Scan(&t.oid, &t.schema, &t.name, &t.kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	rows, err := q.Query(ctx, `SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' OR a.attidentity = 'a',
			EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
		FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, t.oid)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	t.columns, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (out columnInfo, err error) {
		err = row.Scan(&out.name, &out.typ, &out.generated, &out.key)
		return out, err
	})
	return t, failed(ctx, err, c.cfg)
}

// missing is the error of a table that is not there, with those that it may have meant.
func (c *conn) missing(ctx context.Context, at connector.Path) error {
	name := strings.TrimPrefix(at.Schema+"."+at.Table, ".")
	have, err := c.tables(ctx, at.Schema)
	if err != nil {
		return err
	}
	if at.Schema != "" && len(have) == 0 {
		var schemas []string
		entries, err := c.schemas(ctx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			schemas = append(schemas, e.Name)
		}
		return errs.NotFound(connector.CodeTable, "There is no schema %q with tables.", at.Schema).WithHint("%s", near.Hint(at.Schema, schemas))
	}
	return connector.TableMissing(name, have)
}

// withTables adds the names of tables to the error of a query that names one which is not there.
func (c *conn) withTables(ctx context.Context, err error) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != connector.CodeTable {
		return err
	}
	_, name, _ := strings.Cut(e.Message, `"`)
	name = strings.TrimSuffix(name, `".`)
	schema, bare, dotted := strings.Cut(name, ".")
	if !dotted {
		schema, bare = "", name
	}
	if _, err := c.pg.Exec(ctx, "ROLLBACK"); err != nil { // the transaction takes nothing more after the error
		return failed(ctx, err, c.cfg)
	}
	have, found := c.tables(ctx, schema)
	if found != nil {
		return found
	}
	return e.WithHint("%s", near.Hint(bare, have))
}

// tables lists the names of tables and views, of one schema or all that are no system's.
func (c *conn) tables(ctx context.Context, schema string) ([]string, error) {
	rows, err := c.pg.Query(ctx, `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.nspname = $1 OR $1 = '' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%')
		ORDER BY 1 LIMIT 5000`, schema)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return names, failed(ctx, err, c.cfg)
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	switch {
	case at.Table != "":
		t, err := c.find(ctx, c.pg, at)
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
		all, err := c.schemas(ctx)
		if err != nil {
			return nil, err
		}
		names := make([]string, len(all))
		for i, e := range all {
			if names[i] = e.Name; e.Name == at.Schema {
				return entries, nil // it is empty
			}
		}
		return nil, connector.SchemaMissing("schema", at.Schema, names)
	}
	return c.schemas(ctx)
}

func (c *conn) schemas(ctx context.Context) ([]connector.Entry, error) {
	rows, err := c.pg.Query(ctx, `SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('information_schema') AND nspname NOT LIKE 'pg\_%'
		AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname <> 'public', nspname`)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (connector.Entry, error) {
		e := connector.Entry{Kind: "schema"}
		err := row.Scan(&e.Name)
		return e, err
	})
	return entries, failed(ctx, err, c.cfg)
}

func (c *conn) inSchema(ctx context.Context, schema string) ([]connector.Entry, error) {
	rows, err := c.pg.Query(ctx, `SELECT c.relname, c.relkind IN ('v', 'm'), CASE WHEN c.reltuples >= 0 AND c.relkind = 'r' THEN c.reltuples::bigint END
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY 1 LIMIT 5000`, schema)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (connector.Entry, error) {
		e := connector.Entry{Kind: "table", Schema: schema}
		var view bool
		err := row.Scan(&e.Name, &view, &e.Rows)
		if view {
			e.Kind = "view"
		}
		return e, err
	})
	return entries, failed(ctx, err, c.cfg)
}
