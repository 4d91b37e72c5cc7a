package nsq

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
)

// place is where an nsqd is.
type place struct {
	host string
	port int
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if c.cfg.HTTPPort == 0 {
		return nil, connector.NotKept("nsqd tells its topics over HTTP only", "Set the port for HTTP in the connection.")
	}
	security, err := c.cfg.Client(c.cfg.Host)
	if err != nil {
		return nil, err
	}
	scheme := "http"
	if security != nil {
		scheme = "https"
	}
	var stats struct {
		Topics []struct {
			Name  string `json:"topic_name"`
			Depth int64  `json:"depth"`
		} `json:"topics"`
	}
	client := egress.Client(egress.Config{Allow: c.world.Egress.Allow, Resolver: c.world.Egress.Resolver, TLS: security})
	defer client.CloseIdleConnections()
	if err := c.get(ctx, client, scheme, c.cfg.Host, c.cfg.HTTPPort, "/stats?format=json&include_clients=false&include_mem=false", &stats); err != nil {
		return nil, err
	}
	out := []connector.Entry{}
	for _, t := range stats.Topics {
		out = append(out, connector.Entry{Kind: "topic", Name: t.Name, Rows: &t.Depth})
	}
	return connector.InTopics(at, out)
}

// producers asks nsqlookupd who has messages of a topic; the one of the connection is among them when nobody has.
func (c *conn) producers(ctx context.Context, topic string) ([]place, error) {
	var known struct {
		Producers []struct {
			Address string `json:"broadcast_address"`
			Port    int    `json:"tcp_port"`
		} `json:"producers"`
	}
	client := egress.Client(egress.Config{Allow: c.world.Egress.Allow, Resolver: c.world.Egress.Resolver})
	defer client.CloseIdleConnections()
	err := c.get(ctx, client, "http", c.cfg.LookupHost, c.cfg.LookupPort, "/lookup?topic="+url.QueryEscape(topic), &known)
	var e *errs.Error
	if err != nil && !(errors.As(err, &e) && e.Code == connector.CodeTopic) {
		return nil, err
	}
	if len(known.Producers) == 0 {
		return []place{{c.cfg.Host, c.cfg.Port}}, nil
	}
	out := make([]place, len(known.Producers))
	for i, p := range known.Producers {
		// What nsqlookupd says comes over plain HTTP, so it cannot be known who a host is unless TLS says it.
		if c.cfg.Secret != "" && c.cfg.Mode != "verify" && p.Address != c.cfg.Host {
			return nil, errs.Invalid(connector.CodeTLS, "nsqlookupd names the host %q, to which the secret would be sent although nothing proves who that is.", p.Address).
				WithHint("Have the hosts verified by TLS, take the secret out, or take messages from one nsqd without nsqlookupd.")
		}
		out[i] = place{p.Address, p.Port}
	}
	return out, nil
}

func (c *conn) get(ctx context.Context, client *http.Client, scheme, host string, port int, path string, into any) error {
	limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
	defer stop()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, scheme+"://"+net.JoinHostPort(host, strconv.Itoa(port))+path, nil)
	if err != nil {
		return errs.Invalid(connector.CodeHostUnknown, "%q cannot be the name of a host.", host).WithHint("Check the name of the host.").Wrap(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		if ended := connector.Ended(ctx); ended != nil {
			return ended
		}
		if e := connector.Unreachable(err, host, port); e != nil {
			return e
		}
		return connector.NotSpoken("NSQ", host, port, err)
	}
	defer func() { _ = resp.Body.Close() }()
	const most = 32 << 20
	data, err := io.ReadAll(io.LimitReader(resp.Body, most))
	switch {
	case err != nil:
		return connector.NotSpoken("NSQ", host, port, err)
	case resp.StatusCode == http.StatusNotFound:
		return errs.NotFound(connector.CodeTopic, "%s knows no such topic.", host)
	case resp.StatusCode != http.StatusOK, json.Unmarshal(data, into) != nil:
		return connector.Upstream(connector.CodeRefused, "What answers at %s on port %d is no HTTP port of NSQ.", host, port).WithHint("Check the ports for HTTP and of nsqlookupd in the connection.")
	}
	return nil
}
