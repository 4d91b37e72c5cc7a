package duck

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// interruptEvery is how often a query whose context has ended is told so: DuckDB forgets what it was told while it planned.
const interruptEvery = 500 * time.Millisecond

// exec runs SQL and gives the number of rows it wrote.
func (s *session) exec(ctx context.Context, text string, args []any) (int64, error) {
	ctx, done := s.within(ctx)
	defer done()
	do := s.directly
	if len(args) > 0 {
		do = s.prepared
	}
	var n int64
	err := s.apart(ctx, func() (err error) {
		if err = s.bound(ctx, text); err == nil {
			n, err = do(ctx, text, args)
		}
		return err
	})
	if err != nil {
		return 0, s.failed(ctx, err)
	}
	return n, nil
}

func (s *session) prepared(ctx context.Context, text string, args []any) (int64, error) {
	result, err := s.conn.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// directly runs SQL without parameters. The driver prepares all that it runs, and DuckDB plans a COPY that was prepared once more
// when it is carried out; planning takes longer than computing where rows are few.
func (s *session) directly(ctx context.Context, text string, _ []any) (n int64, err error) {
	handle, found := handleOf(s.conn)
	if !found {
		return s.prepared(ctx, text, nil)
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var result mapping.Result
	defer mapping.DestroyResult(&result)
	interruptible(ctx, handle, func() {
		if mapping.Query(handle, text, &result) == mapping.StateError {
			err = errors.Join(ctx.Err(), errors.New(mapping.ResultError(&result)))
		}
	})
	if err != nil {
		return 0, err
	}
	return int64(mapping.RowsChanged(&result)), nil //nolint:gosec // no table has as many
}

// interruptible does work on a connection that is interrupted when ctx ends, and not a moment after the work is done.
func interruptible(ctx context.Context, handle mapping.Connection, work func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		again := time.NewTicker(interruptEvery)
		defer again.Stop()
		for {
			select {
			case <-done:
				return
			default:
				mapping.Interrupt(handle)
			}
			select {
			case <-done:
				return
			case <-again.C:
			}
		}
	})
	work()
	close(done)
	if !stop() {
		<-ended
	}
}

// handleOf gives DuckDB's own handle of a connection, which belongs to one session and thus to one piece of work at a time.
func handleOf(conn *sql.Conn) (handle mapping.Connection, found bool) {
	err := conn.Raw(func(driverConn any) error {
		handle, found = connection(driverConn)
		return nil
	})
	return handle, found && err == nil
}

// connection finds the handle within the driver's connection, which has no accessor for it.
func connection(driverConn any) (handle mapping.Connection, found bool) {
	v := reflect.ValueOf(driverConn)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return handle, false
	}
	f := v.Elem().FieldByName("conn")
	if !f.IsValid() || f.Type() != reflect.TypeFor[mapping.Connection]() {
		return handle, false
	}
	return *(*mapping.Connection)(unsafe.Pointer(f.UnsafeAddr())), true // #nosec G103 -- the type was compared
}
