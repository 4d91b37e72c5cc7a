package local

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/artifact/artifacttest"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	artifacttest.Run(t, func(t *testing.T) artifact.Store { return open(t) })
}

// blobs lists the files that a reader of the store could see.
func blobs(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(dir, "default", blobsDir), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, d.Name())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestCrash kills a process in the middle of a put: no blob may be there, and Clean removes what it left.
func TestCrash(t *testing.T) {
	if dir := os.Getenv("ARTIFACT_CRASH_DIR"); dir != "" {
		s, err := New(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = s.Put(t.Context(), "default", &crashingReader{n: 100}, "")
		t.Fatal("still alive")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$") // #nosec G204 G702 -- this very test
	cmd.Env = append(os.Environ(), "ARTIFACT_CRASH_DIR="+dir)
	if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "still alive") {
		t.Fatalf("the process did not crash: %v\n%s", err, out)
	}
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := blobs(t, s.dir); len(got) != 0 {
		t.Errorf("blobs after the crash: %v", got)
	}
	left := func() int {
		entries, err := os.ReadDir(filepath.Join(s.dir, "default", scratchDir))
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	if left() != 1 {
		t.Errorf("%d drafts, want that of the crashed put", left())
	}
	if err := s.Clean(time.Now().Add(-time.Hour)); err != nil || left() != 1 {
		t.Errorf("a young draft is gone, %v", err)
	}
	if err := s.Clean(time.Now().Add(time.Hour)); err != nil || left() != 0 {
		t.Errorf("%d drafts left, %v", left(), err)
	}
}

// crashingReader kills the process after n reads, as a power cut would: nothing deferred runs.
type crashingReader struct{ n int }

func (r *crashingReader) Read(p []byte) (int, error) {
	if r.n--; r.n < 0 {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {}
	}
	return len(p), nil
}
