// Package sqlite connects to database files of SQLite among a tenant's files.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/sqlitemem"
)

// Config names a file.
type Config struct {
	Path string `json:"path" title:"File" zh:"文件" required:"true" widget:"file" example:"data/shop.db" doc:"Name in the files folder; the file must be there" doc_zh:"文件夹中的文件名；文件必须已存在"`
}

// Limit implements connector.Limited.
func (Config) Limit() int { return 4 }

// Type is the type sqlite.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "sqlite", Icon: "database", Offers: []connector.Offer{connector.OffersSQL},
		Title:   connector.Text{EN: "SQLite", ZH: "SQLite"},
		Summary: connector.Text{EN: "A database file of SQLite in the files folder.", ZH: "文件夹中的 SQLite 数据库文件。"},
	},
		func(c Config) string { return c.Path },
		open)
}

const busyMilliseconds = 10_000

// largest is the size in bytes of the largest value: SQLite works within this process, and by itself makes values of 1 GB out of a
// few words.
const largest = 64 << 20

type conn struct {
	cfg Config
	db  *sql.DB
	c   *sql.Conn
}

// open opens the file, and nothing else: no other database can be attached, so that SQL reaches no other tenant's file.
func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	path, err := world.Files.Local(ctx, world.Tenant, c.Path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: url.Values{
		"mode": {"rw"}, "_txlock": {"immediate"},
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMilliseconds), "foreign_keys(on)", "legacy_alter_table(on)", "trusted_schema(off)"},
	}.Encode()}
	sqlitemem.Bound() // where somebody has opened a database by other means before, there is no bound
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	out := &conn{cfg: c, db: db}
	if out.c, err = db.Conn(ctx); err == nil {
		_, attached := driver.Limit(out.c, lib.SQLITE_LIMIT_ATTACHED, 0)
		_, long := driver.Limit(out.c, lib.SQLITE_LIMIT_LENGTH, largest)
		err = errors.Join(attached, long)
	}
	if err != nil {
		_ = out.Close()
		return nil, failed(ctx, err, c)
	}
	return out, nil
}

// Close implements io.Closer.
func (c *conn) Close() error {
	if c.c != nil {
		if err := c.c.Close(); err != nil {
			_ = c.db.Close()
			return err
		}
	}
	return c.db.Close()
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	var version string
	var tables int
	if err := c.c.QueryRowContext(ctx, "SELECT sqlite_version(), (SELECT count(*) FROM sqlite_master)").Scan(&version, &tables); err != nil {
		return "", failed(ctx, err, c.cfg)
	}
	return "SQLite " + version, nil
}
