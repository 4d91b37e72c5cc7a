package local

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"dataflow/flow-automation/engine"
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
	if by := e.reusedBy(tenant)[runID]; by != "" {
		return errs.Conflict("run_reused", "The run %s is being reused by the run %s.", runID, by).WithHint("Try again when that one has ended.")
	}
	if r != nil { // its row may still have to be written
		if err := e.writer.flush(ctx); err != nil {
			return fmt.Errorf("bring runs up to date: %w", err)
		}
	}
	if err := e.remove(ctx, []doomed{{row.no, tenant}}); err != nil {
		return fmt.Errorf("delete run: %w", err)
	}
	e.keeper.after(e.keeper.cfg.Grace)
	return nil
}

// doomed is a finished run that is to be removed.
type doomed struct {
	no     int64
	tenant string
}

// remove removes runs. Each transaction does little; the run's row goes with the last of what belongs to it, so that a
// crash leaves nothing that is not found again.
func (e *Engine) remove(ctx context.Context, runs []doomed) error {
	for len(runs) > 0 {
		var removed []doomed
		var done int
		err := e.change(ctx, func(tx *sql.Tx) error {
			removed, done = removed[:0], 0
			budget := int64(packAtOnce)
			for _, d := range runs {
				n, over, there, err := e.removeSome(ctx, tx, d)
				if err != nil {
					return fmt.Errorf("remove run %d: %w", d.no, err)
				}
				if over {
					done++
				}
				if there {
					removed = append(removed, d)
				}
				if budget -= n; budget <= 0 || !over {
					break
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, d := range removed {
			e.census.removed(d.tenant)
		}
		runs = runs[done:]
	}
	return nil
}

// removeSome removes some of what belongs to a run, and the run itself when nothing else is left; n is the rows deleted.
// there says that the run was removed now, and not by somebody else before.
func (e *Engine) removeSome(ctx context.Context, tx *sql.Tx, d doomed) (n int64, over, there bool, err error) {
	if err := e.leave(ctx, tx, d); err != nil {
		return 0, false, false, err
	}
	over = true
	for _, text := range []string{clearJournal, clearLogs} {
		cleared, err := clearSome(ctx, tx, text, d.no)
		if err != nil {
			return 0, false, false, err
		}
		n += cleared
		over = over && cleared < packAtOnce
	}
	if !over {
		return n, false, false, nil
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM run_history WHERE key >= ? AND key < ?", historyOf(d.no)[:2]...); err != nil {
		return 0, false, false, err
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM runs WHERE no = ?", d.no)
	if err != nil {
		return 0, false, false, err
	}
	rows, err := result.RowsAffected()
	return n + 1, err == nil, rows > 0, err
}

// leave notes the artifacts that a run referred to, for whoever collects those that nobody refers to.
func (e *Engine) leave(ctx context.Context, tx *sql.Tx, d doomed) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO run_leftovers (tenant, artifact) SELECT tenant, artifact FROM run_artifacts WHERE run = ?", d.no)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM run_artifacts WHERE run = ?", d.no)
	}
	if err != nil || e.keeper.cfg.Artifacts == nil {
		return err
	}
	// What is in the journal still has not been looked at.
	found := map[[32]byte]bool{}
	rows, err := tx.QueryContext(ctx, "SELECT record FROM journal WHERE run = ?", d.no)
	if err != nil {
		return err
	}
	for rows.Next() {
		var record sql.RawBytes
		if err = rows.Scan(&record); err != nil {
			break
		}
		artifactsIn(record, found)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // before the next query on the same connection
		return err
	}
	for _, id := range sorted(found) {
		if _, there, err := e.keeper.cfg.Artifacts.Size(ctx, d.tenant, hex.EncodeToString(id[:])); err != nil || !there {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO run_leftovers (tenant, artifact) VALUES (?, ?)", d.tenant, id[:]); err != nil {
			return err
		}
	}
	return nil
}

// finalStatuses are those of runs that have ended.
var finalStatuses = []engine.Status{engine.Succeeded, engine.Failed, engine.Skipped, engine.Canceled}
