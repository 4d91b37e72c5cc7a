// Package nats connects to NATS: subjects that a stream of JetStream keeps and, where that is wanted, those that nobody
// keeps.
package nats

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Config is how a NATS server is reached.
type Config struct {
	Host        string      `json:"host" title:"Host" zh:"主机" required:"true" example:"nats.example.org" doc:"Name or address of the server" doc_zh:"服务器的名称或地址"`
	Port        int         `json:"port" title:"Port" zh:"端口" default:"4222" minimum:"1" maximum:"65535"`
	User        string      `json:"user,omitempty" title:"User" zh:"用户" example:"dataflow" doc:"Left empty, the password is a token" doc_zh:"留空时，密码作为令牌使用"`
	Password    secret.Text `json:"password,omitempty" title:"Password or token" zh:"密码或令牌" widget:"sealed"`
	Credentials secret.Text `json:"credentials,omitempty" title:"Credentials" zh:"凭证" widget:"sealed" doc:"Content of a .creds file, in place of user and password" doc_zh:".creds 文件的内容，代替用户和密码"`
	Core        bool        `json:"core,omitempty" title:"Also subjects that nobody keeps" zh:"允许无流的主题" more:"true" doc:"Messages of subjects without a stream reach only who listens at that moment, and may be lost" doc_zh:"没有流保存的主题，其消息只到达当时的监听者，可能丢失"`
	connector.TLS
	connector.Reach
}

// Type is the type nats.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "nats", Icon: "broadcast", Offers: []connector.Offer{connector.OffersMessages},
		Title:   connector.Text{EN: "NATS", ZH: "NATS"},
		Summary: connector.Text{EN: "Streams of NATS JetStream, and subjects that nobody keeps.", ZH: "NATS JetStream 的流，以及不保存消息的主题。"},
	},
		func(c Config) string { return connector.Address(c.User, c.Host, c.Port) },
		open)
}

type conn struct {
	cfg Config
	nc  *nats.Conn
	js  jetstream.JetStream
	// refused has what the server says that the user may not do: the question itself is then simply not answered.
	refused chan error
}

// unconfirmed bounds what is on its way to the server.
const unconfirmed = 512

// answered is how long the server may take to say that it has a message safe.
const answered = 30 * time.Second

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	out := &conn{cfg: c, refused: make(chan error, 1)}
	dialer := &dialer{ctx: ctx, egress: world.Egress}
	options := nats.Options{
		Url: "nats://" + net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), Name: "dataflow", User: c.User, Password: c.Password.Reveal(),
		Timeout: c.ConnectTime(), CustomDialer: dialer, SkipHostLookup: true, // the dialer looks names up, and checks
		AllowReconnect: false, MaxReconnect: 0, NoEcho: false, IgnoreDiscoveredServers: true,
		SubChanLen: nats.DefaultMaxChanLen, PingInterval: nats.DefaultPingInterval, MaxPingsOut: nats.DefaultMaxPingOut, DrainTimeout: time.Second,
		AsyncErrorCB: func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				select {
				case out.refused <- err:
				default: // the first one says enough
				}
			}
		},
	}
	if c.User == "" {
		options.Token, options.Password = c.Password.Reveal(), ""
	}
	if c.Credentials != "" {
		if !strings.Contains(c.Credentials.Reveal(), "-----BEGIN NATS USER JWT-----") {
			return nil, badCredentials()
		}
		if err := nats.UserCredentialBytes([]byte(c.Credentials.Reveal()))(&options); err != nil {
			return nil, badCredentials().Wrap(err)
		}
	}
	security, err := c.Client(c.Host)
	if err != nil {
		return nil, err
	}
	options.TLSConfig, options.Secure = security, security != nil
	defer context.AfterFunc(ctx, dialer.cut)()
	nc, err := options.Connect()
	dialer.done()
	if err != nil {
		return nil, connectFailed(ctx, dialer.failed(err), c)
	}
	out.nc = nc
	if out.js, err = jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(unconfirmed), jetstream.WithPublishAsyncTimeout(answered)); err != nil {
		nc.Close()
		return nil, fmt.Errorf("prepare JetStream: %w", err)
	}
	return out, nil
}

// Close implements io.Closer.
func (c *conn) Close() error {
	c.nc.Close()
	return nil
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	version := "NATS " + c.nc.ConnectedServerVersion()
	_, err := c.js.AccountInfo(ctx)
	switch {
	case err == nil:
		return version + ", JetStream", nil
	case noStreams(err) && c.cfg.Core:
		return version, nil
	case noStreams(err):
		return "", connector.Upstream(connector.CodeUnfit, "%s has no JetStream for this user, so it keeps no messages.", c.cfg.Host).
			WithHint("Turn JetStream on at the server, or set: Also subjects that nobody keeps.").Wrap(err)
	}
	return "", c.failed(ctx, err)
}

// dialer connects to addresses that may be reached, and remembers why that failed: the client says only that it did.
type dialer struct {
	ctx    context.Context //nolint:containedctx // the client's dialers have none
	egress egress.Config
	conn   atomic.Pointer[net.Conn]
	ended  atomic.Bool
	err    error
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	n, err := egress.Dialer(d.egress).DialContext(d.ctx, network, address)
	if err != nil {
		d.err = err
		return nil, err
	}
	d.conn.Store(&n)
	return n, nil
}

// cut ends connecting at once.
func (d *dialer) cut() {
	if n := d.conn.Load(); n != nil && !d.ended.Load() {
		_ = (*n).Close() // whoever waits for it is told
	}
}

func (d *dialer) done() { d.ended.Store(true) }

func (d *dialer) failed(err error) error {
	if d.err != nil {
		return d.err
	}
	return err
}
