package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

type conn struct {
	cfg    Config
	base   *url.URL
	header http.Header
	client *http.Client
	common *common
	alone  bool              // the kept connections are for this one only
	secret func(text string) // is told of tokens
}

// common is what all connections by one name have in common.
type common struct {
	transport *http.Transport
	limit     *rate.Limiter
	tokens    *oauth.Tokens
}

// open makes ready; nobody is asked before something is wanted.
func open(world connector.World, c Config) (*conn, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	header, err := c.headers()
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	security, err := c.Client("")
	if err != nil {
		return nil, err
	}
	client := egress.Client(world.Egress)
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("configure HTTP: the client has no transport of its own")
	}
	out := &conn{cfg: c, base: base, header: header, client: client, alone: world.Shared == nil, secret: world.Secret}
	out.common = connector.SharedOf(world.Shared, "http", func() *common {
		if security != nil {
			transport.TLSClientConfig = security
		}
		dialer := egress.Dialer(world.Egress)
		dialer.Timeout = c.ConnectTime()
		transport.DialContext, transport.TLSHandshakeTimeout = dialer.DialContext, dialer.Timeout
		transport.ResponseHeaderTimeout = time.Duration(c.TimeoutSeconds) * time.Second
		limit := rate.Limit(c.PerSecond)
		if c.PerSecond == 0 {
			limit = rate.Inf
		}
		return &common{transport: transport, limit: rate.NewLimiter(limit, 1), tokens: oauth.New()}
	})
	client.Transport = &signer{out}
	return out, nil
}

// Close implements io.Closer.
func (c *conn) Close() error {
	if c.alone {
		c.common.transport.CloseIdleConnections()
	}
	return nil
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	resp, err := c.Do(ctx, connector.Request{Method: http.MethodGet, Path: c.cfg.TestPath, Again: true})
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return "", c.refused(resp)
	case resp.StatusCode == http.StatusNotFound && c.cfg.TestPath == "":
		return c.base.Host + " answers; it has nothing at the address itself, so name a path for tests to try the authentication", nil
	case resp.StatusCode >= http.StatusBadRequest:
		return "", connector.Upstream(connector.CodeAnswer, "%s answers %s at %s.", c.base.Host, resp.Status, resp.Request.URL.Path).
			WithHint("Check the address and the path for tests. %s", beginning(resp.Body))
	}
	return fmt.Sprintf("%s answers %s", c.base.Host, resp.Status), nil
}

// refused is the error of a service that does not know who asks.
func (c *conn) refused(resp *http.Response) error {
	hint := map[string]string{
		"none": "Choose an authentication.", "basic": "Check user and password.", "bearer": "Check the token; it may have expired.",
		"api_key": "Check the key, its name, and whether it belongs into a header or the query.", "oauth2": "The token was fetched, but is not taken; check the scope.",
	}[c.cfg.Auth]
	if resp.StatusCode == http.StatusForbidden {
		return errs.Forbidden(connector.CodePermission, "%s knows who asks, but does not allow it (%s at %s).", c.base.Host, resp.Status, resp.Request.URL.Path).WithHint("%s", hint)
	}
	return connector.Upstream(connector.CodeLogin, "%s does not take who asks (%s at %s).", c.base.Host, resp.Status, resp.Request.URL.Path).WithHint("%s", hint)
}

const shownOfAnswer = 300

func beginning(body io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(body, shownOfAnswer))
	if err != nil || len(text) == 0 {
		return ""
	}
	return "The answer began with: " + strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "�")), " ")
}

// Browse implements connector.Conn: a web service does not say what it has.
func (*conn) Browse(_ context.Context, at connector.Path) ([]connector.Entry, error) {
	return []connector.Entry{}, connector.Flat(at, "a web service does not say what it has")
}

// at gives the address of a request, which stays at the host of the connection.
func (c *conn) at(req connector.Request) (*url.URL, error) {
	target, err := url.Parse(req.Path)
	if err != nil {
		return nil, errs.Invalid(connector.CodeElsewhere, "%q is not a path, such as items/7.", req.Path)
	}
	switch {
	case target.Scheme != "" || target.Host != "":
		target = c.base.ResolveReference(target)
		if !egress.Own(c.base, target) {
			return nil, errs.Invalid(connector.CodeElsewhere, "The address %s lies elsewhere than the connection leads to (%s).", target.Host, c.base.Host).
				WithHint("Make a connection for that host: its secrets are for it alone.")
		}
	default:
		for _, part := range strings.Split(target.Path, "/") {
			if part == ".." {
				return nil, errs.Invalid(connector.CodeElsewhere, "The path %q leads out of the address of the connection.", req.Path).WithHint("Write the path without .., such as items/7.")
			}
		}
		below := *c.base
		below.RawQuery = target.RawQuery
		if target.Path != "" {
			below.RawPath = path.Join("/", below.EscapedPath(), target.EscapedPath())
			if strings.HasSuffix(target.Path, "/") {
				below.RawPath += "/"
			}
			if below.Path, err = url.PathUnescape(below.RawPath); err != nil {
				return nil, errs.Invalid(connector.CodeElsewhere, "%q is not a path, such as items/7.", req.Path)
			}
		}
		target = &below
	}
	if len(req.Query) > 0 {
		query := target.Query()
		for name, list := range req.Query {
			query[name] = append(query[name], list...)
		}
		target.RawQuery = query.Encode()
	}
	target.Fragment = ""
	return target, nil
}

// Do implements connector.Requests.
func (c *conn) Do(ctx context.Context, req connector.Request) (*http.Response, error) {
	target, err := c.at(req)
	if err != nil {
		return nil, err
	}
	again := req.Again
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		again = true
	}
	for attempt := 0; ; attempt++ {
		resp, err := c.once(ctx, req, target)
		wait, why := c.pause(ctx, resp, err, again, attempt)
		if wait < 0 {
			return resp, err
		}
		if resp != nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is kept
			_ = resp.Body.Close()
		}
		if req.Waiting != nil {
			req.Waiting(wait, why)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, connector.Ended(ctx)
		}
	}
}

func (c *conn) once(ctx context.Context, r connector.Request, target *url.URL) (*http.Response, error) {
	if err := c.common.limit.Wait(ctx); err != nil {
		if ended := connector.Ended(ctx); ended != nil {
			return nil, ended
		}
		return nil, connector.Upstream(connector.CodeTimeout, "The time of the step ends before the connection allows another request.").
			WithHint("Raise the timeout, or the requests in a second.").Wrap(err)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, errs.Invalid(connector.CodeElsewhere, "The request cannot be made: %v.", err)
	}
	if len(r.Body) == 0 {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	for _, h := range []http.Header{c.header, r.Header} {
		for name, list := range h {
			req.Header[name] = list
		}
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	client := c.client
	if r.Still {
		still := *client
		still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client = &still
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return resp, nil
}

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	// mostRetryAfter is the longest that a service can have us wait for; more is left to the step that asks.
	mostRetryAfter = 2 * time.Minute
)

// pause says how long to wait before the request is made again, and why; less than 0 is not to.
func (c *conn) pause(ctx context.Context, resp *http.Response, err error, again bool, attempt int) (time.Duration, string) {
	const no = -1
	if attempt >= c.cfg.Retries || ctx.Err() != nil {
		return no, ""
	}
	wait := time.Duration(math.Min(float64(longestPause), float64(firstPause)*math.Pow(2, float64(attempt))))
	if err != nil {
		e := errs.From(err)
		switch e.Code {
		case connector.CodeLost, connector.CodeTimeout, connector.CodeRefused:
			if again {
				return wait, e.Message
			}
		}
		return no, ""
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests: // nothing was done
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if !again {
			return no, ""
		}
	default:
		return no, ""
	}
	if after, said := retryAfter(resp.Header.Get("Retry-After"), time.Now()); said {
		if wait = after; wait > mostRetryAfter {
			return no, ""
		}
	}
	return wait, c.base.Host + " answered " + resp.Status
}

// failed says what an error means. The address in it may have a secret.
func (c *conn) failed(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return connector.Upstream(connector.CodeTLS, "%s speaks no TLS on this port.", c.base.Host).WithHint("Begin the address with http://, if the network in between can be trusted.").Wrap(err)
	}
	if strings.Contains(err.Error(), "timeout awaiting response headers") {
		return connector.Upstream(connector.CodeTimeout, "%s did not answer within %s.", c.base.Host, words.Number(c.cfg.TimeoutSeconds, "second", "seconds")).WithHint("Ask for less at a time, or raise the seconds for an answer.").Wrap(err)
	}
	if out := connector.Unreachable(err, c.base.Hostname(), connector.PortOf(c.base)); out != nil {
		return out
	}
	return connector.Upstream(connector.CodeLost, "%s ended the connection without an answer.", c.base.Host).WithHint("Check that the address is one of HTTP, and try again.").Wrap(err)
}
