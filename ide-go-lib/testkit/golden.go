package testkit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// UpdateVariable is the environment variable that makes Golden write what it got: DATAFLOW_UPDATE=1 go test ./…. A flag
// would exist only in packages that use golden files, so that it could not be given to several at once.
const UpdateVariable = "DATAFLOW_UPDATE"

// Golden compares got with the file testdata/<name>, and writes the file instead when the tests are run to update.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if os.Getenv(UpdateVariable) != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a folder of the repository
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path) //nolint:gosec // the test names it
	if err != nil {
		t.Fatalf("%v; run the test with %s=1 to make it", err, UpdateVariable)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs; run the test with %s=1 if that is right\n%s", path, UpdateVariable, difference(string(want), string(got)))
	}
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	at := 0
	for at < len(w) && at < len(g) && w[at] == g[at] {
		at++
	}
	var b strings.Builder
	const around = 5
	for _, line := range g[max(0, at-2):at] {
		b.WriteString("  " + line + "\n")
	}
	for _, line := range w[at:min(len(w), at+around)] {
		b.WriteString("- " + line + "\n")
	}
	for _, line := range g[at:min(len(g), at+around)] {
		b.WriteString("+ " + line + "\n")
	}
	return b.String()
}
