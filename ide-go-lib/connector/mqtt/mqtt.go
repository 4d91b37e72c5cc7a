// Package mqtt connects to brokers that speak MQTT 5, with messages of quality of service 1: each arrives at least once.
package mqtt

import (
	"context"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/oklog/ulid/v2"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/secret"
)

// Config is how a broker is reached.
type Config struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true" example:"mqtt.example.org" doc:"Name or address of the broker" doc_zh:"代理服务器的名称或地址"`
	Port     int         `json:"port" title:"Port" zh:"端口" default:"8883" minimum:"1" maximum:"65535" doc:"Mostly 8883 with TLS, and 1883 without" doc_zh:"使用 TLS 时通常为 8883，否则为 1883"`
	User     string      `json:"user,omitempty" title:"User" zh:"用户" example:"dataflow"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	Client   string      `json:"client,omitempty" title:"Client" zh:"客户端标识" more:"true" example:"dataflow" maxLength:"40" doc:"What its identifiers begin with, for brokers that let in known clients only; left empty, dataflow" doc_zh:"客户端标识的前缀，用于只允许已知客户端的代理；留空为 dataflow"`
	connector.TLS
	connector.Reach
}

// Type is the type mqtt.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "mqtt", Icon: "antenna", Offers: []connector.Offer{connector.OffersMessages},
		Title:   connector.Text{EN: "MQTT", ZH: "MQTT"},
		Summary: connector.Text{EN: "Topics of a broker that speaks MQTT 5.", ZH: "支持 MQTT 5 的代理服务器的主题。"},
	},
		func(c Config) string { return connector.Address(c.User, c.Host, c.Port) },
		open)
}

// conn publishes; each subscription has a session of its own.
type conn struct {
	cfg   Config
	world connector.World
	s     *session
}

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	if c.Client == "" {
		c.Client = "dataflow"
	}
	out := &conn{cfg: c, world: world}
	var err error
	out.s, err = out.session(ctx, c.Client+"-"+ulid.Make().String(), 0)
	return out, err
}

// session connects under an identifier. With a lifetime the broker keeps it, and what comes for it, for as long.
func (c *conn) session(ctx context.Context, id string, lifetime time.Duration) (*session, error) {
	limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
	defer stop()
	n, err := c.world.Dial(limited, c.cfg.Host, c.cfg.Port, c.cfg.TLS)
	if err != nil {
		if ended := connector.Ended(ctx); ended != nil {
			return nil, ended
		}
		return nil, err
	}
	hello := &packets.Connect{
		ProtocolName: "MQTT", ProtocolVersion: 5, ClientID: id, CleanStart: lifetime == 0, KeepAlive: uint16(alive / time.Second),
		Properties: &packets.Properties{MaximumPacketSize: ptr(uint32(largest)), ReceiveMaximum: ptr(uint16(ahead))},
	}
	if lifetime > 0 {
		hello.Properties.SessionExpiryInterval = ptr(uint32(lifetime / time.Second)) //nolint:gosec // days
	}
	if c.cfg.User != "" {
		hello.Username, hello.UsernameFlag = c.cfg.User, true
	}
	if c.cfg.Password != "" {
		hello.Password, hello.PasswordFlag = []byte(c.cfg.Password.Reveal()), true
	}
	s, err := begin(limited, n, hello, c.cfg)
	if err != nil {
		_ = n.Close() // nothing was said on it
		return nil, c.cfg.connectFailed(ctx, err)
	}
	return s, nil
}

func ptr[T any](v T) *T { return &v }

// Close implements io.Closer.
func (c *conn) Close() error { return c.s.close() }

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	// Brokers say who they are, if at all, in a topic that is retained.
	const version = "$SYS/broker/version"
	got, err := c.retained(ctx, version, 1)
	if err != nil && connector.Ended(ctx) != nil {
		return "", err
	}
	if err == nil && len(got) == 1 {
		return "MQTT 5, " + string(got[0].Body), nil
	}
	return "MQTT 5", nil
}
