// Package backup copies a data folder while it is in use: its database as one moment saw it, and the files beside it. A
// backup is a folder or one archive, with a list of all that is in it and the hash of each, so that what is restored is
// what was saved or nothing.
package backup

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
)

const (
	manifestName = "manifest.json"
	format       = 1
)

// Codes of errors of this package.
const (
	CodeDamaged = "backup_damaged"
	CodeInvalid = "backup_invalid"
	CodeExists  = "backup_exists"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format    int       `json:"format"`
	Program   string    `json:"program"`
	CreatedAt time.Time `json:"created_at"`
	Database  string    `json:"database"`
	Files     []File    `json:"files"`
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"` // relative to the data folder, with / between parts
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Size is that of all files together.
func (m *Manifest) Size() int64 {
	var sum int64
	for _, f := range m.Files {
		sum += f.Size
	}
	return sum
}

func parseManifest(data []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, damaged("its list of files cannot be read: %v", err)
	}
	if m.Format != format {
		return nil, errs.Invalid(CodeInvalid, "The backup has format %d, and this program reads %d.", m.Format, format).
			WithHint("Restore it with the version of the program that made it (%s) or a newer one.", m.Program)
	}
	for _, f := range m.Files {
		if !local(f.Name) {
			return nil, damaged("it names a file outside of the folder: %q", f.Name)
		}
	}
	return m, nil
}

func local(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && name != manifestName && !strings.Contains(name, `\`)
}

func damaged(format string, args ...any) error {
	return errs.Invalid(CodeDamaged, "The backup is damaged: %s", fmt.Sprintf(format, args...)).
		WithHint("Nothing was restored. Take another backup; if there is none, see what of this one is sound by copying it out by hand.")
}
