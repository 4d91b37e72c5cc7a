// Package redis connects to Redis 6.2 and newer, and what speaks its protocol, such as Valkey: streams and channels are
// topics, keys are rows.
package redis

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/secret"
)

// Config is how a Redis server is reached.
type Config struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true" example:"redis.example.org" doc:"Name or address of the server" doc_zh:"服务器的名称或地址"`
	Port     int         `json:"port" title:"Port" zh:"端口" default:"6379" minimum:"1" maximum:"65535"`
	User     string      `json:"user,omitempty" title:"User" zh:"用户" example:"dataflow" doc:"Left empty, the server's default user" doc_zh:"留空则使用服务器的默认用户"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	Database int         `json:"database" title:"Database" zh:"数据库编号" default:"0" minimum:"0" maximum:"65535" doc:"Its number" doc_zh:"数据库的编号"`
	connector.TLS
	connector.Reach
}

// Type is the type redis.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "redis", Icon: "bolt", Offers: []connector.Offer{connector.OffersKeys, connector.OffersMessages},
		Title:   connector.Text{EN: "Redis", ZH: "Redis"},
		Summary: connector.Text{EN: "Keys, streams and channels of a Redis server, or one that speaks its protocol, such as Valkey.", ZH: "Redis 服务器（或兼容其协议的服务器，例如 Valkey）的键、流和频道。"},
	},
		func(c Config) string {
			return connector.Address(c.User, c.Host, c.Port) + "/" + strconv.Itoa(c.Database)
		},
		open)
}

type conn struct {
	cfg    Config
	client *redis.Client

	mu   sync.Mutex
	nets map[net.Conn]struct{} // cut when a call ends before the server has answered
}

// patience is how long a call may stay with the server when its context has ended.
const patience = 700 * time.Millisecond

// quiet keeps the client from writing to standard error: what it has to say is in the errors, too.
var quiet = sync.OnceFunc(logging.Disable)

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	quiet()
	limited, stop := context.WithTimeout(ctx, c.ConnectTime())
	defer stop()
	// The first connection is made here, where its errors are seen as they are.
	dialed, err := world.Dial(limited, c.Host, c.Port, c.TLS)
	if err != nil {
		return nil, connectFailed(ctx, err, c)
	}
	var first atomic.Pointer[net.Conn]
	first.Store(&dialed)
	out := &conn{cfg: c, nets: map[net.Conn]struct{}{}}
	out.client = redis.NewClient(&redis.Options{
		Addr: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), Username: c.User, Password: c.Password.Reveal(), DB: c.Database,
		Protocol: 2, DisableIdentity: true, ClientName: "dataflow", ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               -1, // what was written once must not be written twice
		DialerRetries:            1, DialTimeout: c.ConnectTime(), ReadTimeout: -1, WriteTimeout: -1,
		PoolSize: 1, MaxIdleConns: 1, ConnMaxIdleTime: -1,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if n := first.Swap(nil); n != nil {
				return out.keep(*n), nil
			}
			n, err := world.Dial(ctx, c.Host, c.Port, c.TLS)
			if err != nil {
				return nil, err
			}
			return out.keep(n), nil
		},
	})
	if err := out.client.Ping(limited).Err(); err != nil {
		_ = out.client.Close() // nothing was done with it
		return nil, connectFailed(ctx, err, c)
	}
	return out, nil
}

// kept is a connection that is known until it is closed.
type kept struct {
	net.Conn
	by *conn
}

func (c *conn) keep(n net.Conn) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nets[n] = struct{}{}
	return &kept{n, c}
}

// Close implements io.Closer.
func (k *kept) Close() error {
	k.by.mu.Lock()
	delete(k.by.nets, k.Conn)
	k.by.mu.Unlock()
	return k.Conn.Close()
}

// guard cuts the connections when ctx has ended and the server still has not answered; done ends the watch.
func (c *conn) guard(ctx context.Context) (done func()) {
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case <-over:
		case <-wait.C:
			c.mu.Lock()
			defer c.mu.Unlock()
			for n := range c.nets {
				_ = n.Close() // whoever waits for it is told
			}
		}
	})
	return func() { close(over); stop() }
}

// Close implements io.Closer.
func (c *conn) Close() error { return c.client.Close() }

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	defer c.guard(ctx)()
	info, err := c.client.Info(ctx, "server").Result()
	if err != nil && strings.HasPrefix(err.Error(), "NOPERM") {
		return "Redis", nil // it let us in, and keeps to itself which it is
	}
	if err != nil {
		return "", failed(ctx, err, c.cfg)
	}
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(line, "valkey_version:"); ok {
			return "Valkey " + strings.TrimSpace(version), nil
		}
	}
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(line, "redis_version:"); ok {
			return "Redis " + strings.TrimSpace(version), nil
		}
	}
	return "Redis", nil
}

// absent says that there is simply nothing.
func absent(err error) bool { return errors.Is(err, redis.Nil) }
