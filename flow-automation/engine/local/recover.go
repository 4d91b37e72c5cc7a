package local

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

// recover finds where the journal ends, completes the projection, and queues every unfinished run. Runs are read one at
// a time, and those that wait are known by number only.
func (e *Engine) recover(ctx context.Context) error {
	var last, projected, lastRun int64
	// Journals of finished runs are packed and leave the journal, so its end may be behind what the list of runs knows.
	err := e.db.Read.QueryRowContext(ctx, "SELECT coalesce((SELECT max(seq) FROM journal), 0), (SELECT projected FROM engine_state), "+
		"max(coalesce((SELECT max(run) FROM journal), 0), coalesce((SELECT max(no) FROM runs), 0))").Scan(&last, &projected, &lastRun)
	if err != nil {
		return fmt.Errorf("read the journal's end: %w", err)
	}
	e.writer.seq, e.nextNo = max(last, projected), lastRun
	missed, err := e.numbers(ctx, "SELECT DISTINCT run, '' FROM journal WHERE seq > ? ORDER BY run", projected)
	if err != nil {
		return err
	}
	for _, m := range missed {
		if row := e.rebuild(ctx, m.no); row != nil {
			e.writer.restore(row)
		}
	}
	e.writer.start() //nolint:contextcheck // it outlives the start, and a commit is never given up
	if err := e.writer.flush(ctx); err != nil {
		return err
	}
	unfinished, err := e.unfinished(ctx)
	if err != nil {
		return err
	}
	reuses, err := e.reusing(ctx, unfinished)
	if err != nil {
		return err
	}
	if err := e.census.load(ctx, e); err != nil {
		return err
	}
	e.mu.Lock()
	e.open, e.reuses = true, reuses
	for _, w := range unfinished {
		if w.began {
			e.adm.join(w.no, w.id, w.tenant, w.limits.Groups)
		}
		e.adm.enqueue(w)
	}
	e.mu.Unlock()
	for _, w := range unfinished { // the server may have ended before a newer run had replaced older ones
		if !w.began {
			e.replace(w.tenant, w.limits.Groups)
		}
	}
	if len(unfinished) > 0 {
		e.logger.Info("unfinished runs go on", "runs", len(unfinished))
	}
	e.admit()
	return nil
}

// unfinished gives the runs that have to go on, those that have begun first: they hold their places already.
func (e *Engine) unfinished(ctx context.Context) (all []*waiting, err error) {
	rows, err := e.db.Read.QueryContext(ctx, "SELECT no, id, tenant, flow_id, priority, limits, status FROM runs WHERE status IN ('queued', 'running') ORDER BY status DESC, no")
	if err != nil {
		return nil, fmt.Errorf("find unfinished runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		w := &waiting{}
		var bounds string
		var status engine.Status
		if err := rows.Scan(&w.no, &w.id, &w.tenant, &w.flow, &w.priority, &bounds, &status); err != nil {
			return nil, fmt.Errorf("find unfinished runs: %w", err)
		}
		w.began = status == engine.Running
		if bounds != "" {
			if err := json.Unmarshal([]byte(bounds), &w.limits); err != nil {
				return nil, fmt.Errorf("limits of run %d: %w", w.no, err)
			}
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

type numbered struct {
	no     int64
	tenant string
}

func (e *Engine) numbers(ctx context.Context, query string, args ...any) (all []numbered, err error) {
	rows, err := e.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n numbered
		if err := rows.Scan(&n.no, &n.tenant); err != nil {
			return nil, fmt.Errorf("find runs: %w", err)
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// rebuild makes a run's row from its journal; nil when not even its first record can be read.
func (e *Engine) rebuild(ctx context.Context, no int64) *row {
	h, state, _, err := e.replay(ctx, no, nil)
	if err != nil {
		e.logger.Error("a run cannot be read from the journal", "run", no, "error", err)
		return e.brokenRow(ctx, no, h, err)
	}
	return rowOf(no, &h.head, state)
}

// history reads all records of a run.
func (e *Engine) history(ctx context.Context, no int64) (h *history, err error) {
	h = &history{}
	rows, err := e.db.Read.QueryContext(ctx, selectHistory, historyOf(no)...)
	if err != nil {
		return h, fmt.Errorf("read run %d: %w", no, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var at int64
		var record []byte
		if err := rows.Scan(&at, &record); err != nil {
			return h, fmt.Errorf("read run %d: %w", no, err)
		}
		h.add(record)
	}
	return h, rows.Err()
}

// damaged is the error of a run that will never be readable.
type damaged struct{ error }

func (d damaged) Unwrap() error { return d.error }

// replay brings a run back from its journal; keep says which instances of containers stay known. An error of type damaged stays however often it is tried.
func (e *Engine) replay(ctx context.Context, no int64, keep func(run.Path) bool) (*history, *run.State, *document, error) {
	h, err := e.history(ctx, no)
	if err != nil {
		return h, nil, nil, err
	}
	if h.head.ID == "" {
		return h, nil, nil, damaged{errors.Join(errNoHead, h.damage)}
	}
	doc, err := e.docs.load(ctx, h.head.Document)
	if err != nil {
		if ctx.Err() == nil {
			err = damaged{err}
		}
		return h, nil, nil, err
	}
	options := h.head.options()
	options.Keep = keep
	state := run.New(doc.graph, h.head.ID, options)
	if err := applyAll(state, h.events); err != nil {
		return h, state, doc, damaged{err}
	}
	if h.damage != nil {
		return h, state, doc, damaged{h.damage}
	}
	return h, state, doc, nil
}

// applyAll feeds a journal to the machine. A fault of the machine damages that run alone: without this, the server would
// end at every start on one record.
func applyAll(state *run.State, events []run.Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the state machine panicked: %v", p)
		}
	}()
	for _, event := range events {
		if _, err := state.Apply(event); err != nil {
			return err
		}
	}
	return nil
}

// brokenRow is the row of a run that cannot go on: what its first record says, else what its row said.
func (e *Engine) brokenRow(ctx context.Context, no int64, h *history, cause error) *row {
	r := &row{no: no, head: &h.head}
	if h.head.ID == "" {
		known, err := scanRow(e.db.Read.QueryRowContext(ctx, selectRuns+" WHERE no = ?", no).Scan)
		if err != nil {
			if !errors.Is(err, sql.ErrNoRows) {
				e.logger.Error("a damaged run cannot be shown", "run", no, "error", err)
			}
			return nil
		}
		r = known
	}
	r.status, r.ended, r.err = engine.Failed, e.now(), unreadable(cause)
	return r
}

// resume carries an unfinished run on. Its caller has counted it as active and as an actor. wish, if any, is what
// somebody asked of the run while it waited.
func (e *Engine) resume(no int64, wish run.Event) {
	ctx := e.soft
	h, state, doc, err := e.replay(ctx, no, nil)
	var last int64
	if err == nil {
		err = e.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM run_logs WHERE run = ?", no).Scan(&last)
	}
	var r *live
	if err == nil {
		if r, err = e.newLive(no, &h.head, doc, state); err != nil {
			err = damaged{err}
		}
	}
	if err != nil {
		e.cannotResume(no, h, err)
		return
	}
	r.logSeq.Store(last)
	if wish == nil {
		wish = e.orphaned(ctx, r)
	}
	first := r.next(wish)
	if first == nil {
		e.writer.restore(rowOf(no, r.head, state))
		r.cancelAll(errAborted)
		e.undo(r, true)
		return
	}
	e.mu.Lock()
	e.byID[r.head.ID], e.byNo[no] = r, r
	e.mu.Unlock()
	r.carry(first, nil)
}

// next gives the event that sets a run from the journal in motion again, nil when it has ended.
func (r *live) next(wish run.Event) []run.Event {
	now := r.e.now()
	switch {
	case r.state.Status().Final():
		return nil
	case wish != nil:
		return []run.Event{wish}
	case r.state.Status() == run.Pending:
		return []run.Event{run.Started{At: now}}
	}
	back := run.Recovered{At: now}
	r.state.Each(func(p run.Path, n *flow.Node, s *run.Step) {
		if s.Status == run.Running && s.Out() && r.doc.kinds[n.ID].in(r.head.Tenant).unsafe {
			back.Interrupted = append(back.Interrupted, p)
		}
	})
	return []run.Event{back}
}

// cannotResume ends a run whose record is damaged; one that could not be read just now is tried again later.
func (e *Engine) cannotResume(no int64, h *history, cause error) {
	defer e.undo(nil, true)
	if e.soft.Err() != nil {
		return
	}
	e.logger.Error("an unfinished run cannot go on", "run", no, "id", h.head.ID, "error", cause)
	if e.db.Dialect.IsDamaged(cause) {
		// The file is damaged, not the run's own records. Once it is mended the run goes on, or is known to be lost.
		e.writer.trouble.damaged(cause)
		return
	}
	var never damaged
	if !errors.As(cause, &never) {
		e.clock.AfterFunc(retryAfter, func() {
			e.mu.Lock()
			e.adm.enqueue(&waiting{no: no, tenant: h.head.Tenant, flow: h.head.FlowID, priority: h.head.Priority, limits: h.head.Limits, began: true})
			e.mu.Unlock()
			e.admit()
		})
		return
	}
	r := e.brokenRow(e.soft, no, h, cause)
	if r == nil {
		return
	}
	done := make(chan error, 1)
	e.writer.submit(entry{run: no, record: encodeEvents([]run.Event{run.Broken{At: r.ended, Err: r.err}}), row: r, done: done})
	if <-done == nil {
		e.met.runEnded(string(r.status))
	}
	e.mu.Lock()
	e.adm.leave(no, r.head.Tenant, r.head.Limits.Groups)
	e.mu.Unlock()
}
