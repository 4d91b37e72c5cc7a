package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// asBefore are the statements that give the indexes and numbers of the new table the names that those of the old one have, once
// it is gone: others name them, such as ON CONFLICT ON CONSTRAINT and the next change of the schema. Indexes belong together
// that are of the same columns in the same way.
const asBefore = `WITH tables AS (SELECT $1::oid AS old, format('%I.%I', $2::text, $3::text)::regclass::oid AS new),
	indexes AS (
		SELECT i.indrelid AS of, c.relname AS name, d.what, row_number() OVER (PARTITION BY i.indrelid, d.what ORDER BY c.relname) AS nr
		FROM tables JOIN pg_index i ON i.indrelid IN (old, new) JOIN pg_class c ON c.oid = i.indexrelid
		LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid
		CROSS JOIN LATERAL (SELECT concat(k.contype, i.indisunique, substring(pg_get_indexdef(c.oid) FROM ' USING .*')) AS what) d),
	numbers AS (
		SELECT d.refobjid AS of, a.attname AS what, s.relname AS name
		FROM tables JOIN pg_depend d ON d.refobjid IN (old, new) AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
		JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
	SELECT format('ALTER INDEX %I.%I RENAME TO %I', $2::text, n.name, o.name)
		FROM tables JOIN indexes o ON o.of = old JOIN indexes n ON n.of = new AND n.what = o.what AND n.nr = o.nr
	UNION ALL SELECT format('ALTER SEQUENCE %I.%I RENAME TO %I', $2::text, n.name, o.name)
		FROM tables JOIN numbers o ON o.of = old JOIN numbers n ON n.of = new AND n.what = o.what`

// named asks for those statements while both tables are there.
func (w *writing) named(ctx context.Context, stage string) ([]string, error) {
	return w.statements(ctx, asBefore, w.target.oid, w.schema, stage)
}

// statements gives what a query makes of the catalogue.
func (w *writing) statements(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := w.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, w.fail(ctx, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, w.fail(ctx, err)
	}
	return list, nil
}

// each carries out statements in their order.
func (w *writing) each(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if err := w.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
