package duck

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// TestTablesArePlannedOnce: planning opens the files that are read, and takes longer than computing where rows are few.
func TestTablesArePlannedOnce(t *testing.T) {
	e := newEngine(t)
	tab := run(t, e, sqlPlan("SELECT range AS n FROM range(3)"))
	path, release, err := e.store.Path(t.Context(), tenant, tab.Artifact.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	inst, err := e.pool.open(t.Context(), 256)
	if err != nil {
		t.Fatal(err)
	}
	defer inst.close()
	s := &session{pool: e.pool, inst: inst, conn: inst.conn, begun: time.Now()}
	if _, err := s.exec(t.Context(), "CALL enable_logging('FileSystem')", nil); err != nil {
		t.Fatal(err)
	}
	opened := func() (n int) {
		t.Helper()
		err := s.one(t.Context(), "SELECT count(*) FROM duckdb_logs WHERE type = 'FileSystem' AND message LIKE '%OPEN%' AND message LIKE '%' || $1 || '%'", []any{filepath.Base(path)}, &n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	rows, err := s.materialise(t.Context(), whole(path), nil, filepath.Join(t.TempDir(), "out.parquet"), 3, nil)
	if err != nil || rows != 3 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if n := opened(); n != 2 {
		t.Errorf("opened %d times; once to plan and once to read was expected", n)
	}
}

// TestAnInterruptEndsWithItsWork: the work after it on the same connection is another's.
func TestAnInterruptEndsWithItsWork(t *testing.T) {
	e := newEngine(t)
	s, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	const long = "SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b"
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := s.exec(ctx, long, nil); !errors.Is(err, context.Canceled) {
			t.Fatalf("canceled: %v", err)
		}
		if _, err := s.exec(t.Context(), "SELECT count(*) FROM range(10000000) WHERE range % 7 = 1", nil); err != nil {
			t.Fatalf("the work after it: %v", err)
		}
	}
}
