// Package nsq connects to nsqd, and to all that nsqlookupd knows for what is read. It speaks the protocol itself: the
// client library opens connections of its own, past the address policy.
package nsq

import (
	"context"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/secret"
)

// Config is how nsqd is reached.
type Config struct {
	Host       string      `json:"host" title:"Host" zh:"主机" required:"true" example:"nsq.example.org" doc:"Name or address of an nsqd" doc_zh:"nsqd 的名称或地址"`
	Port       int         `json:"port" title:"Port" zh:"端口" default:"4150" minimum:"1" maximum:"65535"`
	HTTPPort   int         `json:"http_port" title:"Port for HTTP" zh:"HTTP 端口" more:"true" default:"4151" minimum:"0" maximum:"65535" doc:"Of nsqd, to look which topics there are; with TLS mostly 4152. 0 does not look" doc_zh:"nsqd 的 HTTP 端口，用于查看主题；使用 TLS 时通常为 4152；0 表示不查看"`
	Secret     secret.Text `json:"secret,omitempty" title:"Secret" zh:"密钥" widget:"sealed" doc:"Of servers that ask for one" doc_zh:"服务器要求认证时填写"`
	LookupHost string      `json:"lookup_host,omitempty" title:"Lookup host" zh:"Lookup 主机" more:"true" example:"lookup.example.org" doc:"Of an nsqlookupd: messages are then taken from every nsqd that it knows. Left empty, from the host above alone" doc_zh:"nsqlookupd 的主机：将从其所知的所有 nsqd 读取消息；留空则只从上面的主机读取"`
	LookupPort int         `json:"lookup_port" title:"Lookup port" zh:"Lookup 端口" more:"true" default:"4161" minimum:"1" maximum:"65535"`
	connector.TLS
	connector.Reach
}

// Type is the type nsq.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "nsq", Icon: "arrows-transfer-down", Offers: []connector.Offer{connector.OffersMessages},
		Title:   connector.Text{EN: "NSQ", ZH: "NSQ"},
		Summary: connector.Text{EN: "Topics and channels of nsqd.", ZH: "nsqd 的主题和通道。"},
	},
		func(c Config) string { return connector.Address("", c.Host, c.Port) },
		open)
}

// conn publishes to one nsqd; each subscription has links of its own.
type conn struct {
	cfg   Config
	world connector.World
	link  *link
}

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	l, err := dial(ctx, world, c, c.Host, c.Port)
	if err != nil {
		return nil, err
	}
	return &conn{c, world, l}, nil
}

// Close implements io.Closer.
func (c *conn) Close() error { return c.link.close() }

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	if c.cfg.LookupHost != "" {
		if _, err := c.producers(ctx, "dataflow"); err != nil {
			return "", err
		}
	}
	return "NSQ " + c.link.about.Version, nil
}
