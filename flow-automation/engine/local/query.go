package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

const selectRuns = "SELECT " + fixedColumns + ", " + livingColumns + " FROM runs"

// find gives a run's row: as it is when the run is in memory, else from the projection, which is first brought up to
// date when it does not know the run.
func (e *Engine) find(ctx context.Context, tenant, id string) (*row, *live, error) {
	if r := e.lookup(tenant, id); r != nil {
		var now *row
		err := r.look(ctx, func(r *live) {
			now = r.row()
			now.why = r.why()
		})
		return now, r, err
	}
	for _, again := range []bool{true, false} {
		found, err := scanRow(e.db.Read.QueryRowContext(ctx, selectRuns+" WHERE id = ? AND tenant = ?", id, tenant).Scan)
		if err == nil {
			found.why = e.whyQueued(found)
			return found, nil, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, nil, fmt.Errorf("read run: %w", err)
		}
		if again {
			if err := e.writer.flush(ctx); err != nil {
				return nil, nil, fmt.Errorf("bring runs up to date: %w", err)
			}
		}
	}
	return nil, nil, notFound(id)
}

// Run gives one run.
func (e *Engine) Run(ctx context.Context, tenant, runID string) (engine.Run, error) {
	row, r, err := e.find(ctx, tenant, runID)
	if err != nil {
		return engine.Run{}, err
	}
	if r == nil {
		h, err := e.headOf(ctx, row)
		if err != nil {
			return engine.Run{}, err
		}
		row.head = h
	}
	return row.view(), nil
}

// headOf reads a run's first record; one that is damaged leaves what the row knows.
func (e *Engine) headOf(ctx context.Context, r *row) (*head, error) {
	var record []byte
	err := e.db.Read.QueryRowContext(ctx, selectFirst, r.no*partsOfRun, r.no).Scan(&record)
	if err != nil && !errors.Is(err, sql.ErrNoRows) && !e.db.Dialect.IsDamaged(err) {
		return nil, fmt.Errorf("read run %s: %w", r.head.ID, err)
	}
	var h history
	h.add(record)
	if h.head.ID == "" {
		return r.head, nil
	}
	return &h.head, nil
}

// Steps gives the steps of a run in the order of the flow.
func (e *Engine) Steps(ctx context.Context, tenant, runID string) ([]engine.Step, error) {
	return e.steps(ctx, tenant, runID, "")
}

// StepsWithin gives the steps of one instance of a container's body.
func (e *Engine) StepsWithin(ctx context.Context, tenant, runID, instance string) ([]engine.Step, error) {
	within, err := e.steps(ctx, tenant, runID, instance)
	if err == nil && len(within) == 0 {
		return nil, errs.NotFound("unknown_step", "The run has no %q.", instance).WithHint("Write the container and the number of the item, such as each[3].")
	}
	return within, err
}

// steps gives those whose path begins with the instance; without one, all that are known.
func (e *Engine) steps(ctx context.Context, tenant, runID, instance string) ([]engine.Step, error) {
	row, r, err := e.find(ctx, tenant, runID)
	if err != nil {
		return nil, err
	}
	var keep func(run.Path) bool
	if instance != "" {
		keep = func(p run.Path) bool {
			return p == run.Path(instance) || strings.HasPrefix(string(p), instance+"/") || strings.HasPrefix(instance, string(p)+"/")
		}
	}
	within := func(all []engine.Step) []engine.Step {
		if instance == "" {
			return all
		}
		return slices.DeleteFunc(all, func(s engine.Step) bool { return !strings.HasPrefix(s.NodeID, instance+"/") })
	}
	if r != nil {
		var known []engine.Step
		if err := r.look(ctx, func(r *live) { known = within(r.views()) }); err != nil {
			return nil, err
		}
		if instance == "" || len(known) > 0 {
			return known, nil
		}
	}
	h, state, doc, err := e.replay(ctx, row.no, keep)
	var never damaged
	if err != nil && !errors.As(err, &never) && !e.db.Dialect.IsDamaged(err) {
		return nil, err
	}
	if state == nil {
		return nil, unreadable(err)
	}
	if row.status.Final() && !state.Status().Final() {
		// The row knows the end of a run whose journal cannot be read to the end.
		_, _ = state.Apply(run.Broken{At: row.ended, Err: row.err})
	}
	past := &live{e: e, no: row.no, head: &h.head, doc: doc, state: state}
	return within(past.views()), nil
}

// Document gives the flow as it was when the run began.
func (e *Engine) Document(ctx context.Context, tenant, runID string) (*flow.Document, error) {
	row, r, err := e.find(ctx, tenant, runID)
	if err != nil {
		return nil, err
	}
	if r != nil {
		return r.doc.flow, nil
	}
	h, err := e.headOf(ctx, row)
	if err != nil {
		return nil, err
	}
	doc, err := e.docs.load(ctx, h.Document)
	if err != nil {
		return nil, unreadable(err)
	}
	return doc.flow, nil
}

const (
	logPage    = 200
	logPageMax = 5000
)

// Logs gives lines in the order in which they were written.
func (e *Engine) Logs(ctx context.Context, tenant, runID, nodeID string, after int64, limit int) (lines []engine.LogLine, err error) {
	found, _, err := e.find(ctx, tenant, runID)
	if err != nil {
		return nil, err
	}
	if err := e.writer.flush(ctx); err != nil {
		return nil, fmt.Errorf("bring logs up to date: %w", err)
	}
	if limit <= 0 {
		limit = logPage
	}
	query, args := "SELECT seq, at, step, level, text FROM run_logs WHERE run = ? AND seq > ?", []any{found.no, after}
	if nodeID != "" {
		query, args = query+" AND step = ?", append(args, nodeID)
	}
	rows, err := e.db.Read.QueryContext(ctx, query+" ORDER BY seq LIMIT ?", append(args, min(limit, logPageMax))...)
	if err != nil {
		return nil, fmt.Errorf("read logs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	lines = []engine.LogLine{}
	for rows.Next() {
		var l logRow
		if err := rows.Scan(&l.seq, &l.at, &l.step, &l.level, &l.text); err != nil {
			return nil, fmt.Errorf("read logs: %w", err)
		}
		lines = append(lines, l.view())
	}
	return lines, rows.Err()
}

// Cancel ends a run and returns when its end is durable.
func (e *Engine) Cancel(ctx context.Context, tenant, runID, by string) error {
	for wished := false; ; {
		row, r, err := e.find(ctx, tenant, runID)
		switch {
		case err != nil:
			return err
		case wished && row.status == engine.Canceled:
			return nil
		case row.status.Final():
			return errs.Conflict(codeFinished, "The run %s has ended already: %s.", runID, row.status)
		}
		wish := run.CancelRequested{At: e.now(), By: by}
		if r != nil && !wished {
			return r.cancelBy(ctx, wish)
		}
		// It waits, or is just being read from the journal.
		e.mu.Lock()
		open, w := e.open, e.adm.queued[row.no]
		if w != nil && open {
			e.take(w)
			wished = true
			go e.resume(row.no, wish)
		}
		e.mu.Unlock()
		if !open {
			return e.closed()
		}
		if err := e.settle(ctx); err != nil {
			return err
		}
	}
}

// settleFor is how long one who waits for a run to come out of the journal waits before looking again.
const settleFor = 10 * time.Millisecond

// settle lets a run that is being read from the journal come into memory, or its row be written.
func (e *Engine) settle(ctx context.Context) error {
	if err := e.writer.flush(ctx); err != nil {
		return fmt.Errorf("bring runs up to date: %w", err)
	}
	t := time.NewTimer(settleFor)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-e.writer.trouble.stuck():
		return e.unwritable()
	case <-e.quit:
		return e.closed()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *live) cancelBy(ctx context.Context, wish run.CancelRequested) error {
	r.inbox.put(wish)
	// What is under way ends now, and not only when the wish is durable.
	r.cancelAll(errAborted)
	select {
	case <-r.ended:
	case <-r.e.writer.trouble.stuck():
		return r.e.unwritable()
	case <-r.e.quit:
		return r.e.closed()
	case <-ctx.Done():
		return ctx.Err()
	}
	if status := r.state.Status(); status != run.Canceled {
		return errs.Conflict(codeFinished, "The run %s has ended already: %s.", r.head.ID, status)
	}
	return nil
}
