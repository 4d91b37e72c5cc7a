package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
)

// RestoreConfig says where a backup goes.
type RestoreConfig struct {
	Dir      string // the data folder
	Database string // name of the database's file in it
	// Lease opens the lease of the data folder, which a restore seizes from whoever has it.
	Lease func(ctx context.Context) (*lease.Lease, error)
	// LeasesDir is the folder of its files in Dir.
	LeasesDir string
	// Replace allows to put the backup in place of what is there.
	Replace bool
	// CheckOnly restores nothing.
	CheckOnly bool
	// Check refuses what this program cannot use; it gets the unpacked backup.
	Check func(ctx context.Context, dir string, m *Manifest) error
	// Skip says which names at the top of Dir are nobody's data, Merge which hold files that never change under their name.
	Skip, Merge func(name string) bool
	Now         time.Time
}

// Restored says what a restore did.
type Restored struct {
	Manifest *Manifest
	// Aside is the folder with what was there before; "" when nothing was.
	Aside string
}

// Restore puts a backup into a data folder. Everything is checked before anything is changed. A server that runs on the
// folder loses the right to it, stands by meanwhile, and goes on with what was restored.
func Restore(ctx context.Context, source string, cfg RestoreConfig) (*Restored, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	there, err := exists(filepath.Join(cfg.Dir, cfg.Database))
	if err != nil {
		return nil, err
	}
	if there && !cfg.Replace && !cfg.CheckOnly {
		return nil, errs.Conflict(CodeExists, "There is an installation in %s already.", cfg.Dir).
			WithHint("Restore into another folder, or say that this one is to be replaced. What is there now is kept aside.")
	}
	staging, err := os.MkdirTemp(cfg.Dir, stagingPrefix)
	if err != nil {
		return nil, fmt.Errorf("unpack the backup: %w", err)
	}
	r := &restoring{cfg: &cfg, staging: staging, out: &Restored{}}
	defer func() { _ = os.RemoveAll(staging) }() // one that stays does no harm
	if r.out.Manifest, err = Unpack(ctx, source, staging); err != nil {
		return nil, err
	}
	if err := r.sound(ctx); err != nil {
		return nil, err
	}
	if cfg.CheckOnly {
		return r.out, nil
	}
	if there {
		return r.out, r.replace(ctx)
	}
	return r.out, r.install(ctx)
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

type restoring struct {
	cfg     *RestoreConfig
	staging string
	out     *Restored
}

func (r *restoring) database() string { return filepath.Join(r.staging, r.cfg.Database) }

// sound makes sure that the backup's database is one that this program can use.
func (r *restoring) sound(ctx context.Context) (err error) {
	if r.out.Manifest.Database != r.cfg.Database {
		return damaged("its database is called %s", r.out.Manifest.Database)
	}
	d, err := db.Open(ctx, db.Config{Path: r.database(), Readers: 1})
	if err != nil {
		return damaged("its database cannot be opened: %v", err)
	}
	findings, err := d.Verify(ctx)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if len(findings) > 0 {
		return damaged("its database is: %s", findings[0])
	}
	if r.cfg.Check != nil {
		return r.cfg.Check(ctx, r.staging, r.out.Manifest)
	}
	return nil
}

// install moves the backup into a folder that has no installation; the database comes last, for it makes one.
func (r *restoring) install(ctx context.Context) error {
	if err := r.disown(ctx); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.staging)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), r.cfg.Database) {
			continue
		}
		if err := r.move(e.Name()); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	if err := r.setDatabaseAside(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(r.database(), filepath.Join(r.cfg.Dir, r.cfg.Database)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return syncDir(r.cfg.Dir)
}

// setDatabaseAside sets aside what is there of a database. A log that was left without its database would be replayed
// into the one that comes.
func (r *restoring) setDatabaseAside() error {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := r.setAside(r.cfg.Database + ending); err != nil {
			return err
		}
	}
	return nil
}

// move brings one entry of the backup to its place. What is there already goes aside, or stays beside where files of the
// same name are the same.
func (r *restoring) move(name string) error {
	from, to := filepath.Join(r.staging, name), filepath.Join(r.cfg.Dir, name)
	if r.cfg.Merge != nil && r.cfg.Merge(name) {
		return merge(from, to)
	}
	if err := r.setAside(name); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (r *restoring) setAside(name string) error {
	from := filepath.Join(r.cfg.Dir, name)
	if there, err := exists(from); err != nil || !there {
		return err
	}
	dir, err := r.aside()
	if err != nil {
		return err
	}
	return os.Rename(from, filepath.Join(dir, name))
}

// aside gives the folder for what was there before.
func (r *restoring) aside() (string, error) {
	if r.out.Aside == "" {
		dir := filepath.Join(r.cfg.Dir, asidePrefix+r.cfg.Now.UTC().Format("20060102T150405Z"))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", err
		}
		r.out.Aside = dir
	}
	return r.out.Aside, nil
}

// merge moves the files that are not there yet.
func merge(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if there, err := exists(target); err != nil || there {
			return err
		}
		return os.Rename(path, target) //nolint:gosec // both lie in folders of our own
	})
}

// replace puts the backup in place of an installation, which may be in use.
func (r *restoring) replace(ctx context.Context) (err error) {
	l, err := r.cfg.Lease(ctx)
	if err != nil {
		if !(db.SQLite{}).IsDamaged(err) {
			return err
		}
		return r.replaceDamaged(ctx)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	term, err := l.Seize(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if released := term.Release(context.WithoutCancel(ctx)); released != nil {
			err = errors.Join(err, released)
		}
	}()
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(r.cfg.Dir, r.cfg.Database), Readers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	dir, err := r.aside()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := d.Snapshot(ctx, filepath.Join(dir, r.cfg.Database)); err != nil {
		return err
	}
	// The database that comes must not give the lease back to whom it knew as its owner.
	if err := r.ownStaging(ctx, l, term); err != nil {
		return err
	}
	if err := r.files(); err != nil {
		return fmt.Errorf("restore: %w; what was there before is in %s", err, dir)
	}
	if err := d.Replace(ctx, r.database()); err != nil {
		return fmt.Errorf("%w; what was there before is in %s", err, dir)
	}
	return nil
}

func (r *restoring) ownStaging(ctx context.Context, l *lease.Lease, term *lease.Term) error {
	return r.inStaging(ctx, func(d *db.DB) error { return l.Carry(ctx, d, term) })
}

// disown makes the backup nobody's. A server that ran while it was made would else seem to have crashed.
func (r *restoring) disown(ctx context.Context) error {
	return r.inStaging(ctx, func(d *db.DB) error { return lease.Disown(ctx, d, r.cfg.Now) })
}

// inStaging changes the backup's database.
func (r *restoring) inStaging(ctx context.Context, change func(d *db.DB) error) error {
	d, err := db.Open(ctx, db.Config{Path: r.database(), Readers: 1})
	if err != nil {
		return err
	}
	err = change(d)
	// Its write-ahead log is moved into the file, which alone is read.
	_, checkpoint := d.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, checkpoint, d.Close())
}

// files moves all but the database, and sets aside what the backup does not have.
func (r *restoring) files() error {
	fresh, err := os.ReadDir(r.staging)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range fresh {
		if !strings.HasPrefix(e.Name(), r.cfg.Database) {
			names = append(names, e.Name())
		}
	}
	old, err := os.ReadDir(r.cfg.Dir)
	if err != nil {
		return err
	}
	for _, e := range old {
		name := e.Name()
		if slices.Contains(names, name) || strings.HasPrefix(name, r.cfg.Database) || strings.HasPrefix(name, stagingPrefix) || strings.HasPrefix(name, asidePrefix) ||
			name == holdFile || r.cfg.Skip(name) || r.cfg.Merge(name) {
			continue
		}
		if err := r.setAside(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := r.move(name); err != nil {
			return err
		}
	}
	return nil
}

// replaceDamaged is for a database that cannot even be opened. Nobody can be told to let go of it, so nobody may have it.
func (r *restoring) replaceDamaged(ctx context.Context) error {
	if lease.Anybody(filepath.Join(r.cfg.Dir, r.cfg.LeasesDir)) {
		return errs.Conflict("in_use", "The database in %s is damaged, and a server still has it open.", r.cfg.Dir).WithHint("Stop the server, then restore again.")
	}
	if err := r.disown(ctx); err != nil {
		return err
	}
	dir, err := r.aside()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := r.setDatabaseAside(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := r.files(); err != nil {
		return fmt.Errorf("restore: %w; what was there before is in %s", err, dir)
	}
	if err := os.Rename(r.database(), filepath.Join(r.cfg.Dir, r.cfg.Database)); err != nil {
		return fmt.Errorf("restore: %w; what was there before is in %s", err, dir)
	}
	return syncDir(r.cfg.Dir)
}
