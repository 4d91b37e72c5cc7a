package duck

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dataflow/ide-go-lib/table"
)

const watchEvery = 200 * time.Millisecond

// watch tells progress until the function it gives is called. Short queries tell nothing.
func (s *session) watch(total int64, progress table.Progress) func() {
	if progress == nil {
		return func() {}
	}
	var handle mapping.Connection
	found := false
	_ = s.conn.Raw(func(driverConn any) error {
		handle, found = connection(driverConn)
		return nil
	})
	if !found {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			p := mapping.QueryProgress(handle)
			percent, _, _ := mapping.QueryProgressTypeMembers(&p)
			if percent >= 0 {
				progress(int64(float64(total)*percent/100), total, percent)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// connection finds DuckDB's own handle within the driver's connection, which has no accessor for it; only the progress
// of a query is read through it, which is safe while the query runs.
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
