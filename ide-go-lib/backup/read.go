package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"dataflow/ide-go-lib/disk"
	"dataflow/ide-go-lib/errs"
)

// Prefixes of what a restore leaves in a data folder: work that is not finished, and what was there before.
const (
	stagingPrefix = ".restore-"
	asidePrefix   = "before-restore-"
)

// manifestMax bounds the list of files.
const manifestMax = 1 << 30

// Unpack copies a backup into an empty folder and makes sure that it is what was saved, byte by byte. Nothing of a backup
// that is not is of use.
func Unpack(ctx context.Context, source, dir string) (*Manifest, error) {
	info, err := os.Stat(source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.NotFound(CodeInvalid, "There is no backup at %s.", source)
	}
	if err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	u := &unpacking{dir: dir, found: map[string]File{}}
	if info.IsDir() {
		err = u.folder(ctx, source)
	} else {
		if free, err := disk.Of(dir); err == nil && free.Free < info.Size() {
			return nil, errs.New(507, "disk_full", "The backup has %d MiB, and the disk of %s has room for %d MiB.", info.Size()>>20, dir, free.Free>>20)
		}
		err = u.archive(ctx, source)
	}
	if err != nil {
		return nil, err
	}
	return u.verify()
}

type unpacking struct {
	dir      string
	found    map[string]File
	manifest []byte
}

// verify compares what was found with the list.
func (u *unpacking) verify() (*Manifest, error) {
	if u.manifest == nil {
		return nil, damaged("its list of files is missing, so it was not finished")
	}
	m, err := parseManifest(u.manifest)
	if err != nil {
		return nil, err
	}
	database := false
	for _, f := range m.Files {
		got, ok := u.found[f.Name]
		switch {
		case !ok:
			return nil, damaged("%s is missing", f.Name)
		case got != f:
			return nil, damaged("%s is not what was saved", f.Name)
		}
		delete(u.found, f.Name)
		database = database || f.Name == m.Database
	}
	for name := range u.found {
		return nil, damaged("%s is in it and not in its list", name)
	}
	if !database {
		return nil, damaged("there is no database in it")
	}
	return m, nil
}

func (u *unpacking) add(ctx context.Context, name string, size int64, at time.Time, r io.Reader) error {
	if name == manifestName {
		if size > manifestMax {
			return damaged("its list of files has %d bytes", size)
		}
		var err error
		if u.manifest, err = io.ReadAll(io.LimitReader(r, size)); err != nil {
			return damaged("its list of files cannot be read: %v", err)
		}
		return nil
	}
	if _, twice := u.found[name]; twice || !local(name) {
		return damaged("it holds a file of the name %q", name)
	}
	path := filepath.Join(u.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("unpack the backup: %w", err)
	}
	from := &hashing{r: &ctxReader{ctx, r}, sum: sha256.New()}
	if err := writeFile(path, size, at, from); err != nil {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case from.err != nil:
			return damaged("%s cannot be read: %v", name, from.err)
		}
		return fmt.Errorf("unpack %s of the backup: %w", name, err)
	}
	u.found[name] = File{Name: name, Size: size, SHA256: hex.EncodeToString(from.sum.Sum(nil))}
	return nil
}

// hashing passes on what it reads, and remembers what went wrong.
type hashing struct {
	r   io.Reader
	sum hash.Hash
	err error
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		h.err = err
	}
	return n, err
}

func (u *unpacking) folder(ctx context.Context, source string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		if entry.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			return damaged("%s is not a regular file", rel)
		}
		f, err := os.Open(path) //nolint:gosec // below the backup
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		return u.add(ctx, filepath.ToSlash(rel), info.Size(), info.ModTime(), f)
	})
}

func (u *unpacking) archive(ctx context.Context, source string) error {
	file, err := os.Open(source) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer func() { _ = file.Close() }()
	var from io.Reader = file
	if isCompressed(source) {
		unzip, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		defer unzip.Close()
		from = unzip
	}
	in := tar.NewReader(from)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged("the archive cannot be read: %v", err)
		}
		if header.Typeflag != tar.TypeReg {
			return damaged("%q is not a regular file", header.Name)
		}
		if err := u.add(ctx, header.Name, header.Size, header.ModTime, in); err != nil {
			return err
		}
	}
}
