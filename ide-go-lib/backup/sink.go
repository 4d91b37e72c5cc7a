package backup

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// partial is the ending of a backup that is not finished.
const partial = ".partial"

func isArchive(name string) bool { return strings.HasSuffix(name, ".tar") || isCompressed(name) }

func isCompressed(name string) bool { return strings.HasSuffix(name, ".tar.zst") }

func openSink(dest string) (sink, error) {
	if isArchive(dest) {
		return newArchive(dest)
	}
	if err := os.Mkdir(dest+partial, 0o700); err != nil {
		return nil, err
	}
	return &folder{dest}, nil
}

// folder is a backup as a folder.
type folder struct{ dest string }

func (f *folder) add(name string, size int64, at time.Time, r io.Reader) error {
	path := filepath.Join(f.dest+partial, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeFile(path, size, at, r)
}

// writeFile writes exactly size bytes into a new file and makes them durable.
func writeFile(path string, size int64, at time.Time, r io.Reader) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // below a folder of our own
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	n, err := io.Copy(out, io.LimitReader(r, size))
	if err == nil && n != size {
		err = fmt.Errorf("%d of %d bytes are there", n, size)
	}
	if err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return os.Chtimes(path, at, at)
}

func (f *folder) finish(manifest []byte) error {
	path := filepath.Join(f.dest+partial, manifestName)
	if err := writeFile(path, int64(len(manifest)), time.Now(), strings.NewReader(string(manifest))); err != nil {
		return err
	}
	return appear(f.dest)
}

func (f *folder) abort() { _ = os.RemoveAll(f.dest + partial) }

// appear gives a finished backup its name.
func appear(dest string) error {
	if err := os.Rename(dest+partial, dest); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dest))
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // a folder that the operator named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// archive is a backup as one file.
type archive struct {
	dest string
	file *os.File
	zip  *zstd.Encoder // nil when it is not compressed
	tar  *tar.Writer
}

func newArchive(dest string) (*archive, error) {
	file, err := os.OpenFile(dest+partial, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	a := &archive{dest: dest, file: file}
	var to io.Writer = file
	if isCompressed(dest) {
		if a.zip, err = zstd.NewWriter(file, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, errors.Join(err, file.Close(), os.Remove(dest+partial))
		}
		to = a.zip
	}
	a.tar = tar.NewWriter(to)
	return a, nil
}

func (a *archive) add(name string, size int64, at time.Time, r io.Reader) error {
	err := a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at.Truncate(time.Second), Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	n, err := io.Copy(a.tar, io.LimitReader(r, size))
	if err == nil && n != size {
		err = fmt.Errorf("it changed while it was copied: %d of %d bytes are there", n, size)
	}
	return err
}

func (a *archive) finish(manifest []byte) error {
	if err := a.add(manifestName, int64(len(manifest)), time.Now(), strings.NewReader(string(manifest))); err != nil {
		return err
	}
	err := a.tar.Close()
	if a.zip != nil {
		err = errors.Join(err, a.zip.Close())
	}
	if err = errors.Join(err, a.file.Sync(), a.file.Close()); err != nil {
		return err
	}
	return appear(a.dest)
}

func (a *archive) abort() {
	_ = a.file.Close() // what there is of it goes
	_ = os.Remove(a.dest + partial)
}
