package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"dataflow/ide-go-lib/artifact"
)

// Housekeeping says when the engine looks after what finished runs leave. Zero values take the defaults.
type Housekeeping struct {
	// After is how long after the end of a run its journal is packed; 10 s.
	After time.Duration
	// Every is how often old runs are looked for when no run ends; 1 h.
	Every time.Duration
	// Grace is how long at least an artifact stays that nothing refers to any more; 10 min.
	Grace time.Duration
	// Sweep is how often all artifacts are looked at; 24 h.
	Sweep time.Duration
	// Retention gives the rules of all flows that have some; nil is none.
	Retention func(ctx context.Context) ([]FlowRetention, error)
	// Default is the rule of flows that have none of their own.
	Default Retention
	// Artifacts is where results are kept; nil collects none.
	Artifacts artifact.Collector
	// Hold says whether artifacts may be removed now, and keeps others from needing them until release; nil is always.
	Hold func() (release func(), ok bool, err error)
	// References calls f with texts outside of runs that may refer to artifacts, such as those of caches and documents.
	References func(ctx context.Context, f func(text []byte)) error
	// Expire drops what has had its time outside of runs, such as kept results of steps; nil is nothing.
	Expire func(ctx context.Context, now time.Time) error
}

func (h *Housekeeping) defaults() {
	for value, fallback := range map[*time.Duration]time.Duration{
		&h.After: 10 * time.Second, &h.Every: time.Hour, &h.Grace: 10 * time.Minute, &h.Sweep: 24 * time.Hour,
	} {
		if *value <= 0 {
			*value = fallback
		}
	}
}

// timely says whether there may be something to do although nothing has happened.
func (h *Housekeeping) timely() bool {
	return h.Retention != nil || !h.Default.none() || h.Artifacts != nil || h.Expire != nil
}

// keeper packs journals, removes old runs and collects artifacts, in the background and out of the way of runs.
type keeper struct {
	e   *Engine
	cfg Housekeeping

	mu   sync.Mutex
	next time.Time // when the next pass is due, by the clock; zero is never
	wake chan struct{}

	pass sync.Mutex // held by who makes a pass
	// Only who makes a pass uses what follows.
	swept     time.Time     // when all artifacts were looked at
	before    artifact.Mark // what was put before it, nobody is at work on any more
	leftovers int64         // the last of those that have had their grace
	marked    time.Time     // when before and leftovers were set
	failing   bool
}

func newKeeper(e *Engine, cfg Housekeeping) *keeper {
	cfg.defaults()
	return &keeper{e: e, cfg: cfg, wake: make(chan struct{}, 1)}
}

// after asks for a pass once d is over, unless one comes before.
func (k *keeper) after(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.e.clock.Now()
	at := now.Add(d)
	if !k.next.IsZero() && k.next.After(now.Add(-time.Second)) && !at.Before(k.next) {
		return
	}
	k.next = at
	k.e.clock.AfterFunc(d, func() {
		select {
		case k.wake <- struct{}{}:
		default:
		}
	})
}

// run makes passes until the engine stops.
func (k *keeper) run() {
	defer k.e.actors.Done()
	for {
		select {
		case <-k.wake:
		case <-k.e.soft.Done():
			return
		}
		k.mu.Lock()
		k.next = time.Time{}
		k.mu.Unlock()
		again := k.cfg.Every
		more, err := k.tidy(k.e.soft)
		switch {
		case k.e.soft.Err() != nil:
			return
		case err != nil:
			again = min(again, time.Minute)
			if !k.failing {
				k.e.logger.Warn("looking after finished runs does not work; it is tried again", "error", err)
			}
		case more:
			again = min(again, k.cfg.Grace)
		}
		k.failing = err != nil
		if err != nil || more || k.cfg.timely() {
			k.after(again)
		}
	}
}

// Tidy packs the journals of finished runs, removes those that need not be kept, and artifacts that have had their
// grace. It is done in the background anyway.
func (e *Engine) Tidy(ctx context.Context) error {
	_, err := e.keeper.tidy(ctx)
	return err
}

// tidy makes one pass; more says that something has to wait until its grace is over.
func (k *keeper) tidy(ctx context.Context) (more bool, err error) {
	k.pass.Lock()
	defer k.pass.Unlock()
	if err := k.e.writer.flush(ctx); err != nil {
		return false, err
	}
	if err := k.e.writer.trouble.now(); err != nil {
		return false, fmt.Errorf("the journal cannot be written: %w", err)
	}
	if err := k.packAll(ctx); err != nil {
		return false, err
	}
	if k.cfg.Expire != nil {
		if err := k.cfg.Expire(ctx, k.e.clock.Now()); err != nil {
			return false, err
		}
	}
	if err := k.retain(ctx); err != nil {
		return false, err
	}
	if more, err = k.collect(ctx); err != nil {
		return false, err
	}
	return more, k.giveBack(ctx)
}

// change does f in a transaction of the owner's.
func (e *Engine) change(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := e.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	committed, err := e.writer.fenced(ctx, tx)
	if err == nil {
		err = f(tx)
	}
	if err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return e.db.Refusal(fmt.Errorf("commit: %w", err))
	}
	committed()
	return nil
}

// idleShare is how much of the time goes to housekeeping while runs are busy: a part in so many.
const idleShare = 4

// yield leaves the database and the processors to runs, if any are at work: since is when the keeper began, records how
// many were durable then. Machine time is what is shared here, so it is measured by the machine's clock.
func (k *keeper) yield(ctx context.Context, since time.Time, records int64) error {
	if k.e.writer.written.Load() == records {
		return ctx.Err()
	}
	pause := time.NewTimer(min(max(time.Since(since)*idleShare, time.Millisecond), time.Second))
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The free space that a database keeps for what comes, and how much of the rest is given back to the disk at a time.
const (
	freePagesKept  = 1024 // 4 MiB
	freePagesGiven = 500
)

// giveBack gives space to the disk that the database has no use for.
func (k *keeper) giveBack(ctx context.Context) error {
	for {
		began, records := time.Now(), k.e.writer.written.Load()
		var free, pages int64
		err := k.e.db.Read.QueryRowContext(ctx, "SELECT f.freelist_count, p.page_count FROM pragma_freelist_count f, pragma_page_count p").Scan(&free, &pages)
		if err != nil {
			return fmt.Errorf("look at free space: %w", err)
		}
		if free <= freePagesKept || free*4 <= pages {
			return nil
		}
		before := free
		if err := k.e.shrink(ctx, freePagesGiven); err != nil {
			return err
		}
		if err := k.e.db.Read.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
			return fmt.Errorf("look at free space: %w", err)
		}
		if free >= before {
			return nil // the file was made before space could be given back
		}
		if err := k.yield(ctx, began, records); err != nil {
			return err
		}
	}
}

// shrink takes pages off the end of the database's file. The statement gives a row for each of them.
func (e *Engine) shrink(ctx context.Context, pages int) error {
	return e.change(ctx, func(tx *sql.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", pages))
		if err != nil {
			return fmt.Errorf("give space back: %w", err)
		}
		for rows.Next() {
		}
		return errors.Join(rows.Err(), rows.Close()) //nolint:sqlclosecheck // before the next query on the same connection
	})
}
