package dbtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/db"
)

// Whole gives the text of the file whole.sql for migrations that have been carried out one by one in an otherwise empty database.
func Whole(ctx context.Context, d *db.DB, s db.Schema) (string, error) {
	latest, err := s.Latest()
	if err != nil {
		return "", err
	}
	const defined = `SELECT s.sql FROM sqlite_schema s JOIN pragma_table_list t ON t.name = s.tbl_name
		WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.type <> 'shadow' AND s.tbl_name <> ? `
	counts := "schema_" + s.Component
	things, err := texts(ctx, d, defined+"AND s.type <> 'trigger' ORDER BY s.type = 'index', s.rowid", counts)
	if err != nil {
		return "", err
	}
	tables, err := texts(ctx, d, `SELECT name FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> ? ORDER BY name`, counts)
	if err != nil {
		return "", err
	}
	for _, table := range tables {
		rows, err := inserts(ctx, d, table)
		if err != nil {
			return "", err
		}
		things = append(things, rows...)
	}
	triggers, err := texts(ctx, d, defined+"AND s.type = 'trigger' ORDER BY s.rowid", counts) // after the rows, which they have seen
	if err != nil {
		return "", err
	}
	// The version stands as db reads it.
	head := fmt.Sprintf("-- Version %d.", latest) + " Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.\n"
	return head + "\n" + strings.Join(append(things, triggers...), ";\n\n") + ";\n", nil
}

// inserts gives the statements that make the rows of a table.
func inserts(ctx context.Context, d *db.DB, table string) ([]string, error) {
	columns, err := texts(ctx, d, "SELECT name FROM pragma_table_info(?) ORDER BY cid", table)
	if err != nil {
		return nil, err
	}
	for i, c := range columns {
		columns[i] = "quote(" + quoted(c) + ")"
	}
	return texts(ctx, d, "SELECT 'INSERT INTO "+strings.ReplaceAll(quoted(table), "'", "''")+" VALUES (' || concat_ws(', ', "+strings.Join(columns, ", ")+") || ')' FROM "+quoted(table))
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// texts gives the one column of a query.
func texts(ctx context.Context, d *db.DB, query string, args ...any) (all []string, err error) {
	rows, err := d.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
