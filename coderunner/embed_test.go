package coderunner

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	home, err := Unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Unpack(dir)
	if err != nil || again != home {
		t.Fatalf("second time %q, %v; first %q", again, err, home)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// Every module of the service is carried: a new folder must be named in the embed pattern.
func TestAllSourcesAreEmbedded(t *testing.T) {
	home, err := Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path == "tests" || strings.HasPrefix(entry.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".py" {
			if _, err := os.Stat(filepath.Join(home, "coderunner", path)); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
