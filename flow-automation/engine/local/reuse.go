package local

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dataflow/ide-go-lib/errs"
)

// defaultReuseSteps bounds the steps of an earlier run that can be taken over: all of them are in memory meanwhile, at about
// 1.5 KiB each.
const defaultReuseSteps = 250_000

// reuse says that an unfinished run takes over steps of an earlier one.
type reuse struct{ tenant, earlier, by string }

// reusedBy gives the runs of a tenant whose steps an unfinished run takes over, with that run.
func (e *Engine) reusedBy(tenant string) map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	reused := map[string]string{}
	for _, u := range e.reuses {
		if u.tenant == tenant {
			reused[u.earlier] = u.by
		}
	}
	return reused
}

// reusable gives the run that another one is to take steps over from.
func (e *Engine) reusable(ctx context.Context, tenant, id string) (*row, error) {
	found, _, err := e.find(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if found.total > e.reuseSteps {
		return nil, errs.Conflict("reuse_too_large", "The run %s has %d steps, and at most %d can be taken over.", id, found.total, e.reuseSteps).
			WithHint("Start the flow from its beginning; that carries out every step.")
	}
	return found, nil
}

// reusing reads from their first records what the unfinished runs reuse: those that wait are in memory by number only, and
// what they need must still be there at their turn.
func (e *Engine) reusing(ctx context.Context, unfinished []*waiting) (all map[int64]reuse, err error) {
	first, err := e.db.Read.PrepareContext(ctx, selectFirst)
	if err != nil {
		return nil, fmt.Errorf("find reused runs: %w", err)
	}
	defer func() { err = errors.Join(err, first.Close()) }()
	all = map[int64]reuse{}
	for _, w := range unfinished {
		var record []byte
		err := first.QueryRowContext(ctx, w.no*partsOfRun, w.no).Scan(&record)
		switch {
		case errors.Is(err, sql.ErrNoRows), e.db.Dialect.IsDamaged(err):
			continue // such a run does not go on
		case err != nil:
			return nil, fmt.Errorf("find reused runs: %w", err)
		case !bytes.Contains(record, []byte(`"reuse":`)): // which is much cheaper than to decode what most do not have
			continue
		}
		var h history
		h.add(record)
		if h.head.Reuse != "" {
			all[w.no] = reuse{h.head.Tenant, h.head.Reuse, h.head.ID}
		}
	}
	return all, nil
}
