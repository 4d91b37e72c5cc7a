package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Put keeps what r gives under name, at once or not at all. Folders are made.
func (s *Store) Put(ctx context.Context, tenant, name string, r io.Reader) (Info, error) {
	if _, err := Clean(name); err != nil {
		return Info{}, err
	}
	dir, remove, err := s.Scratch(ctx, tenant)
	if err != nil {
		return Info{}, err
	}
	defer remove()
	tmp := filepath.Join(dir, "file")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return Info{}, fileError(name, err)
	}
	_, err = io.Copy(f, &ctxReader{ctx, r})
	if err = errors.Join(err, f.Close()); err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return Info{}, fileError(name, err)
		}
		return Info{}, fmt.Errorf("write file: %w", err)
	}
	if err := s.Replace(ctx, tenant, name, tmp); err != nil {
		return Info{}, err
	}
	return s.Stat(ctx, tenant, name)
}

// Replace implements node.Files.
func (s *Store) Replace(_ context.Context, tenant, name, from string) error {
	root, err := s.root(tenant)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	clean, err := resolve(root, name)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(filepath.Join(root.Name(), scratchName), from)
	if err != nil || !filepath.IsLocal(rel) || filepath.Dir(rel) == "." {
		return errs.Internal(fmt.Errorf("replace %s: %s is not in a scratch directory", name, from))
	}
	rel = path.Join(scratchName, filepath.ToSlash(rel))
	if err := finish(root, rel); err != nil {
		return fileError(clean, err)
	}
	return s.place(root, rel, clean)
}

// Move gives a file another name; a file that has it is replaced. Folders are made, and removed when nothing is left in them.
func (s *Store) Move(ctx context.Context, tenant, from, to string) error {
	root, err := s.root(tenant)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	source, _, err := s.stat(ctx, root, tenant, from)
	if err != nil {
		return err
	}
	target, err := resolve(root, to)
	if err != nil || source == target {
		return err
	}
	if err := s.place(root, source, target); err != nil {
		return err
	}
	prune(root, source)
	return nil
}

// place moves the finished file rel to its place.
func (s *Store) place(root *os.Root, rel, clean string) error {
	if info, err := root.Lstat(clean); err == nil && info.IsDir() {
		return errs.Conflict("path_is_folder", "%q is a folder; choose another name.", clean)
	}
	if err := s.may(); err != nil {
		return err
	}
	if err := move(root, rel, clean); err != nil {
		if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
			return errs.Conflict("path_is_file", "A part of the path %q is a file, so nothing can lie below it.", clean)
		}
		return fileError(clean, err)
	}
	if err := syncFolders(root, path.Dir(clean)); err != nil {
		return fileError(clean, err)
	}
	return nil
}

// move makes the folder and moves the file there. Whoever deletes the last file of a folder removes that, too, maybe just
// in between.
func move(root *os.Root, rel, clean string) error {
	for attempt := 0; ; attempt++ {
		err := root.MkdirAll(path.Dir(clean), 0o700)
		if err == nil {
			err = root.Rename(rel, clean)
		}
		if err == nil || attempt == 100 || !mayPass(root, path.Dir(clean), err) {
			return err
		}
	}
}

// mayPass tells whether making dir failed only because somebody removed a part of it at that moment. MkdirAll then says
// that the part does not exist, or, having looked twice, that it does.
func mayPass(root *os.Root, dir string, err error) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTDIR) {
		return false
	}
	for ; dir != "."; dir = path.Dir(dir) {
		if info, err := root.Lstat(dir); err == nil {
			return info.IsDir()
		}
	}
	return true
}

// syncFolders makes the file's entry, and those of the folders that may have been made for it, outlive a power cut. A
// folder that is gone again was removed along with the file.
func syncFolders(root *os.Root, folder string) error {
	for ; ; folder = path.Dir(folder) {
		d, err := root.Open(folder)
		switch {
		case err == nil:
			if err := errors.Join(d.Sync(), d.Close()); err != nil {
				return err
			}
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if folder == "." {
			return nil
		}
	}
}

// finish checks and syncs a file that is about to be moved to its place.
func finish(root *os.Root, rel string) error {
	info, err := root.Lstat(rel)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", rel)
	}
	if err := root.Chmod(rel, 0o644); err != nil {
		return err
	}
	f, err := root.Open(rel)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Delete removes one file. Folders that it leaves empty are removed too.
func (s *Store) Delete(ctx context.Context, tenant, name string) error {
	root, err := s.root(tenant)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	clean, _, err := s.stat(ctx, root, tenant, name)
	if err != nil {
		return err
	}
	if err := s.may(); err != nil {
		return err
	}
	if err := root.Remove(clean); err != nil {
		return fileError(clean, err)
	}
	prune(root, clean)
	return nil
}

// prune removes the folders of a file that is gone, as far as they are empty.
func prune(root *os.Root, gone string) {
	for dir := path.Dir(gone); dir != "."; dir = path.Dir(dir) {
		if root.Remove(dir) != nil { // not empty
			break
		}
	}
}

// Scratch implements node.Files.
func (s *Store) Scratch(_ context.Context, tenant string) (string, func(), error) {
	root, err := s.root(tenant)
	if err != nil {
		return "", nil, err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	rel := path.Join(scratchName, rand.Text())
	// Whoever finished with the last scratch may just be removing the folder of them all.
	for attempt := 0; ; attempt++ {
		err := root.MkdirAll(rel, 0o700)
		if err == nil {
			break
		}
		if attempt == 100 || !mayPass(root, rel, err) {
			return "", nil, fileError("scratch", err)
		}
	}
	dir := filepath.Join(root.Name(), filepath.FromSlash(rel))
	return dir, func() {
		_ = os.RemoveAll(dir)
		_ = os.Remove(filepath.Dir(dir)) // stays when another scratch is in use
	}, nil
}

// Clean removes the scratch folders that were made before the given time and whose owner did not live to remove them. Call
// it at start, with the time at which the process started. A folder that is served to every tenant is not ours to clean:
// another process may be at work in it.
func (s *Store) Clean(before time.Time) error {
	if !s.byTenant {
		return nil
	}
	scratches, err := filepath.Glob(filepath.Join(s.dir, "*", scratchName, "*"))
	if err != nil {
		return fmt.Errorf("clean files: %w", err)
	}
	var failed []error
	for _, dir := range scratches {
		if info, err := os.Lstat(dir); err == nil && info.ModTime().Before(before) {
			failed = append(failed, os.RemoveAll(dir))
			_ = os.Remove(filepath.Dir(dir)) // stays when another scratch is in use
		}
	}
	return errors.Join(failed...)
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
