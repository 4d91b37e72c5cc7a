package relation

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"dataflow/ide-go-lib/table/rowtext"
)

// Querier is a connection or a transaction of database/sql.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Query gives all rows of a query, each as scan reads it.
func Query[T any](ctx context.Context, q Querier, scan func(*sql.Rows, *T) error, query string, args ...any) (_ []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := []T{}
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// One reads the only column of a row.
func One[T any](rows *sql.Rows, into *T) error { return rows.Scan(into) }

// Feed writes the rows of a query as text, and closes them. They are scanned into into, of which put writes a column.
func Feed(rows *sql.Rows, w io.Writer, names []string, into []any, put func(out *rowtext.Writer, column int)) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := rowtext.NewWriter(w, names)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range into {
			put(out, i)
		}
		if err := out.End(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Close()
}
