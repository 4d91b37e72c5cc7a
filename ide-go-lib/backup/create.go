package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

// Config says what is saved.
type Config struct {
	Dir      string // the data folder
	Database string // name of the database's file in it
	Program  string // version
	Now      time.Time
	// Skip says whether a file or folder below Dir is left out.
	Skip func(name string, dir bool) bool
	// Progress is told how much has been copied, if it is set.
	Progress func(files int, bytes int64)
}

// sink is where the files of a backup go.
type sink interface {
	add(name string, size int64, at time.Time, r io.Reader) error
	// finish makes the backup appear, whole; abort removes what there is of it.
	finish(manifest []byte) error
	abort()
}

// Create makes a backup at dest: an archive when the name ends with .tar or .tar.zst, else a folder. Whoever uses the
// data folder goes on.
func Create(ctx context.Context, cfg Config, dest string) (m *Manifest, err error) {
	if _, err := os.Lstat(dest); err == nil {
		return nil, errs.Conflict(CodeExists, "There is something at %s already.", dest).WithHint("Choose another name; a backup replaces nothing.")
	}
	if rel, err := filepath.Rel(cfg.Dir, dest); err == nil && filepath.IsLocal(rel) {
		return nil, errs.Invalid(CodeInvalid, "The backup would lie in the data folder itself, and be part of the next one.").WithHint("Choose a place outside of %s, best on another disk.", cfg.Dir)
	}
	release, err := hold(cfg.Dir)
	if err != nil {
		return nil, err
	}
	defer release()
	to, err := openSink(dest)
	if err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	defer func() {
		if err != nil {
			to.abort()
			m, err = nil, fmt.Errorf("make the backup: %w", err)
		}
	}()
	w := &writing{cfg: &cfg, to: to, m: &Manifest{Format: format, Program: cfg.Program, CreatedAt: cfg.Now.UTC(), Database: cfg.Database, Files: []File{}}}
	// First the database: what it refers to then is among the files, for nobody removes any meanwhile.
	if err := w.database(ctx, filepath.Dir(dest)); err != nil {
		return nil, err
	}
	if err := w.files(ctx); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(w.m, "", " ")
	if err != nil {
		return nil, err
	}
	return w.m, to.finish(text)
}

type writing struct {
	cfg   *Config
	to    sink
	m     *Manifest
	bytes int64
}

// database takes a snapshot beside the backup, where there is room if there is any, and puts it in.
func (w *writing) database(ctx context.Context, beside string) (err error) {
	dir, err := os.MkdirTemp(beside, ".dataflow-backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	snapshot := filepath.Join(dir, "snapshot.db")
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(w.cfg.Dir, w.cfg.Database), Readers: 1})
	if err != nil {
		return err
	}
	if err := errors.Join(d.Snapshot(ctx, snapshot), d.Close()); err != nil {
		return err
	}
	return w.file(ctx, snapshot, w.cfg.Database)
}

func (w *writing) files(ctx context.Context) error {
	return filepath.WalkDir(w.cfg.Dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(w.cfg.Dir, path)
		if err != nil || rel == "." {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case w.ours(name), w.cfg.Skip != nil && w.cfg.Skip(name, entry.IsDir()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !entry.Type().IsRegular(): // folders come with their files; links and sockets mean nothing elsewhere
			return nil
		}
		return w.file(ctx, path, name)
	})
}

// ours says whether a name is the database's or of this package's own.
func (w *writing) ours(name string) bool {
	rest, found := strings.CutPrefix(name, w.cfg.Database)
	return name == holdFile || name == manifestName || strings.HasPrefix(name, stagingPrefix) || strings.HasPrefix(name, asidePrefix) ||
		found && (rest == "" || rest == "-wal" || rest == "-shm" || strings.HasPrefix(rest, "."))
}

func (w *writing) file(ctx context.Context, path, name string) error {
	f, err := os.Open(path) //nolint:gosec // below the data folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	hash := sha256.New()
	if err := w.to.add(name, info.Size(), info.ModTime(), io.TeeReader(&ctxReader{ctx, f}, hash)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.m.Files = append(w.m.Files, File{Name: name, Size: info.Size(), SHA256: hex.EncodeToString(hash.Sum(nil))})
	w.bytes += info.Size()
	if w.cfg.Progress != nil {
		w.cfg.Progress(len(w.m.Files), w.bytes)
	}
	return nil
}

// ctxReader stops reading when ctx ends.
type ctxReader struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
