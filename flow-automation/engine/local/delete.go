package local

import (
	"context"
	"errors"
	"fmt"

	"dataflow/ide-go-lib/errs"
)

// Delete removes a finished run with its journal and its logs. Its artifacts go when nothing else refers to them.
func (e *Engine) Delete(ctx context.Context, tenant, runID string) error {
	row, r, err := e.find(ctx, tenant, runID)
	if err != nil {
		return err
	}
	if !row.status.Final() {
		return errs.Conflict("run_active", "The run %s has not ended; cancel it first.", runID)
	}
	if r != nil { // its row may still have to be written
		if err := e.writer.flush(ctx); err != nil {
			return fmt.Errorf("bring runs up to date: %w", err)
		}
	}
	tx, err := e.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("delete run: %w", err)
	}
	for _, text := range []string{"DELETE FROM journal WHERE run = ?", "DELETE FROM run_logs WHERE run = ?", "DELETE FROM runs WHERE no = ?"} {
		if _, err := tx.ExecContext(ctx, text, row.no); err != nil {
			return fmt.Errorf("delete run: %w", errors.Join(err, rollback(tx)))
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("delete run: %w", err)
	}
	return nil
}
