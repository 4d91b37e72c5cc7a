package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dataflow/flow-automation/engine"
)

// Those who follow all runs of all tenants ask the projection, by the numbers in which runs began. Config.Projected tells
// them when there is something new.

// Newest gives the number of the run that began last.
func (e *Engine) Newest(ctx context.Context) (no int64, err error) {
	if err := e.writer.flush(ctx); err != nil {
		return 0, fmt.Errorf("bring runs up to date: %w", err)
	}
	err = e.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(no), 0) FROM runs").Scan(&no)
	return no, err
}

// After gives the runs that began after the one of that number, in order and without parameters.
func (e *Engine) After(ctx context.Context, no int64, most int) ([]engine.Numbered, error) {
	return e.numbered(ctx, " WHERE no > ? ORDER BY no LIMIT ?", no, most)
}

// Numbered gives runs by their numbers, without parameters; those that are gone are left out.
func (e *Engine) Numbered(ctx context.Context, numbers []int64) ([]engine.Numbered, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	args := make([]any, len(numbers))
	for i, no := range numbers {
		args[i] = no
	}
	return e.numbered(ctx, " WHERE no IN ("+marks(len(numbers))+") ORDER BY no", args...)
}

func (e *Engine) numbered(ctx context.Context, where string, args ...any) (list []engine.Numbered, err error) {
	err = e.reading(ctx, func(tx *sql.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, selectRuns+where, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			r, err := scanRow(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, engine.Numbered{No: r.no, Run: r.view()})
		}
		return rows.Err()
	})
	return list, err
}
