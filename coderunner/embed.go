// Package coderunner carries the sources of the Python service, so that a binary needs nothing but an interpreter with
// the packages of requirements.lock.
package coderunner

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed __init__.py __main__.py egress/*.py packages/*.py policy/*.py runtime/*.py sandbox/*.py server/*.py
var sources embed.FS

// Unpack writes the sources below dir, once for each version, and gives the folder that Python has to import from. A
// version that is there already is used as it is.
func Unpack(dir string) (string, error) {
	version, err := fingerprint()
	if err != nil {
		return "", err
	}
	home := filepath.Join(dir, version)
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("make the folder of the Python service: %w", err)
	}
	fresh, err := os.MkdirTemp(dir, ".unpack-")
	if err != nil {
		return "", fmt.Errorf("unpack the Python service: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	if err := os.CopyFS(filepath.Join(fresh, "coderunner"), sources); err != nil {
		return "", fmt.Errorf("unpack the Python service: %w", err)
	}
	// Another process may have been faster with the very same files.
	if err := os.Rename(fresh, home); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, statErr := os.Stat(home); statErr != nil {
			return "", fmt.Errorf("unpack the Python service: %w", err)
		}
	}
	return home, nil
}

func fingerprint() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s\x00%d\x00%s", path, len(content), content)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the embedded Python service: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
