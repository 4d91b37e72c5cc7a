// Package lease lets one process at a time own a store. The right to it is a row in the store's database with a token
// that grows with every owner. The owner renews the row by a timer and has the token checked within its transactions,
// so that one which was frozen and thawed, or which only believes that it owns the store, writes nothing.
//
// Whoever stands by takes over at once when the owner's process has ended, which its locked file beside the database
// tells, and after a few seconds when the process is there but does not renew. No clock on a wall is asked: each side
// measures by its own steady clock how long a renewal is ago, so a clock that is set anew changes nothing.
package lease

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema gives the table of leases.
func Schema() (db.Schema, error) {
	files, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "lease", Files: files}, err
}

// The times of the protocol. A holder trusts itself for trusted after it began its latest renewal; another one takes over
// after it has seen no renewal for doubted + settled, which is longer, or seizes the lease and then waits for trusted.
const (
	renewEvery = time.Second
	pollEvery  = 250 * time.Millisecond
	doubted    = 3 * time.Second
	settled    = 1500 * time.Millisecond
	trusted    = 4 * time.Second
	// busy is how long a write waits for another process: shorter than what depends on it.
	busy = 500 * time.Millisecond
)

// Codes of errors of this package.
const (
	CodeLost      = "lease_lost"
	CodeUncertain = "lease_uncertain"
)

// ErrLost is matched by the errors of a holder that is none any more.
var ErrLost = &errs.Error{Code: CodeLost}

// Config says which lease, and for whom.
type Config struct {
	// Path is the database's file.
	Path string
	// Name tells the leases of one database apart.
	Name string
	// Dir is the folder for the files that tell which processes live. It must lie on a disk of this machine.
	Dir string
	// Address is where this process can be reached, for those who stand by; it may change before Acquire.
	Address func() string
	Log     *slog.Logger
}

// Holder is a process that owns or owned the store.
type Holder struct {
	ID      string    `json:"-"`
	Token   int64     `json:"-"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Address string    `json:"address,omitempty"`
	Since   time.Time `json:"since"`
	// Space tells process ids of different machines and containers apart, Began those of different processes.
	Space string `json:"space,omitempty"`
	Began string `json:"began,omitempty"`
	// Restored is when a backup was put where nobody has owned it since.
	Restored *time.Time `json:"restored,omitempty"`
}

// String describes the holder for people.
func (h Holder) String() string {
	s := fmt.Sprintf("process %d on %s", h.PID, h.Host)
	if h.Address != "" {
		s += " at " + h.Address
	}
	return s
}

// Lease is one process's part in a lease: it holds it, or stands by.
type Lease struct {
	cfg  Config
	db   *db.DB
	file *lifeFile
	base time.Time // of the steady clock
}

// row is the lease as it is in the database.
type row struct {
	token, beat int64
	holder      string
	info        Holder
}

// Open says that this process wants the lease some day. Close must be called.
func Open(ctx context.Context, cfg Config) (l *Lease, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Address == nil {
		cfg.Address = func() string { return "" }
	}
	l = &Lease{cfg: cfg, base: time.Now()}
	if l.db, err = db.Open(ctx, db.Config{Path: cfg.Path, Readers: 1, Busy: busy}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
			l = nil
		}
	}()
	if err := l.prepare(ctx); err != nil {
		return l, err
	}
	if l.file, err = newLifeFile(cfg.Dir); err != nil {
		return l, fmt.Errorf("lease: %w", err)
	}
	return l, nil
}

// prepare makes the row. Where it is there already nothing is written: the holder may be frozen within a transaction.
func (l *Lease) prepare(ctx context.Context) error {
	_, err := l.read(ctx)
	if err == nil {
		return nil
	}
	schema, err := Schema()
	if err != nil {
		return err
	}
	if err := l.db.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return err
	}
	_, err = l.db.Write.ExecContext(ctx, "INSERT INTO leases (name, token, holder, beat, claims, info) VALUES (?, 0, '', 0, 0, '{}') ON CONFLICT DO NOTHING", l.cfg.Name)
	if err != nil {
		return fmt.Errorf("make the lease: %w", err)
	}
	return nil
}

// Close ends this process's part. A term must have ended before.
func (l *Lease) Close() error {
	var err error
	if l.file != nil {
		err = l.file.remove()
	}
	return errors.Join(err, l.db.Close())
}

// steady is a clock that nobody sets.
func (l *Lease) steady() time.Duration { return time.Since(l.base) }

// Holder gives who holds the lease now; ok is false when nobody does.
func (l *Lease) Holder(ctx context.Context) (h Holder, ok bool, err error) {
	r, err := l.read(ctx)
	if err != nil {
		return Holder{}, false, err
	}
	return r.info, r.holder != "", nil
}

func (l *Lease) read(ctx context.Context) (row, error) {
	var r row
	var info string
	err := l.db.Read.QueryRowContext(ctx, "SELECT token, holder, beat, info FROM leases WHERE name = ?", l.cfg.Name).Scan(&r.token, &r.holder, &r.beat, &info)
	if err != nil {
		return r, fmt.Errorf("read the lease: %w", err)
	}
	if err := json.Unmarshal([]byte(info), &r.info); err != nil {
		return r, fmt.Errorf("read the lease: %w", err)
	}
	r.info.ID, r.info.Token = r.holder, r.token
	return r, nil
}

// TryAcquire takes the lease if nobody holds it or the holder's process has ended; else the term is nil.
func (l *Lease) TryAcquire(ctx context.Context) (*Term, error) {
	r, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	if r.holder != "" && l.alive(r) {
		return nil, nil
	}
	return l.take(ctx, r)
}

// Seize takes the lease whoever holds it: an owner that still lives can write nothing once it returns.
func (l *Lease) Seize(ctx context.Context) (*Term, error) {
	for {
		r, err := l.read(ctx)
		if err != nil {
			return nil, err
		}
		t, err := l.take(ctx, r)
		if t != nil {
			return l.alone(ctx, t, r)
		}
		if err != nil && !l.db.Dialect.IsBusy(err) {
			return nil, err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return nil, err
		}
	}
}

// alone waits until the owner before has ended or trusts itself no more. The token fences the journal at once, but what
// is written outside of it, such as files, goes by the time since the owner's latest renewal.
func (l *Lease) alone(ctx context.Context, t *Term, before row) (*Term, error) {
	for began := l.steady(); before.holder != "" && l.alive(before) && l.steady()-began < trusted; {
		if err := pause(ctx, pollEvery); err != nil {
			return nil, errors.Join(err, t.Release(context.WithoutCancel(ctx)))
		}
	}
	return t, nil
}

// alive says whether the holder's process may be alive.
func (l *Lease) alive(r row) bool {
	if r.holder == l.file.id {
		return false // this very process, in an earlier term
	}
	return lives(filepath.Join(l.cfg.Dir, r.holder+lifeSuffix))
}

// take makes this process the owner, unless the lease is not as it was read.
func (l *Lease) take(ctx context.Context, r row) (*Term, error) {
	began := l.steady()
	me := self()
	me.Address, me.Since = l.cfg.Address(), time.Now().UTC().Truncate(time.Second)
	info, err := json.Marshal(me)
	if err != nil {
		return nil, err
	}
	result, err := l.db.Write.ExecContext(ctx, "UPDATE leases SET token = token + 1, beat = beat + 1, holder = ?, info = ? WHERE name = ? AND token = ? AND beat = ? AND holder = ?",
		l.file.id, info, l.cfg.Name, r.token, r.beat, r.holder)
	if err != nil {
		return nil, fmt.Errorf("take the lease: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return nil, err
	}
	removeDead(l.cfg.Dir)
	return l.begin(r.token+1, began), nil //nolint:contextcheck // a term outlives the wish for it
}

func lost() error {
	return errs.New(http.StatusServiceUnavailable, CodeLost, "Another process has taken over this store, so this one writes nothing any more.").
		WithHint("Ask that one; this one stands by.")
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// self describes this process.
func self() Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return Holder{PID: os.Getpid(), Host: host, Space: space(), Began: began(os.Getpid())}
}

// Disown makes the leases in a database that comes out of a backup nobody's, whoever held them when it was made.
func Disown(ctx context.Context, d *db.DB, at time.Time) error {
	schema, err := Schema()
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return err
	}
	info, err := json.Marshal(Holder{Restored: &at})
	if err != nil {
		return err
	}
	if _, err := d.Write.ExecContext(ctx, "UPDATE leases SET holder = '', beat = beat + 1, info = ?", info); err != nil {
		return fmt.Errorf("give up the leases of a backup: %w", err)
	}
	return nil
}

// Carry makes the lease in another database say what the term's own does, for one that is about to take its place.
func (l *Lease) Carry(ctx context.Context, to *db.DB, t *Term) error {
	r, err := l.read(ctx)
	if err != nil {
		return err
	}
	if r.token != t.token {
		return lost()
	}
	schema, err := Schema()
	if err != nil {
		return err
	}
	if err := to.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return err
	}
	info, err := json.Marshal(r.info)
	if err != nil {
		return err
	}
	// The beat goes far ahead, so that nobody who stands by takes an earlier beat for a later one.
	const ahead = 1 << 20
	_, err = to.Write.ExecContext(ctx, `INSERT INTO leases (name, token, holder, beat, claims, info) VALUES (?, ?, ?, ?, 0, ?)
		ON CONFLICT (name) DO UPDATE SET token = excluded.token, holder = excluded.holder, beat = excluded.beat, info = excluded.info`,
		l.cfg.Name, r.token, r.holder, r.beat+ahead, info)
	if err != nil {
		return fmt.Errorf("carry the lease over: %w", err)
	}
	return nil
}
