package duck

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"dataflow/ide-go-lib/table"
)

// session is one use of an instance, by one goroutine.
type session struct {
	pool    *pool
	inst    *instance
	conn    *sql.Conn
	begun   time.Time
	broken  bool
	waits   bool          // for its work in any case, which ends with the one at the other end of a stream
	left    chan struct{} // closed when the work has ended that nobody waits for any more; nil is none
	release func()        // of a session that has all slots
	place   table.Place   // nil where nobody was told

	reads int64 // bytes that plaincsv reads, of a query that reads nothing else

	memory, over int64 // bytes: DuckDB's limit, and what may come on top of it

	mu     sync.Mutex
	cause  error // of its end before its time
	cancel context.CancelCauseFunc
}

// start is a session's beginning; inst has that much memory, in MiB.
func (p *pool) start(inst *instance, memoryMiB int, release func()) *session {
	s := &session{
		pool: p, inst: inst, conn: inst.conn, begun: time.Now(), release: release,
		memory: int64(memoryMiB) << 20, over: int64(p.total()) << 20 / overShare,
	}
	together.begin(s)
	return s
}

// end interrupts what the session does, and all that it would do.
func (s *session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cause = cause
	if s.cancel != nil {
		s.cancel(cause)
	}
}

func (s *session) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause != nil
}

// close gives the instance back, once what may still be at work on it has ended.
func (s *session) close() {
	if s.left == nil {
		s.giveBack()
		return
	}
	go func() {
		<-s.left
		s.giveBack()
	}()
}

func (s *session) giveBack() {
	defer together.end(s)
	if s.place != nil {
		defer s.place.Leave()
	}
	if s.release != nil {
		s.inst.close()
		s.release()
		return
	}
	s.pool.put(s.inst, !s.broken && !s.singleUse() && time.Since(s.begun) < s.pool.long)
}

func (s *session) singleUse() bool { return len(s.inst.key) > 0 && s.inst.key[len(s.inst.key)-1] != 0 }

// tooLong ends a query that takes more time than one may.
type tooLong struct{ most time.Duration }

func (t tooLong) Error() string { return "a query took more than " + t.most.String() }

// within bounds work by the time that the session may take, and by what ends it.
func (s *session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := func() { cancel(nil) }
	if most := s.pool.cfg.Time; most > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadlineCause(ctx, s.begun.Add(most), tooLong{most})
		done = func() { stop(); cancel(nil) }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel = cancel; s.cause != nil {
		cancel(s.cause)
	}
	return ctx, done
}

// query runs SQL and calls row for each row; dest is what row scans into.
func (s *session) query(ctx context.Context, text string, args []any, dest []any, row func() error) error {
	ctx, done := s.within(ctx)
	defer done()
	var rows *sql.Rows
	err := s.apart(ctx, func() (err error) {
		if err = s.bound(ctx, text); err == nil {
			rows, err = s.conn.QueryContext(ctx, text, args...) //nolint:sqlclosecheck,rowserrcheck // below, or with ctx where nobody waits
		}
		return err
	})
	if err != nil {
		return s.failed(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return s.failed(ctx, err)
		}
		if err := row(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.failed(ctx, err)
	}
	return nil
}

// one runs SQL that gives one row.
func (s *session) one(ctx context.Context, text string, args []any, dest ...any) error {
	return s.query(ctx, text, args, dest, func() error { return nil })
}

// failed reads DuckDB's error and notes when the instance cannot be trusted any more.
func (s *session) failed(ctx context.Context, err error) error {
	f := asError(ctx, err)
	if f.fatal() || f.ended != nil {
		s.broken = true
	}
	return f
}
