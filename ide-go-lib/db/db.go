// Package db is the one SQL layer: a file of SQLite today, with everything that differs between database systems behind
// Dialect. Statements are written with ? placeholders and pass through Dialect.Rebind where they must run elsewhere.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Config says which database to open. Exactly one of Path and DSN is set.
type Config struct {
	// Path is a file of SQLite, made with its folder when it does not exist.
	Path string
	// DSN names a database server, such as postgres://… or mysql://….
	DSN string
	// Readers limits the connections of the reading pool; 0 is a sensible number.
	Readers int
	// Busy is how long a writer waits for another process that writes; 0 is ten seconds.
	Busy time.Duration
	// Guard is asked in every transaction that writes, when nothing but the commit is left to do and nobody else can
	// write. An error takes the transaction back. It must answer at once and not use the database.
	Guard func() error
	// Passing is for a file that is removed when the process has done its work: it need not outlive a crash, and nothing
	// waits for the disk.
	Passing bool
}

// DB is an open database. Write has one connection whose transactions hold the write lock from their beginning, so that
// they never fail half-way because another one writes; Read is a pool that cannot write and is not held up by writers.
type DB struct {
	Write   *sql.DB
	Read    *sql.DB
	Dialect Dialect

	guard func() error
}

const (
	defaultReaders = 4
	defaultBusy    = 10 * time.Second
)

// Open opens the database and makes sure that it answers.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Readers == 0 {
		cfg.Readers = defaultReaders
	}
	if cfg.Busy == 0 {
		cfg.Busy = defaultBusy
	}
	switch {
	case cfg.Path != "" && cfg.DSN != "":
		return nil, errors.New("give either the path of a database file or the address of a database server, not both")
	case cfg.DSN != "":
		return nil, fmt.Errorf("no driver for the database at %s; this build has SQLite only, give the path of a file", scheme(cfg.DSN))
	case cfg.Path == "":
		return nil, errors.New("no database given: the path of its file is missing")
	}
	return openSQLite(ctx, cfg)
}

// Close closes both pools. Closing twice does nothing.
func (d *DB) Close() error {
	return errors.Join(d.Read.Close(), d.Write.Close())
}

// Check answers whether the database can be read, for the health report.
func (d *DB) Check(ctx context.Context) error {
	var one int
	return d.Read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Tx runs f in a transaction of the writer: committed when f gives nil, otherwise rolled back, also when f panics.
func (d *DB) Tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := d.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return d.Refusal(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// Met gives the error of a statement that was to change something: missing when there was nothing of the kind.
func Met(res sql.Result, missing error) error {
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, missing)
	}
	return nil
}

// Refusal gives the guard's error in place of that of a commit which the guard took back; any other error as it is.
func (d *DB) Refusal(err error) error {
	if d.guard == nil || !d.Dialect.IsGuarded(err) {
		return err
	}
	if why := d.guard(); why != nil {
		return why
	}
	return err
}
