// Package local keeps artifacts in a directory: <dir>/<tenant>/blobs/ab/ab12…, and unfinished work beside them, so that
// a blob appears by one rename.
package local

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

const (
	blobsDir   = "blobs"
	scratchDir = "scratch"
)

var (
	tenantPattern = pattern.Of(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$`)
	idPattern     = pattern.Of(`^[0-9a-f]{64}$`)
)

// Store is an artifact.Store in a directory.
type Store struct {
	dir   string
	guard func() error
	books books
	// sync makes what is at a path outlive a power cut.
	sync func(path string) error
}

// Guard makes the store ask before every change; an error keeps it from being made. Call it before the store is used.
func (s *Store) Guard(may func() error) { s.guard = may }

// Passing is for a folder that is removed when the process has done its work: nothing waits for the disk. Call it before the
// store is used.
func (s *Store) Passing() { s.sync = func(string) error { return nil } }

func (s *Store) may() error {
	if s.guard == nil {
		return nil
	}
	return s.guard()
}

var _ artifact.Store = (*Store)(nil)

// New opens the store in dir, which it makes when needed.
func New(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("artifact directory %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil { // #nosec G703 -- the operator chooses the directory
		return nil, fmt.Errorf("make the artifact directory: %w", err)
	}
	// Symbolic links are resolved once, so that paths given out compare equal to those that other libraries resolve.
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, fmt.Errorf("artifact directory %s: %w", dir, err)
	}
	return &Store{dir: abs, sync: syncPath}, nil
}

// Dir is the directory below which all of a tenant's blobs and scratch directories lie.
func (s *Store) Dir(tenant string) (string, error) {
	if !tenantPattern.MatchString(tenant) {
		return "", errs.Invalid("tenant_invalid", "A tenant's name has letters, digits, - and _ only.")
	}
	return filepath.Join(s.dir, tenant), nil
}

// Put implements artifact.Store.
func (s *Store) Put(ctx context.Context, tenant string, r io.Reader, mediaType string) (artifact.Ref, error) {
	path, remove, err := s.Draft(ctx, tenant)
	if err != nil {
		return artifact.Ref{}, err
	}
	defer remove()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 G703 -- a draft of our own
	if err != nil {
		return artifact.Ref{}, fmt.Errorf("write artifact: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), &ctxReader{ctx, r})
	if err != nil {
		return artifact.Ref{}, fmt.Errorf("write artifact: %w", err)
	}
	if err := f.Close(); err != nil {
		return artifact.Ref{}, fmt.Errorf("write artifact: %w", err)
	}
	return s.keep(ctx, tenant, path, artifact.Ref{ID: hex.EncodeToString(hash.Sum(nil)), Size: size, MediaType: mediaType})
}

// Adopt implements artifact.Store.
func (s *Store) Adopt(ctx context.Context, tenant, path, mediaType string) (artifact.Ref, error) {
	base, err := s.Dir(tenant)
	if err != nil {
		return artifact.Ref{}, err
	}
	rel, err := filepath.Rel(filepath.Join(base, scratchDir), path)
	if err != nil || !filepath.IsLocal(rel) {
		return artifact.Ref{}, errs.Internal(fmt.Errorf("adopt %s: no draft of tenant %s and not in a scratch directory of it", path, tenant))
	}
	if info, err := os.Lstat(path); err != nil {
		return artifact.Ref{}, fmt.Errorf("adopt artifact: %w", err)
	} else if !info.Mode().IsRegular() {
		return artifact.Ref{}, errs.Internal(fmt.Errorf("adopt %s: not a regular file", path))
	}
	ref, err := hashFile(ctx, path, mediaType)
	if err != nil {
		return artifact.Ref{}, err
	}
	return s.keep(ctx, tenant, path, ref)
}

func hashFile(ctx context.Context, path, mediaType string) (artifact.Ref, error) {
	f, err := os.Open(path) // #nosec G304 -- checked to lie in a scratch directory
	if err != nil {
		return artifact.Ref{}, fmt.Errorf("adopt artifact: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, &ctxReader{ctx, f})
	if err != nil {
		return artifact.Ref{}, fmt.Errorf("adopt artifact: %w", err)
	}
	return artifact.Ref{ID: hex.EncodeToString(hash.Sum(nil)), Size: size, MediaType: mediaType}, nil
}

// keep moves a finished file to its place, or drops it when the same content is there already. Either way the blob outlives a
// power cut from then on, so that a record may name it.
func (s *Store) keep(ctx context.Context, tenant, path string, ref artifact.Ref) (artifact.Ref, error) {
	target, err := s.path(tenant, ref.ID)
	if err != nil {
		return artifact.Ref{}, err
	}
	s.putting(tenant, ref.ID)
	if info, err := os.Stat(target); err == nil && info.Size() == ref.Size { // #nosec G703 -- made of a checked tenant and hash
		if err := errors.Join(s.settle(target), os.Remove(path)); err != nil {
			return artifact.Ref{}, fmt.Errorf("keep artifact: %w", err)
		}
		return ref, nil
	}
	if err := s.makeFolder(filepath.Dir(target)); err != nil {
		return artifact.Ref{}, fmt.Errorf("keep artifact: %w", err)
	}
	if err := errors.Join(s.sync(path), os.Chmod(path, 0o400)); err != nil { // #nosec G703 -- checked to be scratch
		return artifact.Ref{}, fmt.Errorf("keep artifact: %w", err)
	}
	if err := s.may(); err != nil {
		return artifact.Ref{}, err
	}
	if err := s.place(ctx, tenant, path, target, ref.Size); err != nil {
		return artifact.Ref{}, fmt.Errorf("keep artifact: %w", err)
	}
	if err := s.sync(filepath.Dir(target)); err != nil {
		return artifact.Ref{}, fmt.Errorf("keep artifact: %w", err)
	}
	s.lasts(target)
	return ref, nil
}

// Open implements artifact.Store.
func (s *Store) Open(_ context.Context, tenant, id string) (io.ReadSeekCloser, error) {
	path, err := s.path(tenant, id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path) // #nosec G304 -- made of a checked tenant and hash
	if err != nil {
		return nil, missing(id, err)
	}
	return f, nil
}

// Path implements artifact.Store. Blobs stay where they are, so release does nothing.
func (s *Store) Path(_ context.Context, tenant, id string) (string, func(), error) {
	path, err := s.path(tenant, id)
	if err != nil {
		return "", nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return "", nil, missing(id, err)
	}
	return path, func() {}, nil
}

// scratch makes the folder of a tenant's unfinished work.
func (s *Store) scratch(tenant string) (string, error) {
	base, err := s.Dir(tenant)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, scratchDir)
	if err := os.MkdirAll(dir, 0o700); err != nil { // #nosec G703 -- made of a checked tenant
		return "", fmt.Errorf("make scratch directory: %w", err)
	}
	return dir, nil
}

// Draft implements artifact.Store.
func (s *Store) Draft(_ context.Context, tenant string) (string, func(), error) {
	parent, err := s.scratch(tenant)
	if err != nil {
		return "", nil, err
	}
	path := filepath.Join(parent, rand.Text())
	return path, func() { _ = os.Remove(path) }, nil // #nosec G703 -- made of a checked tenant
}

// Scratch implements artifact.Store.
func (s *Store) Scratch(_ context.Context, tenant string) (string, func(), error) {
	parent, err := s.scratch(tenant)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return "", nil, fmt.Errorf("make scratch directory: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // #nosec G703 -- just made
}

// Clean removes the drafts and scratch directories that were made before the given time and whose owner did not live to
// remove them. Call it at start with the time at which the process started.
func (s *Store) Clean(before time.Time) error {
	tenants, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("clean artifacts: %w", err)
	}
	var failed []error
	for _, tenant := range tenants {
		parent := filepath.Join(s.dir, tenant.Name(), scratchDir)
		entries, err := os.ReadDir(parent)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
			continue
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
				failed = append(failed, os.RemoveAll(filepath.Join(parent, e.Name())))
			}
		}
	}
	return errors.Join(failed...)
}

func (s *Store) path(tenant, id string) (string, error) {
	base, err := s.Dir(tenant)
	if err != nil {
		return "", err
	}
	if !idPattern.MatchString(id) {
		return "", notFound(id)
	}
	return filepath.Join(base, blobsDir, id[:2], id), nil
}

func missing(id string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(id)
	}
	return fmt.Errorf("open artifact: %w", err)
}

func notFound(id string) error {
	return errs.NotFound("artifact_not_found", "There is no artifact %.64q; it may have been removed since.", id)
}

// ctxReader stops reading when ctx ends.
type ctxReader struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
