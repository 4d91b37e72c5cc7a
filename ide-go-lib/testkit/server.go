package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Server gives the path of what `make servers` has put below bin/servers: a program, or the folder with the jars of one.
func Server(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "bin", "servers", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatalf("bin/servers/%s is missing, which this test needs; make it with: make servers", name)
		}
		dir = up
	}
}

// Tool gives the path of a program in PATH or in /usr/sbin, which people's PATH often lacks.
func Tool(t testing.TB, name, pkg string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := exec.LookPath(filepath.Join("/usr/sbin", name))
	if err != nil {
		t.Fatalf("%s is missing, which this test needs; on Debian: sudo apt-get install %s", name, pkg)
	}
	return path
}
