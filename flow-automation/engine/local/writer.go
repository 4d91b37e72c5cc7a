package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
)

const (
	// projectEvery bounds how far the projection may be behind the journal. Whoever reads it has it brought up to date first;
	// a run that ends within that time is written into it once.
	projectEvery = 200 * time.Millisecond
	// retryAfter is the wait before a transaction that failed is tried again, such as while the disk is full.
	retryAfter = 500 * time.Millisecond
)

// entry is one record on its way into the journal.
type entry struct {
	run      int64
	record   []byte
	row      *row      // the run as it is after the record
	document *document // of a run's first record
	// mayFail says that somebody is told when the record cannot be written. All others are kept until they can.
	mayFail bool
	done    chan error // of capacity 1; gets one answer
}

// writer is the only one that writes runs. It takes whatever has been queued while the previous transaction was under
// way and makes it durable in one transaction: the more runs are in flight, the more share one commit. When it has time,
// and at least every projectEvery, it also brings the projection up to date.
type writer struct {
	db     *db.DB
	clock  clock.Clock
	logger *slog.Logger
	met    *metrics
	fence  *lease.Fence // nil where nobody else can own the store
	// trouble is what keeps the journal from being written.
	trouble *trouble
	// projected is told which runs' rows are in the database now, durable which records are.
	projected func(rows []*row)
	durable   func(entries []entry)
	written   atomic.Int64 // records made durable

	mu      sync.Mutex
	queue   []entry
	logs    []logRow
	rows    []*row // to project without a record
	flushes []chan error
	hasty   bool // give up what cannot be written, in place of trying again
	due     bool // the projection has waited long enough
	stopped bool
	wake    chan struct{} // capacity 1
	ended   chan struct{}
	begin   sync.Once

	// Only the writer's own goroutine uses what follows.
	stmts     statements
	seq       int64
	dirty     map[int64]*row
	timing    bool // a timer for the projection runs
	documents map[[32]byte]bool
	flows     map[flowNames]int64
}

func newWriter(store *db.DB, c clock.Clock, logger *slog.Logger, met *metrics, t *trouble) *writer {
	return &writer{
		db: store, clock: c, logger: logger, met: met, trouble: t,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
		dirty: map[int64]*row{}, documents: map[[32]byte]bool{},
	}
}

var errWriterStopped = errs.Unavailable("engine_stopping", "The server is stopping; try again in a moment.")

// submit queues a record. The answer comes over done.
func (w *writer) submit(e entry) {
	w.mu.Lock()
	if w.stopped {
		w.mu.Unlock()
		e.done <- errWriterStopped
		return
	}
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	w.poke()
}

// log queues a line, which is written along with the projection.
func (w *writer) log(l logRow) {
	w.mu.Lock()
	first := len(w.logs) == 0
	w.logs = append(w.logs, l)
	w.mu.Unlock()
	if first {
		w.poke()
	}
}

// restore queues a run's row that the projection misses.
func (w *writer) restore(r *row) {
	w.mu.Lock()
	w.rows = append(w.rows, r)
	w.mu.Unlock()
	w.poke()
}

// flush returns when all that was submitted before is in the projection, or cannot be written for now: those who read then
// see what was written before.
func (w *writer) flush(ctx context.Context) error {
	done := make(chan error, 1)
	w.mu.Lock()
	if w.stopped {
		w.mu.Unlock()
		return nil
	}
	w.flushes = append(w.flushes, done)
	w.mu.Unlock()
	w.poke()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hurry says that the server is stopping: what cannot be written is given up, to be done again after the next start.
func (w *writer) hurry() {
	w.mu.Lock()
	w.hasty = true
	w.mu.Unlock()
	w.poke()
}

// start begins to write. Starting twice does nothing.
func (w *writer) start() { w.begin.Do(func() { go w.run() }) }

// stop writes what is queued and ends.
func (w *writer) stop(ctx context.Context) error {
	w.start() //nolint:contextcheck // or it would never end; a commit is never given up
	w.mu.Lock()
	w.stopped, w.hasty = true, true
	w.mu.Unlock()
	w.poke()
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the journal is still being written: %w", ctx.Err())
	}
}

func (w *writer) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// batch is what one transaction has to do.
type batch struct {
	entries []entry
	logs    []logRow
	flushes []chan error
	rows    []*row
	flows   map[flowNames]int64 // that are new
	project bool
}

func (w *writer) run() {
	defer close(w.ended)
	var spare []entry
	for range w.wake {
		for {
			w.mu.Lock()
			b := batch{entries: w.queue, flushes: w.flushes}
			w.queue, w.flushes = spare[:0], nil
			stopping, hasty := w.stopped, w.hasty
			for _, r := range w.rows {
				if w.dirty[r.no] == nil {
					w.dirty[r.no] = r
				}
			}
			w.rows = nil
			b.project = stopping || len(b.flushes) > 0 || w.isDue(len(w.logs) > 0)
			if b.project {
				b.logs, w.logs = w.logs, nil
			}
			w.mu.Unlock()
			if len(b.entries) == 0 && len(b.logs) == 0 && (!b.project || len(w.dirty) == 0) {
				answer(b.flushes, nil) // the database knows all there is
				spare = b.entries
				if stopping {
					return
				}
				break
			}
			written := w.write(&b, hasty)
			clear(b.entries)
			spare = b.entries
			if !written {
				if stopping {
					return
				}
				break // until there is more to do
			}
		}
	}
}

// isDue says whether the projection has waited long enough, and makes sure that the writer wakes when it has. mu is held.
func (w *writer) isDue(logs bool) bool {
	if len(w.dirty) == 0 && !logs {
		return false
	}
	if !w.timing {
		w.timing, w.due = true, false
		w.clock.AfterFunc(projectEvery, func() {
			w.mu.Lock()
			w.due = true
			w.mu.Unlock()
			w.poke()
		})
	}
	return w.due
}

// write carries out a batch. What fails is tried again, except for records whose owner can be told; only a hasty
// writer gives up, and then ok is false.
func (w *writer) write(b *batch, hasty bool) (ok bool) {
	began := w.clock.Now()
	err := w.commit(b)
	for err != nil {
		w.met.commitFailed()
		w.trouble.failed(err, len(b.entries))
		hasty = hasty || errors.Is(err, lease.ErrLost)
		kept := b.entries[:0]
		for _, e := range b.entries {
			if e.mayFail || hasty {
				e.done <- errs.Unavailable(codeUnwritable, "The run could not be made durable, so it was not started: %s.", w.trouble.reason(err)).
					WithHint("Put that right, then try again. /readyz says when the journal can be written.").Wrap(err)
				continue
			}
			kept = append(kept, e)
		}
		b.entries = kept
		answer(b.flushes, nil)
		b.flushes = nil
		if hasty {
			return false
		}
		again := make(chan struct{})
		w.clock.AfterFunc(retryAfter, func() { close(again) })
		<-again
		w.mu.Lock()
		hasty = w.hasty
		// Those who came meanwhile are not left waiting for an answer.
		b.entries, b.flushes = append(b.entries, w.queue...), w.flushes
		w.queue, w.flushes = nil, nil
		w.mu.Unlock()
		err = w.commit(b)
	}
	w.trouble.worked()
	w.written.Add(int64(len(b.entries)))
	if w.durable != nil {
		w.durable(b.entries)
	}
	w.met.committed(len(b.entries), w.clock.Now().Sub(began))
	for i := range b.entries {
		b.entries[i].done <- nil
	}
	answer(b.flushes, nil)
	if b.project && w.projected != nil {
		w.projected(b.rows)
	}
	return true
}

func answer(waiting []chan error, err error) {
	for _, c := range waiting {
		c <- err
	}
}

// commit does all of a batch in one transaction, or nothing.
func (w *writer) commit(b *batch) error {
	ctx := context.Background() // a commit under way is never given up
	tx, err := w.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	var seq int64
	var fresh []*document
	b.flows = nil
	committed, err := w.fenced(ctx, tx)
	if err == nil {
		seq, fresh, err = w.writeTx(ctx, tx, b)
	}
	if err == nil {
		err = w.db.Refusal(tx.Commit())
	} else {
		err = errors.Join(err, rollback(tx))
	}
	if err != nil {
		return err
	}
	committed()
	w.seq = seq
	w.remember(b.flows)
	for _, d := range fresh {
		w.documents[d.hash] = true
	}
	for i := range b.entries {
		if r := b.entries[i].row; r != nil {
			w.dirty[r.no] = r
		}
	}
	if b.project {
		clear(w.dirty)
		w.timing = false
	}
	return nil
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func (w *writer) writeTx(ctx context.Context, tx *sql.Tx, b *batch) (seq int64, fresh []*document, err error) {
	seq = w.seq
	for i := range b.entries {
		d := b.entries[i].document
		if d == nil || w.documents[d.hash] {
			continue
		}
		if err := w.stmts.document(ctx, tx, d); err != nil {
			return 0, nil, err
		}
		fresh = append(fresh, d)
	}
	if err := w.stmts.records(ctx, tx, b.entries, seq); err != nil {
		return 0, nil, err
	}
	seq += int64(len(b.entries))
	if !b.project {
		return seq, fresh, nil
	}
	b.rows = b.rows[:0]
	latest := make(map[int64]*row, len(b.entries))
	for i := range b.entries {
		if r := b.entries[i].row; r != nil {
			latest[r.no] = r
		}
	}
	for no, r := range w.dirty {
		if latest[no] == nil {
			b.rows = append(b.rows, r)
		}
	}
	for _, r := range latest {
		b.rows = append(b.rows, r)
	}
	if b.flows, err = w.number(ctx, tx, b.rows); err != nil {
		return 0, nil, err
	}
	if err := w.stmts.rows(ctx, tx, b.rows); err != nil {
		return 0, nil, err
	}
	if err := w.stmts.logs(ctx, tx, b.logs); err != nil {
		return 0, nil, err
	}
	return seq, fresh, w.stmts.projected(ctx, tx, seq)
}
