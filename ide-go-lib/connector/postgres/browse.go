package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
)

// relationInfo is a table or a view that is there.
type relationInfo struct {
	relation.Table
	oid  uint32
	kind string // pg_class.relkind
}

// find gives a table or view with its columns; nil when there is none. Without a schema the search path decides.
func (c *conn) find(ctx context.Context, q querier, at connector.Path) (*relationInfo, error) {
	t := &relationInfo{}
	err := q.QueryRow(ctx, `SELECT c.oid, n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.nspname = $1 OR $1 = '' AND pg_table_is_visible(c.oid))`,
		at.Schema, at.Table).Scan(&t.oid, &t.Schema, &t.Name, &t.kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil says that there is none
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	rows, err := q.Query(ctx, `SELECT a.attname, format_type(a.atttypid, a.atttypmod),
			CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END, a.attgenerated <> '' OR a.attidentity = 'a',
			EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, t.oid)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	t.Columns, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (out relation.Column, err error) {
		err = row.Scan(&out.Name, &out.Type, &out.Base, &out.Generated, &out.Key)
		return out, err
	})
	return t, failed(ctx, err, c.cfg)
}

// missing is the error of a table that is not there, with those that it may have meant.
func (c *conn) missing(ctx context.Context, at connector.Path) error {
	have, err := c.tables(ctx, at.Schema)
	if err != nil {
		return err
	}
	return relation.Missing(at, have, "schema", func() (names []string, err error) {
		entries, err := c.schemas(ctx)
		for _, e := range entries {
			names = append(names, e.Name)
		}
		return names, err
	})
}

// withTables adds the names of tables to the error of a query that names one which is not there.
func (c *conn) withTables(ctx context.Context, err error) error {
	return relation.WithTables(err, func(name string) (string, []string, error) {
		schema, bare, dotted := strings.Cut(name, ".")
		if !dotted {
			schema, bare = "", name
		}
		if _, err := c.pg.Exec(ctx, "ROLLBACK"); err != nil { // the transaction takes nothing more after the error
			return "", nil, failed(ctx, err, c.cfg)
		}
		have, err := c.tables(ctx, schema)
		return bare, have, err
	})
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
		return t.Entries(), nil
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
	rows, err := c.pg.Query(ctx, `SELECT nspname, nspname IS NOT DISTINCT FROM current_schema() FROM pg_namespace WHERE nspname NOT IN ('information_schema') AND nspname NOT LIKE 'pg\_%'
		AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname <> 'public', nspname`)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (connector.Entry, error) {
		e := connector.Entry{Kind: "schema"}
		err := row.Scan(&e.Name, &e.Default)
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
