// Package python finds the interpreter that tests run the service with.
package python

import (
	"os"
	"path/filepath"
	"testing"
)

// Find gives $DATAFLOW_PYTHON or the interpreter of the repository's environment, and fails the test without one.
func Find(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("DATAFLOW_PYTHON"); path != "" {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, ".venv", "bin", "python")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatal("no .venv above the working directory; make one with the packages of coderunner/requirements.lock")
	return ""
}
