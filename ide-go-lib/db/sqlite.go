package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"dataflow/ide-go-lib/sqlitemem"
)

func openSQLite(ctx context.Context, cfg Config) (*DB, error) {
	sqlitemem.Bound() // for the databases of others, which is possible only before the first one
	fresh, err := prepareFile(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("database file %s: %w", cfg.Path, err)
	}
	options := []string{"_txlock=immediate", "_journal_mode=WAL", "_pragma=journal_size_limit(67108864)"}
	if cfg.Passing {
		options = append(options, "_pragma=synchronous(OFF)") // a pragma comes before the file is made a WAL database
	} else {
		options = append(options, "_synchronous=FULL")
	}
	if fresh && !cfg.Passing {
		// So that space can be given back to the disk a little at a time. It is part of the file and only set when that is
		// made, for setting it writes.
		options = append(options, "_auto_vacuum=INCREMENTAL")
	}
	// The writer comes first: it makes the file a WAL database, which a reader cannot do.
	write, err := openPool(ctx, cfg, 1, options...)
	if err != nil {
		return nil, fmt.Errorf("open database %s for writing: %w", cfg.Path, err)
	}
	guard := cfg.Guard
	cfg.Guard = nil // readers commit nothing
	read, err := openPool(ctx, cfg, cfg.Readers, "_query_only=1")
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("open database %s for reading: %w", cfg.Path, err)
	}
	return &DB{Write: write, Read: read, Dialect: SQLite{}, guard: guard}, nil
}

// prepareFile makes the file readable by its owner only; SQLite gives its -wal and -shm files the same mode. fresh says that
// nothing is in it yet.
func prepareFile(path string) (fresh bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err != nil {
		return false, errors.Join(err, f.Close())
	}
	return info.Size() == 0, f.Close()
}

func openPool(ctx context.Context, cfg Config, size int, options ...string) (*sql.DB, error) {
	options = append(options, fmt.Sprintf("_busy_timeout=%d", cfg.Busy.Milliseconds()), "_foreign_keys=1", "_dqs=0", "_defensive=1", "_error_rc=1")
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(cfg.Path)}).EscapedPath(), RawQuery: strings.Join(options, "&")}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	if cfg.Guard != nil {
		connector = guarded{connector, cfg.Guard}
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return pool, nil
}

// guarded gives connections that ask the guard before each commit.
type guarded struct {
	driver.Connector
	guard func() error
}

func (g guarded) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := g.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	hooked, ok := conn.(interface{ RegisterCommitHook(sqlite.CommitHookFn) })
	if !ok {
		return nil, errors.Join(errors.New("this driver of SQLite has no hook for commits"), conn.Close())
	}
	hooked.RegisterCommitHook(func() int32 {
		if g.guard() != nil {
			return 1
		}
		return 0
	})
	return conn, nil
}

func scheme(dsn string) string {
	if s, _, ok := strings.Cut(dsn, "://"); ok {
		return s + "://…"
	}
	return "the given address"
}
