// Package mongodb connects to MongoDB and what speaks its protocol.
package mongodb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Config is how a MongoDB server is reached.
type Config struct {
	Host       string      `json:"host" title:"Host" zh:"主机" required:"true" example:"db.example.org" doc:"Name or address of the server; with Servers by DNS, the name behind mongodb+srv://" doc_zh:"服务器的名称或地址；启用“通过 DNS 查找服务器”时，为 mongodb+srv:// 之后的名称"`
	Port       int         `json:"port" title:"Port" zh:"端口" default:"27017" minimum:"1" maximum:"65535"`
	SRV        bool        `json:"srv,omitempty" title:"Servers by DNS" zh:"通过 DNS 查找服务器" more:"true" doc:"The servers are those that DNS lists for the host, as mongodb+srv:// says, such as for Atlas; the port is then theirs" doc_zh:"服务器由 DNS 为该主机列出，即 mongodb+srv://，例如 Atlas；端口也由其给出"`
	ReplicaSet string      `json:"replica_set,omitempty" title:"Replica set" zh:"副本集" more:"true" doc:"Its name: then its primary is looked for. Left empty, the host alone is spoken to" doc_zh:"副本集名称：连接时会查找主节点；留空则只连接该主机"`
	Database   string      `json:"database" title:"Database" zh:"数据库" required:"true" example:"shop"`
	User       string      `json:"user,omitempty" title:"User" zh:"用户" example:"dataflow" doc:"Left empty, nobody logs in" doc_zh:"留空则不登录"`
	Password   secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	AuthSource string      `json:"auth_source" title:"User's database" zh:"用户所在数据库" more:"true" default:"admin" doc:"In which the user was made" doc_zh:"创建该用户的数据库"`
	connector.TLS
	connector.Common
}

// Type is the type mongodb.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "mongodb", Icon: "brand-mongodb", Offers: []connector.Offer{connector.OffersDocuments},
		Title:   connector.Text{EN: "MongoDB", ZH: "MongoDB"},
		Summary: connector.Text{EN: "A MongoDB database, or one that speaks its protocol.", ZH: "MongoDB 数据库，或兼容其协议的数据库。"},
	},
		func(c Config) string {
			who := ""
			if c.User != "" {
				who = c.User + "@"
			}
			return who + c.address() + "/" + c.Database
		},
		open)
}

func (c Config) address() string {
	if c.SRV {
		return c.Host
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}

// leaveWait is how long taking leave of the server, or taking back what was written, may take when ctx has ended.
const leaveWait = 5 * time.Second

type conn struct {
	cfg    Config
	world  connector.World
	client *mongo.Client
	trips  *trips
	remove []func() // of what was kept on disk
}

// open connects and logs in. Nothing of the surroundings is taken.
func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	if _, err := c.Client(c.Host); err != nil {
		return nil, err
	}
	limited, stop := context.WithTimeout(ctx, c.ConnectTime())
	defer stop()
	limited, giveUp := context.WithCancelCause(limited)
	defer giveUp(nil)
	t := &trips{cfg: c, dial: egress.Dialer(world.Egress), direct: c.ReplicaSet == "" && !c.SRV, giveUp: giveUp}
	defer t.arrived()
	client, err := mongo.Connect(t.options())
	if err != nil {
		return nil, connectFailed(ctx, err, t)
	}
	out := &conn{cfg: c, world: world, client: client, trips: t}
	if err := client.Database(c.Database).RunCommand(limited, bson.D{{Key: "ping", Value: 1}}).Err(); err != nil {
		_ = out.Close() //nolint:contextcheck // it takes leave of the server although ctx may have ended
		return nil, connectFailed(ctx, err, t)
	}
	return out, nil
}

// trips are the ways to servers: through the policy of addresses, and with TLS of our own, so that what goes wrong on the
// way is known as it was. The driver would only say that it found no server in time.
type trips struct {
	cfg    Config
	dial   *net.Dialer
	direct bool // there is one server; when it cannot be reached, nobody can
	giveUp context.CancelCauseFunc
	mu     sync.Mutex
	wrong  error
	there  bool
}

func (t *trips) options() *options.ClientOptions {
	c := t.cfg
	o := options.Client()
	if c.SRV {
		o.ApplyURI("mongodb+srv://" + url.PathEscape(c.Host) + "/")
	} else {
		o.SetHosts([]string{c.address()}).SetDirect(t.direct)
	}
	if c.ReplicaSet != "" {
		o.SetReplicaSet(c.ReplicaSet)
	}
	if c.User != "" {
		o.SetAuth(options.Credential{Username: c.User, Password: c.Password.Reveal(), PasswordSet: true, AuthSource: c.AuthSource})
	}
	o.TLSConfig = nil // the dialer does it
	const pool = 2    // one for the work and one to end it
	return o.SetAppName("dataflow").SetDialer(t).SetMaxPoolSize(pool).SetConnectTimeout(c.ConnectTime()).
		SetServerSelectionTimeout(c.ConnectTime()).SetRetryWrites(false).
		SetServerMonitor(&event.ServerMonitor{ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) { t.failed(e.Failure) }})
}

// DialContext implements the driver's dialer.
func (t *trips) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	security, err := t.cfg.Client(host)
	if err != nil {
		return nil, err
	}
	plain, err := t.dial.DialContext(ctx, network, address)
	if err != nil {
		t.failed(err)
		return nil, err
	}
	if security == nil {
		return plain, nil
	}
	secure := tls.Client(plain, security)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) { // a server without TLS hangs up
			err = connector.TLSMissing(host, err)
		}
		t.failed(err)
		return nil, err
	}
	return secure, nil
}

// failed notes why a server was not reached.
func (t *trips) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.there || t.wrong != nil && t.direct {
		return
	}
	t.wrong = err
	if t.direct {
		t.giveUp(err)
	}
}

func (t *trips) arrived() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.there = true
}

func (t *trips) reason() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrong
}

// Close implements io.Closer.
func (c *conn) Close() error {
	for _, remove := range c.remove {
		remove()
	}
	c.remove = nil
	ctx, stop := context.WithTimeout(context.Background(), leaveWait)
	defer stop()
	return c.client.Disconnect(ctx)
}

// Collections implements connector.Collections.
func (c *conn) Collections() {}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	var info struct {
		Version  string `bson:"version"`
		Ferret   string `bson:"ferretdbVersion"`
		FerretV2 bson.M `bson:"ferretdb"`
	}
	if err := c.client.Database(c.cfg.Database).RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return "", failed(ctx, err, c.cfg)
	}
	names, err := c.collections(ctx, c.cfg.Database) // whoever may not look has no use of it
	if err != nil {
		return "", err
	}
	version := "MongoDB " + info.Version
	if info.Ferret != "" || info.FerretV2 != nil {
		version = "FerretDB, which speaks as " + version
	}
	if len(names) == 0 {
		return version + fmt.Sprintf("; the database %q has no collections yet", c.cfg.Database), nil
	}
	return version, nil
}

// limited gives a context that ends when the query has taken its time.
func (c *conn) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.cfg.QuerySeconds == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Duration(c.cfg.QuerySeconds)*time.Second)
}

func (c *conn) database(at connector.Path) *mongo.Database {
	if at.Schema != "" {
		return c.client.Database(at.Schema)
	}
	return c.client.Database(c.cfg.Database)
}
