// Package postgres connects to PostgreSQL and what speaks its protocol. Rows travel by COPY in both directions.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Config is how a PostgreSQL server is reached.
type Config struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true" example:"db.example.org" doc:"Name or address of the server" doc_zh:"服务器的名称或地址"`
	Port     int         `json:"port" title:"Port" zh:"端口" default:"5432" minimum:"1" maximum:"65535"`
	Database string      `json:"database" title:"Database" zh:"数据库" required:"true" example:"shop"`
	User     string      `json:"user" title:"User" zh:"用户" required:"true" example:"dataflow"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	connector.TLS
	connector.Common
}

// Type is the type postgres.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "postgres", Icon: "brand-postgresql", Offers: []connector.Offer{connector.OffersSQL},
		Title:   connector.Text{EN: "PostgreSQL", ZH: "PostgreSQL"},
		Summary: connector.Text{EN: "A PostgreSQL database, or one that speaks its protocol.", ZH: "PostgreSQL 数据库，或兼容其协议的数据库。"},
	},
		func(c Config) string { return connector.Address(c.User, c.Host, c.Port) + "/" + c.Database },
		open)
}

// cancelWait is how long a canceled query may take to end before the connection is cut.
const cancelWait = 2 * time.Second

type conn struct {
	cfg Config
	pg  *pgx.Conn
	// foreign says that the server only speaks PostgreSQL's protocol, and does not tell when a table was emptied.
	foreign bool
	found   string // the schema of the table that is read
}

// open connects. Nothing of the surroundings is taken: no PGHOST, no ~/.pgpass, no certificates of the user's own.
func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	// What is given here is only to keep ParseConfig from looking around; the rest is set below.
	cfg, err := pgx.ParseConfig("host=localhost port=5432 user=x password=x dbname=x sslmode=disable passfile=/dev/null servicefile=/dev/null")
	if err != nil {
		return nil, fmt.Errorf("configure PostgreSQL: %w", err)
	}
	security, err := c.Client(c.Host)
	if err != nil {
		return nil, err
	}
	cfg.Host, cfg.Port, cfg.Database, cfg.User, cfg.Password = c.Host, uint16(c.Port), c.Database, c.User, c.Password.Reveal() //nolint:gosec // the schema bounds the port
	cfg.TLSConfig, cfg.Fallbacks = security, nil
	cfg.RuntimeParams = map[string]string{"application_name": "dataflow", "client_encoding": "UTF8"}
	cfg.ConnectTimeout = 0 // the context below says it
	cfg.DialFunc = egress.Dialer(world.Egress).DialContext
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // the dialer looks names up, and checks
	cfg.OnNotice, cfg.OnNotification, cfg.ValidateConnect, cfg.AfterConnect = nil, nil, nil, nil
	cfg.KerberosSrvName, cfg.KerberosSpn = "", ""
	cfg.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pg, DeadlineDelay: cancelWait}
	}
	limited, stop := context.WithTimeout(ctx, c.ConnectTime())
	defer stop()
	pg, err := pgx.ConnectConfig(limited, cfg)
	if err != nil {
		return nil, connectFailed(ctx, err, c)
	}
	out := &conn{cfg: c, pg: pg}
	if _, err := pg.Exec(limited, fmt.Sprintf(`SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
		SET extra_float_digits = 1; SET standard_conforming_strings = on; SET statement_timeout = %d`, c.QuerySeconds*1000)); err != nil {
		_ = out.Close() //nolint:contextcheck // it takes leave of the server although ctx may have ended
		return nil, connectFailed(ctx, err, c)
	}
	return out, nil
}

func connectFailed(ctx context.Context, err error, c Config) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var server *pgconn.PgError
	switch {
	case errors.As(err, &server):
		return failed(ctx, err, c)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return connector.TLSMissing(c.Host, err)
	}
	if e := connector.Unreachable(err, c.Host, c.Port); e != nil {
		return e
	}
	var alert tls.AlertError
	if errors.As(err, &alert) {
		return connector.Upstream(connector.CodeTLS, "%s ended the TLS handshake: %v.", c.Host, alert).Wrap(err)
	}
	return connector.NotSpoken("PostgreSQL", c.Host, c.Port, err)
}

// Close implements io.Closer.
func (c *conn) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), cancelWait)
	defer stop()
	return c.pg.Close(ctx)
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	var version string
	if err := c.pg.QueryRow(ctx, "SELECT split_part(version(), ' on ', 1)").Scan(&version); err != nil {
		return "", failed(ctx, err, c.cfg)
	}
	return version, nil
}

// in runs f in a transaction: committed when f gives nil.
func (c *conn) in(ctx context.Context, options pgx.TxOptions, f func(tx pgx.Tx) error) error {
	tx, err := c.pg.BeginTx(ctx, options)
	if err != nil {
		return failed(ctx, err, c.cfg)
	}
	defer func() {
		// A context that has ended must not keep the server from taking it back.
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
		defer stop()
		_ = tx.Rollback(last) // after a commit this does nothing
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return failed(ctx, err, c.cfg)
	}
	return nil
}

// quote makes an identifier of a name.
func quote(parts ...string) string {
	if len(parts) > 1 && parts[0] == "" {
		parts = parts[1:]
	}
	return pgx.Identifier(parts).Sanitize()
}

func columnList(names []string) string { return relation.List(names, quote) }
