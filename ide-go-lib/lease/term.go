package lease

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
)

// Term is the time in which this process owns the store.
type Term struct {
	l       *Lease
	token   int64
	renewed atomic.Int64 // when the latest renewal began, by the steady clock
	failing atomic.Bool
	lost    chan struct{}
	once    sync.Once
	stop    context.CancelFunc
	ended   chan struct{}
}

func (l *Lease) begin(token int64, began time.Duration) *Term {
	ctx, stop := context.WithCancel(context.Background())
	t := &Term{l: l, token: token, lost: make(chan struct{}), stop: stop, ended: make(chan struct{})}
	t.renewed.Store(int64(began))
	go t.keep(ctx)
	return t
}

// Token is greater than that of every earlier owner.
func (t *Term) Token() int64 { return t.token }

// Lost is closed once another process owns the store.
func (t *Term) Lost() <-chan struct{} { return t.lost }

func (t *Term) lose() {
	t.once.Do(func() {
		t.l.cfg.Log.Error("Another process has taken over the store; this one ends what it does.", slog.Int64("token", t.token))
		close(t.lost)
	})
}

// keep renews the lease by a timer.
func (t *Term) keep(ctx context.Context) {
	defer close(t.ended)
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.lost:
			return
		case <-tick.C:
		}
		t.renew(ctx)
	}
}

func (t *Term) renew(ctx context.Context) {
	began := t.l.steady()
	if t.age(began) < renewEvery/2 {
		return // a transaction of the owner's has just done it
	}
	result, err := t.l.db.Write.ExecContext(ctx, "UPDATE leases SET beat = beat + 1 WHERE name = ? AND token = ? AND holder = ?",
		t.l.cfg.Name, t.token, t.l.file.id)
	var n int64
	if err == nil {
		n, err = result.RowsAffected()
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		// Somebody who just writes is no reason to complain before it matters.
		if (!t.l.db.Dialect.IsBusy(err) || t.Guard() != nil) && !t.failing.Swap(true) {
			t.l.cfg.Log.Error("The lease of the store cannot be renewed; trying on.", slog.Any("error", err))
		}
		t.mayBeLost(ctx)
	case n == 0:
		t.lose()
	default:
		t.renewedAt(began)
	}
}

// renewedAt takes note of a renewal that began then and is committed.
func (t *Term) renewedAt(began time.Duration) {
	t.renewed.Store(int64(began))
	if t.failing.Swap(false) {
		t.l.cfg.Log.Info("The lease of the store is renewed again.")
	}
}

// age is how long the latest renewal is ago.
func (t *Term) age(now time.Duration) time.Duration { return now - time.Duration(t.renewed.Load()) }

// mayBeLost looks whether somebody else owns the store, when it cannot be written.
func (t *Term) mayBeLost(ctx context.Context) {
	if r, err := t.l.read(ctx); err == nil && r.token != t.token {
		t.lose()
	}
}

// Guard gives an error unless this process certainly owns the store now. It costs nothing, so it can be asked before
// everything that changes something; asked within a transaction it is certain until the commit, for nobody else can take
// the lease while somebody writes.
func (t *Term) Guard() error {
	select {
	case <-t.lost:
		return lost()
	default:
	}
	if t.age(t.l.steady()) < trusted {
		return nil
	}
	return errs.Unavailable(CodeUncertain, "This process cannot be sure that it still owns its store, so nothing is changed for now.").
		WithHint("Try again in a moment. If it stays so, see whether the disk of the data directory is full or away.")
}

// Status is the lease as a health check: degraded while it cannot be renewed.
func (t *Term) Status(context.Context) (telemetry.Status, string) {
	err := t.Guard()
	switch {
	case err != nil && errs.From(err).Code == CodeLost:
		return telemetry.Failed, "another process has taken over"
	case err != nil:
		return telemetry.Degraded, "cannot be renewed, so nothing is changed for now"
	}
	return telemetry.OK, ""
}

// Fence checks the token within transactions of one pool, and renews the lease by them: one who writes all the time would
// leave the timer no gap to write in.
type Fence struct {
	t           *Term
	check, beat *sql.Stmt
}

// Fence prepares the check for transactions of write, a pool on the same database.
func (t *Term) Fence(ctx context.Context, write *sql.DB) (*Fence, error) {
	check, err := write.PrepareContext(ctx, "SELECT token FROM leases WHERE name = ?")
	if err != nil {
		return nil, fmt.Errorf("prepare the check of the lease: %w", err)
	}
	beat, err := write.PrepareContext(ctx, "UPDATE leases SET beat = beat + 1 WHERE name = ?")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the check of the lease: %w", err), check.Close()) //nolint:sqlclosecheck // only when the term does not begin
	}
	return &Fence{t, check, beat}, nil
}

// Check gives an error that matches ErrLost unless this process owns the store, for as long as tx lasts. tx must be a
// transaction that writes. committed has to be called when tx has been committed.
func (f *Fence) Check(ctx context.Context, tx *sql.Tx) (committed func(), err error) {
	began := f.t.l.steady()
	var token int64
	if err := tx.StmtContext(ctx, f.check).QueryRowContext(ctx, f.t.l.cfg.Name).Scan(&token); err != nil { //nolint:sqlclosecheck // the transaction closes it
		return nil, fmt.Errorf("check the lease: %w", err)
	}
	if token != f.t.token {
		f.t.lose()
		return nil, lost()
	}
	if f.t.age(began) < renewEvery/2 {
		return func() {}, nil
	}
	if _, err := tx.StmtContext(ctx, f.beat).ExecContext(ctx, f.t.l.cfg.Name); err != nil { //nolint:sqlclosecheck // the transaction closes it
		return nil, fmt.Errorf("renew the lease: %w", err)
	}
	return func() { f.t.renewedAt(began) }, nil
}

// Close frees the statements.
func (f *Fence) Close() error { return errors.Join(f.check.Close(), f.beat.Close()) }

// Release ends the term and lets another process begin its own at once.
func (t *Term) Release(ctx context.Context) error {
	t.stop()
	<-t.ended
	_, err := t.l.db.Write.ExecContext(ctx, "UPDATE leases SET holder = '', beat = beat + 1 WHERE name = ? AND token = ?", t.l.cfg.Name, t.token)
	t.once.Do(func() { close(t.lost) })
	if err != nil {
		return fmt.Errorf("give the lease back: %w", err)
	}
	return nil
}
