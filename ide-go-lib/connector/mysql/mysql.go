// Package mysql connects to MySQL and MariaDB. Rows come as the server sends them, and go in statements of many rows:
// LOAD DATA LOCAL would be faster, but takes wrong values as warnings.
package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Config is how a MySQL or MariaDB server is reached.
type Config struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true" example:"db.example.org" doc:"Name or address of the server" doc_zh:"服务器的名称或地址"`
	Port     int         `json:"port" title:"Port" zh:"端口" default:"3306" minimum:"1" maximum:"65535"`
	Database string      `json:"database" title:"Database" zh:"数据库" required:"true" example:"shop"`
	User     string      `json:"user" title:"User" zh:"用户" required:"true" example:"dataflow"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	connector.TLS
	connector.Common
}

// Type is the type mysql.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "mysql", Icon: "brand-mysql", Offers: []connector.Offer{connector.OffersSQL},
		Title:   connector.Text{EN: "MySQL or MariaDB", ZH: "MySQL 或 MariaDB"},
		Summary: connector.Text{EN: "A database of MySQL or MariaDB.", ZH: "MySQL 或 MariaDB 数据库。"},
	},
		func(c Config) string { return connector.Address(c.User, c.Host, c.Port) + "/" + c.Database },
		open)
}

// killWait is how long the server may take to end what was canceled.
const killWait = 2 * time.Second

// mode makes the server refuse what does not fit, keep a 0 where it gives numbers itself, and " stand for identifiers no more than it
// does by default.
const mode = "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

type conn struct {
	cfg     Config
	db      *sql.DB
	c       *sql.Conn
	id      int64  // of the connection, on the server
	end     func() // of what is read; nil before
	mariadb bool
}

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	security, err := c.Client(c.Host)
	if err != nil {
		return nil, err
	}
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), c.Database
	cfg.User, cfg.Passwd, cfg.TLS = c.User, c.Password.Reveal(), security
	cfg.DialFunc = egress.Dialer(world.Egress).DialContext
	cfg.Timeout = c.ConnectTime()
	cfg.Collation = "utf8mb4_general_ci" // which both know
	cfg.MaxAllowedPacket = 0             // as the server says
	cfg.Logger = &driver.NopLogger{}
	cfg.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": mode}
	made, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("configure MySQL: %w", err)
	}
	out := &conn{cfg: c, db: sql.OpenDB(made)}
	limited, stop := context.WithTimeout(ctx, cfg.Timeout)
	defer stop()
	if err := out.begin(limited); err != nil {
		_ = out.Close()
		return nil, connectFailed(ctx, err, c)
	}
	return out, nil
}

func (c *conn) begin(ctx context.Context) (err error) {
	if c.c, err = c.db.Conn(ctx); err != nil {
		return err
	}
	var version string
	if err := c.c.QueryRowContext(ctx, "SELECT CONNECTION_ID(), VERSION()").Scan(&c.id, &version); err != nil {
		return err
	}
	c.mariadb = strings.Contains(version, "MariaDB")
	limit := fmt.Sprintf("SET SESSION max_execution_time = %d", c.cfg.QuerySeconds*1000)
	if c.mariadb {
		limit = fmt.Sprintf("SET SESSION max_statement_time = %d", c.cfg.QuerySeconds)
	}
	_, err = c.c.ExecContext(ctx, limit)
	return err
}

func connectFailed(ctx context.Context, err error, c Config) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var server *driver.MySQLError
	switch {
	case errors.As(err, &server):
		return failed(ctx, err, c)
	case errors.Is(err, driver.ErrNoTLS):
		return connector.TLSMissing(c.Host, err)
	}
	if e := connector.Unreachable(err, c.Host, c.Port); e != nil {
		return e
	}
	return connector.NotSpoken("MySQL or MariaDB", c.Host, c.Port, err)
}

// Close implements io.Closer.
func (c *conn) Close() error {
	var first error
	if c.end != nil {
		c.end() // rows that nobody has taken would hold the connection
	}
	if c.c != nil {
		first = c.c.Close()
	}
	if errors.Is(first, sql.ErrConnDone) { // after a cancel it is gone already
		first = nil
	}
	return errors.Join(first, c.db.Close())
}

// watch sees to it that the server ends what runs when ctx does: the driver only hangs up, which the server notices when
// it has something to say. Call what it gives when the work is done.
func (c *conn) watch(ctx context.Context) (done func()) {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		kill, cancel := context.WithTimeout(context.WithoutCancel(ctx), killWait)
		defer cancel()
		_, _ = c.db.ExecContext(kill, "KILL "+strconv.FormatInt(c.id, 10)) // on a connection of its own; an error means that it is gone
	})
	return func() {
		if !stop() {
			<-ended
		}
	}
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	defer c.watch(ctx)()
	var version string
	if err := c.c.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return "", failed(ctx, err, c.cfg)
	}
	if !c.mariadb {
		version = "MySQL " + version
	} else if number, _, cut := strings.Cut(version, "-"); cut {
		version = "MariaDB " + number
	}
	return version, nil
}

// quote makes an identifier of a name.
func quote(parts ...string) string {
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != "" {
			out = append(out, "`"+strings.ReplaceAll(p, "`", "``")+"`")
		}
	}
	return strings.Join(out, ".")
}

func columnList(names []string) string { return relation.List(names, quote) }
