// Package oauth fetches tokens of OAuth 2 for connections, and keeps each as long as it is good.
package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/secret"
)

// Grant are the fields that say who asks for tokens, and where.
type Grant struct {
	TokenURL     string      `json:"token_url,omitempty" when:"auth=oauth2" title:"Address of tokens" zh:"令牌地址" example:"https://login.example.com/oauth/token"`
	ClientID     string      `json:"client_id,omitempty" when:"auth=oauth2" title:"Client" zh:"客户端"`
	ClientSecret secret.Text `json:"client_secret,omitempty" when:"auth=oauth2" title:"Client's secret" zh:"客户端密钥" widget:"sealed"`
	Scope        string      `json:"scope,omitempty" when:"auth=oauth2" title:"Scope" zh:"范围" example:"read:items" doc:"Left empty, what the service gives" doc_zh:"留空由服务决定"`
}

// Source is where tokens come from.
type Source struct {
	Grant
	Refresh   secret.Text // stands for somebody who has agreed; empty asks for the client itself
	Transport http.RoundTripper
	// Failed says why nobody has answered at the address, where the caller knows more of it than is known here.
	Failed func(ctx context.Context, err error, at *url.URL) error
	// Secret is told of what no error may show; nil is told nothing.
	Secret func(text string)
}

// failed says why nobody has answered at the address.
func (s Source) failed(ctx context.Context, err error, at *url.URL) error {
	if s.Failed != nil {
		return s.Failed(ctx, err, at)
	}
	if e := connector.Unreachable(err, at.Hostname(), connector.PortOf(at)); e != nil {
		return e
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	return connector.Upstream(connector.CodeLost, "%s ended the connection without an answer.", at.Host).WithHint("Check that the address is one of HTTP, and try again.").Wrap(err)
}

// Check makes sure that the fields have what is needed to ask.
func (s Source) Check() error {
	if s.ClientID == "" {
		return connector.FieldInvalid("client_id", "oauth2 needs this.")
	}
	if s.ClientSecret == "" && s.Refresh == "" {
		return connector.FieldInvalid("client_secret", "oauth2 needs this.")
	}
	_, err := Address("token_url", s.TokenURL)
	return err
}

// Address reads the address in a field.
func Address(field, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, connector.FieldInvalid(field, "%q is not an address such as https://api.example.com/v1.", text)
	}
	if u.User != nil {
		return nil, connector.FieldInvalid(field, "The address has a user or a password in it, where everybody sees it; choose basic, and enter them there.")
	}
	return u, nil
}

// Tokens keeps the one that was fetched.
type Tokens struct {
	mu      sync.Mutex
	text    string
	until   time.Time
	refresh secret.Text   // that came with it, and stands in place of the one before
	asking  chan struct{} // one fetches, the others wait
}

// New keeps none yet.
func New() *Tokens { return &Tokens{asking: make(chan struct{}, 1)} }

// early is how long before its end a token is no longer used.
const early = 30 * time.Second

// good gives the token if it has not ended; "" is none.
func (t *Tokens) good() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until.IsZero() || time.Now().Before(t.until) {
		return t.text
	}
	return ""
}

// held gives the token if it has not ended, and has errors hide it.
func (t *Tokens) held(from Source) string {
	token := t.good()
	if token != "" && from.Secret != nil {
		from.Secret(token)
	}
	return token
}

// Refused drops a token that was not taken, unless there is another by now, and says whether to try once more: with that
// other one; or with one that is fetched, as this one had been kept and may have been taken back before its time.
func (t *Tokens) Refused(token string, kept bool) (again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != token {
		return true
	}
	t.text = ""
	return kept
}

func (t *Tokens) keep(a answer) {
	seconds, err := a.Expires.Float64()
	if err != nil {
		seconds = 0 // it does not say
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text, t.until = a.Token, time.Time{}
	if a.Refresh != "" {
		t.refresh = secret.Text(a.Refresh)
	}
	if seconds > 0 {
		life := time.Duration(seconds * float64(time.Second))
		t.until = time.Now().Add(max(life-early, life/2))
	}
}

// Ready gives a good token, and says whether it was kept since before.
func (t *Tokens) Ready(ctx context.Context, from Source) (token string, kept bool, err error) {
	if token := t.held(from); token != "" {
		return token, true, nil
	}
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return "", false, connector.Ended(ctx)
	}
	if token := t.held(from); token != "" {
		return token, true, nil
	}
	t.mu.Lock()
	if t.refresh != "" && from.Refresh != "" {
		from.Refresh = t.refresh
	}
	t.mu.Unlock()
	a, err := from.fetch(ctx)
	if err != nil {
		return "", false, err
	}
	t.keep(a)
	return a.Token, false, nil
}

const mostToken = 1 << 20

// answer is that of RFC 6749.
type answer struct {
	Token   string      `json:"access_token"`
	Type    string      `json:"token_type"`
	Expires json.Number `json:"expires_in"`
	Refresh string      `json:"refresh_token"`
	Code    string      `json:"error"`
	Says    string      `json:"error_description"`
}

// mostTold is how many characters are shown of what a service says.
const mostTold = 300

// told puts together what the service says.
func (a answer) told(status string) string {
	told := []rune(strings.ToValidUTF8(cmp.Or(a.Says, a.Code, status), "�"))
	if len(told) > mostTold {
		return string(told[:mostTold]) + "…"
	}
	return string(told)
}

// secrets are what an answer and its request have of them.
func (s Source) secrets(a answer) {
	if s.Secret == nil {
		return
	}
	for _, text := range []string{s.ClientSecret.Reveal(), s.Refresh.Reveal(), a.Token, a.Refresh} {
		if text != "" {
			s.Secret(text)
		}
	}
}

func (s Source) request(ctx context.Context) (*http.Request, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if s.Refresh != "" {
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.Refresh.Reveal()}}
	}
	if s.Scope != "" {
		form.Set("scope", s.Scope)
	}
	if s.ClientSecret == "" {
		form.Set("client_id", s.ClientID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, connector.FieldInvalid("token_url", "%q is not an address such as https://login.example.com/oauth/token.", s.TokenURL)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if s.ClientSecret != "" { // RFC 6749 has both encoded before they are put together
		req.SetBasicAuth(url.QueryEscape(s.ClientID), url.QueryEscape(s.ClientSecret.Reveal()))
	}
	return req, nil
}

func (s Source) fetch(ctx context.Context) (a answer, err error) {
	req, err := s.request(ctx)
	if err != nil {
		return a, err
	}
	resp, err := s.Transport.RoundTrip(req) // no redirect takes the secret elsewhere
	if err != nil {
		return a, s.failed(ctx, err, req.URL)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostToken))
	if err != nil {
		return a, s.failed(ctx, err, req.URL)
	}
	unread := json.Unmarshal(body, &a)
	s.secrets(a)
	host, told := req.URL.Host, a.told(resp.Status)
	switch {
	case resp.StatusCode == http.StatusUnauthorized || a.Code == "invalid_client" || a.Code == "unauthorized_client":
		return a, connector.Upstream(connector.CodeLogin, "%s gives the client %q no token (%s).", host, s.ClientID, told).WithHint("Check the client and its secret.")
	case a.Code == "invalid_grant" && s.Refresh != "":
		return a, connector.Upstream(connector.CodeLogin, "%s does not take the refresh token of the client %q (%s).", host, s.ClientID, told).WithHint("Let the user agree anew, and enter the new refresh token.")
	case a.Code == "invalid_scope":
		return a, connector.Upstream(connector.CodeToken, "%s does not give the scope %q (%s).", host, s.Scope, told).WithHint("Check the scope.")
	case resp.StatusCode != http.StatusOK || unread != nil || a.Token == "":
		return a, connector.Upstream(connector.CodeToken, "%s gives no token (%s).", host, told).WithHint("Check the address of tokens.")
	case a.Type != "" && !strings.EqualFold(a.Type, "bearer"):
		return a, connector.Upstream(connector.CodeToken, "%s gives a token of the kind %q, which is not known here.", host, a.Type).WithHint("Only bearer tokens are.")
	}
	return a, nil
}
