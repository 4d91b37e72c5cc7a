// Package kafka connects to Apache Kafka and what speaks its protocol, such as Redpanda.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
)

// Config is how a cluster is reached.
type Config struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true" example:"kafka.example.org" doc:"Name or address of one of the brokers; it names the others" doc_zh:"其中一个 broker 的名称或地址；其余由它告知"`
	Port     int         `json:"port" title:"Port" zh:"端口" default:"9092" minimum:"1" maximum:"65535"`
	Login    string      `json:"login" title:"Login" zh:"认证方式" enum:"none,plain,scram-sha-256,scram-sha-512" default:"none" doc:"The SASL mechanism of the brokers" doc_zh:"broker 使用的 SASL 机制"`
	User     string      `json:"user,omitempty" title:"User" zh:"用户" example:"dataflow"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	connector.TLS
	connector.Reach
}

// Type is the type kafka.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "kafka", Icon: "brand-apache", Offers: []connector.Offer{connector.OffersMessages},
		Title:   connector.Text{EN: "Kafka", ZH: "Kafka"},
		Summary: connector.Text{EN: "Topics of Apache Kafka, or of what speaks its protocol, such as Redpanda.", ZH: "Apache Kafka（或兼容其协议的系统，例如 Redpanda）的主题。"},
	},
		func(c Config) string { return connector.Address(c.User, c.Host, c.Port) },
		open)
}

type conn struct {
	cfg    Config
	world  connector.World
	client *kgo.Client
	admin  *kadm.Client
	line   line
	// producer sends, in batches of so many bytes; nil before it is needed.
	producer *kgo.Client
	batch    int32
}

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	out := &conn{cfg: c, world: world}
	var err error
	if out.client, err = out.connect(); err != nil {
		return nil, err
	}
	out.admin = kadm.NewClient(out.client)
	limited, stop := context.WithTimeout(ctx, c.ConnectTime())
	defer stop()
	if err := out.client.Ping(limited); err != nil {
		out.client.Close()
		return nil, out.connectFailed(ctx, err)
	}
	return out, nil
}

// connect makes a client, which connects when it has something to ask.
func (c *conn) connect(more ...kgo.Opt) (*kgo.Client, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(net.JoinHostPort(c.cfg.Host, strconv.Itoa(c.cfg.Port))), kgo.ClientID("dataflow"), kgo.Dialer(c.dial),
		kgo.RequestRetries(2), kgo.RetryTimeout(c.cfg.ConnectTime()), kgo.MetadataMinAge(250 * time.Millisecond), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}
	user, password := c.cfg.User, c.cfg.Password.Reveal()
	switch c.cfg.Login {
	case "plain":
		options = append(options, kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism()))
	case "scram-sha-256":
		options = append(options, kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha256Mechanism()))
	case "scram-sha-512":
		options = append(options, kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()))
	}
	client, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("prepare the client of Kafka: %w", err)
	}
	return client, nil
}

// dial connects to a broker, wherever the cluster says that it is.
func (c *conn) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
	defer stop()
	n, err := c.world.Dial(limited, host, port, c.cfg.TLS)
	if host != c.cfg.Host {
		err = named(err, address)
	}
	if ctx.Err() == nil {
		c.line.tell(err)
	}
	return n, err
}

// named says in an error that it is about a broker which the cluster has named.
func named(err error, address string) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Hint = strings.TrimSpace(out.Hint + fmt.Sprintf(" The cluster itself names %s for one of its brokers: look at advertised.listeners there.", address))
	return &out
}

// line remembers since when no broker can be reached: the client itself tries for ever.
type line struct {
	mu    sync.Mutex
	last  error
	since time.Time
}

func (l *line) tell(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.last == nil {
		l.since = time.Now()
	}
	l.last = err
}

// dead gives why nobody was reached for a while; nil is fine.
func (l *line) dead() error {
	const while = 3 * time.Second
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || time.Since(l.since) < while {
		return nil
	}
	return l.last
}

func (l *line) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Close implements io.Closer.
func (c *conn) Close() error {
	c.client.Close()
	if c.producer != nil {
		c.producer.Close()
	}
	return nil
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	versions, err := c.admin.ApiVersions(ctx)
	if err != nil {
		return "", c.failed(ctx, err)
	}
	for _, v := range versions {
		if v.Err == nil {
			return "Kafka " + strings.TrimPrefix(v.VersionGuess(), "v"), nil
		}
		err = v.Err
	}
	if err != nil {
		return "", c.failed(ctx, err)
	}
	return "Kafka", nil
}
