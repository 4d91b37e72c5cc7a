package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

func openSQLite(ctx context.Context, cfg Config) (*DB, error) {
	if err := prepareFile(cfg.Path); err != nil {
		return nil, fmt.Errorf("database file %s: %w", cfg.Path, err)
	}
	// The writer comes first: it makes the file a WAL database, which a reader cannot do.
	write, err := openPool(ctx, cfg.Path, 1, "_txlock=immediate", "_journal_mode=WAL", "_synchronous=FULL", "_pragma=journal_size_limit(67108864)")
	if err != nil {
		return nil, fmt.Errorf("open database %s for writing: %w", cfg.Path, err)
	}
	read, err := openPool(ctx, cfg.Path, cfg.Readers, "_query_only=1")
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("open database %s for reading: %w", cfg.Path, err)
	}
	return &DB{Write: write, Read: read, Dialect: SQLite{}}, nil
}

// prepareFile makes the file readable by its owner only; SQLite gives its -wal and -shm files the same mode.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return f.Close()
}

func openPool(ctx context.Context, path string, size int, options ...string) (*sql.DB, error) {
	options = append(options, "_busy_timeout=10000", "_foreign_keys=1", "_dqs=0", "_defensive=1", "_error_rc=1")
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: strings.Join(options, "&")}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
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

func scheme(dsn string) string {
	if s, _, ok := strings.Cut(dsn, "://"); ok {
		return s + "://…"
	}
	return "the given address"
}
