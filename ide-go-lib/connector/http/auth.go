package http

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"dataflow/ide-go-lib/connector"
)

// signer adds to a request who asks. It does so as late as can be, and only for the host of the connection: no redirect
// gets a secret sent elsewhere, and none is in the request that errors and answers tell of.
type signer struct{ conn *conn }

// RoundTrip implements http.RoundTripper.
func (s *signer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.send(req)
	// A token may have been taken back before its time.
	if err == nil && resp.StatusCode == http.StatusUnauthorized && s.conn.cfg.Auth == "oauth2" && s.own(req.URL) && s.conn.common.tokens.forget() {
		if again, ok := rewound(req); ok && s.conn.ready(req.Context()) == nil {
			_ = resp.Body.Close()
			resp, err = s.send(again)
		}
	}
	if err == nil {
		resp.Request = req
	}
	return resp, err
}

// rewound gives the request with its body from the beginning.
func rewound(req *http.Request) (*http.Request, bool) {
	if req.Body == nil {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	again := req.Clone(req.Context())
	again.Body = body
	return again, err == nil
}

func (s *signer) own(u *url.URL) bool { return origin(u) == origin(s.conn.base) }

func (s *signer) send(req *http.Request) (*http.Response, error) {
	c := s.conn.cfg
	if !s.own(req.URL) { // of what the connection and the step say, nothing is for others
		bare := req.Clone(req.Context())
		bare.Header = http.Header{}
		for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Language", "Range", "User-Agent"} {
			if values, there := req.Header[name]; there {
				bare.Header[name] = values
			}
		}
		return s.conn.common.transport.RoundTrip(bare)
	}
	signed := req.Clone(req.Context())
	switch c.Auth {
	case "basic":
		signed.SetBasicAuth(c.User, c.Password.Reveal())
	case "bearer":
		signed.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	case "oauth2":
		signed.Header.Set("Authorization", "Bearer "+s.conn.common.tokens.current())
	case "api_key":
		if c.KeyIn == "query" {
			query := signed.URL.Query()
			query.Set(c.KeyName, c.Key.Reveal())
			signed.URL.RawQuery = query.Encode()
			break
		}
		signed.Header.Set(c.KeyName, c.Key.Reveal())
	}
	return s.conn.common.transport.RoundTrip(signed)
}

// tokens keeps the one that was fetched.
type tokens struct {
	mu     sync.Mutex
	text   string
	until  time.Time
	asking chan struct{} // one fetches, the others wait
}

// early is how long before its end a token is no longer used.
const early = 30 * time.Second

func (t *tokens) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text
}

func (t *tokens) good() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text != "" && (t.until.IsZero() || time.Now().Before(t.until))
}

// forget drops the token, and says whether there was one.
func (t *tokens) forget() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	had := t.text != ""
	t.text = ""
	return had
}

func (t *tokens) keep(text string, seconds float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text, t.until = text, time.Time{}
	if seconds > 0 {
		life := time.Duration(seconds * float64(time.Second))
		t.until = time.Now().Add(max(life-early, life/2))
	}
}

// ready makes sure that there is a token, where one is needed.
func (c *conn) ready(ctx context.Context) error {
	if c.cfg.Auth != "oauth2" || c.common.tokens.good() {
		return nil
	}
	select {
	case c.common.tokens.asking <- struct{}{}:
		defer func() { <-c.common.tokens.asking }()
	case <-ctx.Done():
		return connector.Ended(ctx)
	}
	if c.common.tokens.good() {
		return nil
	}
	return c.fetchToken(ctx)
}

const mostToken = 1 << 20

func (c *conn) fetchToken(ctx context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}}
	if c.cfg.Scope != "" {
		form.Set("scope", c.cfg.Scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return connector.FieldInvalid("token_url", "%q is not an address such as https://login.example.com/oauth/token.", c.cfg.TokenURL)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	// RFC 6749 has both encoded before they are put together.
	req.SetBasicAuth(url.QueryEscape(c.cfg.ClientID), url.QueryEscape(c.cfg.ClientSecret.Reveal()))
	resp, err := c.common.transport.RoundTrip(req) // no redirect takes the secret elsewhere
	if err != nil {
		return (&conn{cfg: c.cfg, base: req.URL}).failed(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostToken))
	if err != nil {
		return (&conn{cfg: c.cfg, base: req.URL}).failed(ctx, err)
	}
	var answer struct {
		Token   string      `json:"access_token"`
		Type    string      `json:"token_type"`
		Expires json.Number `json:"expires_in"`
		Code    string      `json:"error"`
		Says    string      `json:"error_description"`
	}
	unread := json.Unmarshal(body, &answer)
	switch {
	case resp.StatusCode == http.StatusUnauthorized || answer.Code == "invalid_client" || answer.Code == "unauthorized_client":
		return connector.Upstream(connector.CodeLogin, "%s gives the client %q no token (%s).", req.URL.Host, c.cfg.ClientID, told(answer.Code, answer.Says, resp.Status)).WithHint("Check the client and its secret.")
	case answer.Code == "invalid_scope":
		return connector.Upstream(connector.CodeToken, "%s does not give the scope %q (%s).", req.URL.Host, c.cfg.Scope, told(answer.Code, answer.Says, resp.Status)).WithHint("Check the scope.")
	case resp.StatusCode != http.StatusOK || unread != nil || answer.Token == "":
		return connector.Upstream(connector.CodeToken, "%s gives no token (%s).", req.URL.Host, told(answer.Code, answer.Says, resp.Status)).WithHint("Check the address of tokens.")
	case answer.Type != "" && !strings.EqualFold(answer.Type, "bearer"):
		return connector.Upstream(connector.CodeToken, "%s gives a token of the kind %q, which is not known here.", req.URL.Host, answer.Type).WithHint("Only bearer tokens are.")
	}
	seconds, err := answer.Expires.Float64()
	if err != nil {
		seconds = 0 // it does not say
	}
	c.common.tokens.keep(answer.Token, seconds)
	return nil
}

// told puts together what the service says.
func told(code, says, status string) string {
	switch {
	case says != "":
		return says
	case code != "":
		return code
	}
	return status
}

// retryAfter reads the header of that name: seconds, or a time.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

func portOf(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
