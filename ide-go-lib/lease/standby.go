package lease

import (
	"context"
	"log/slog"
	"time"
)

// Acquire waits until this process owns the store. waiting, which may be nil, is told of each holder that it waits for.
func (l *Lease) Acquire(ctx context.Context, waiting func(Holder)) (*Term, error) {
	w := &watch{l: l}
	for {
		r, err := l.read(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			// The disk may be away for a while; whoever owns the store meets the same.
			w.complain(err)
		default:
			if waiting != nil && (w.told == "" || w.told != r.holder) && r.holder != "" {
				w.told = r.holder
				waiting(r.info)
			}
			t, err := w.look(ctx, r)
			if t != nil {
				return t, nil
			}
			w.complain(err)
		}
		if err := pause(ctx, pollEvery); err != nil {
			return nil, err
		}
	}
}

// watch is what one who stands by has seen of the holder.
type watch struct {
	l     *Lease
	seen  row
	since time.Duration // when the latest beat was seen first
	// claimed is when this process has proved that the store can be written. A holder that lives renews within settled
	// then: without this, a disk that was full would look like a holder that is frozen.
	claimed time.Duration
	told    string
	failing bool
}

// look takes the lease if that may be.
func (w *watch) look(ctx context.Context, r row) (*Term, error) {
	l := w.l
	if r.holder == "" || !l.alive(r) {
		return l.take(ctx, r)
	}
	now := l.steady()
	if r.token != w.seen.token || r.beat != w.seen.beat || w.since == 0 {
		w.seen, w.since, w.claimed = r, now, 0
		return nil, nil
	}
	switch {
	case now-w.since < doubted:
		return nil, nil
	case w.claimed == 0:
		_, err := l.db.Write.ExecContext(ctx, "UPDATE leases SET claims = claims + 1 WHERE name = ? AND token = ? AND beat = ?", l.cfg.Name, r.token, r.beat)
		if err != nil {
			w.stuck(r, err)
			w.since = now - doubted + time.Second
			return nil, err
		}
		w.claimed = l.steady()
		return nil, nil
	case now-w.claimed < settled:
		return nil, nil
	}
	t, err := l.take(ctx, r)
	if t != nil {
		l.cfg.Log.Warn("The process that owned the store no longer renews its lease; this one has taken over.",
			slog.String("holder", r.info.String()), slog.Int64("token", t.token))
	}
	if err != nil {
		w.since, w.claimed = now, 0
	}
	return t, err
}

// stuck ends a holder that was frozen within a transaction: as long as it is there nobody can write, and it cannot be
// asked. Only a process that is certainly the holder and certainly stopped is ended.
func (w *watch) stuck(r row, cause error) {
	if !w.l.db.Dialect.IsBusy(cause) || !stopped(r.info) {
		return
	}
	w.l.cfg.Log.Warn("The process that owns the store is stopped within a transaction, so that nobody can write; it is ended.",
		slog.String("holder", r.info.String()))
	if err := end(r.info); err != nil {
		w.l.cfg.Log.Error("The stopped process cannot be ended.", slog.String("holder", r.info.String()), slog.Any("error", err))
	}
}

// complain says once that something does not work, until it does again.
func (w *watch) complain(err error) {
	if err == nil || w.l.db.Dialect.IsBusy(err) {
		w.failing = w.failing && err != nil
		return
	}
	if !w.failing {
		w.l.cfg.Log.Error("The lease of the store cannot be taken; trying on.", slog.Any("error", err))
	}
	w.failing = true
}
