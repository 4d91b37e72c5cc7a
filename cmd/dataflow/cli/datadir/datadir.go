// Package datadir knows what lies where in a data folder.
package datadir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"

	"dataflow/coderunner/environment"
	automation "dataflow/flow-automation"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/lease"
)

// What lies in a data folder.
const (
	Database  = "dataflow.db"
	Leases    = "leases"
	Artifacts = "artifacts"
	Files     = "files"
	Temporary = "tmp"
	// Keys is the file with which secrets are sealed. It is part of a backup: without it they cannot be read.
	Keys = "secrets.key"
	// Coderunner holds the Python service's unpacked sources.
	Coderunner = "coderunner"
)

// leaseName is that of the one lease of a data folder: whoever holds it runs the services on it.
const leaseName = "engine"

// OpenLease opens the lease of a data folder that exists. address is where others find this process.
func OpenLease(ctx context.Context, dir string, address func() string, log *slog.Logger) (*lease.Lease, error) {
	l, err := lease.Open(ctx, lease.Config{
		Path: filepath.Join(dir, Database), Name: leaseName, Dir: filepath.Join(dir, Leases), Address: address, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("the data folder %s: %w", dir, err)
	}
	return l, nil
}

// Installed says whether a folder holds an installation.
func Installed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, Database))
	return !errors.Is(err, fs.ErrNotExist)
}

// Schemas are the tables of all services.
func Schemas() ([]db.Schema, error) {
	all, err := automation.Schemas()
	for _, schema := range []func() (db.Schema, error){auth.Schema, lease.Schema, environment.Schema} {
		s, failed := schema()
		all, err = append(all, s), errors.Join(err, failed)
	}
	return all, err
}

// Passing says whether a name at the top of the folder is nobody's data: it is made anew when it is missing.
func Passing(name string) bool {
	return slices.Contains([]string{Leases, Temporary, Coderunner}, name)
}

// Scratch says whether a file or folder is not part of what is kept: what passes, and work that is not finished.
func Scratch(name string) bool {
	if Passing(name) {
		return true
	}
	top, _, _ := cut(name)
	base := path.Base(name)
	return (top == Artifacts && base == "scratch" && depth(name) == 3) || (top == Files && base == ".dataflow-scratch" && depth(name) == 3)
}

func cut(name string) (top, rest string, more bool) {
	for i := range name {
		if name[i] == '/' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

func depth(name string) int {
	n := 1
	for _, c := range name {
		if c == '/' {
			n++
		}
	}
	return n
}
