package duck

import (
	"runtime"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dataflow/ide-go-lib/table/duck/native"
)

// TestAnyThreadMayFree: Go frees what DuckDB gave on whichever thread it is, also on one that has never taken any memory.
func TestAnyThreadMayFree(t *testing.T) {
	e := newEngine(t)
	s, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	if !native.Install() {
		t.Fatal("DuckDB's allocator is not bounded")
	}
	handle, found := handleOf(s.conn)
	if !found {
		t.Fatal("the driver's connection has no handle")
	}
	for i := range 200 {
		var result mapping.Result
		if mapping.Query(handle, "SELECT range, hash(range), repeat('x', 40) FROM range(50000)", &result) == mapping.StateError {
			t.Fatal(mapping.ResultError(&result))
		}
		freed := make(chan struct{})
		go func() {
			runtime.LockOSThread() // and never unlocked, so that the thread ends with this
			mapping.DestroyResult(&result)
			close(freed)
		}()
		select {
		case <-freed:
		case <-time.After(time.Minute):
			t.Fatalf("after %d results a thread waits for itself, and with it whoever closes the session", i)
		}
	}
	s.close()
}
