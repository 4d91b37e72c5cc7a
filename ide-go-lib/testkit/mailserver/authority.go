package mailserver

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// What the authority of tokens knows: the client, and the refresh token of User. They are long enough to be searched for.
const (
	Client       = "dataflow"
	ClientSecret = "client-secret-8Wm4"
	Refresh      = "refresh-token-3Hd9"
)

// Authority gives tokens of OAuth 2 for User, and tells servers whose a token is.
type Authority struct {
	URL string // of tokens
	t   testing.TB
	at  string

	mu     sync.Mutex
	good   map[string]bool
	issued int
	user   string
}

// StartAuthority starts one.
func StartAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, good: map[string]bool{}, user: User}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", a.token)
	mux.HandleFunc("POST /introspect", a.introspect)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	a.URL, a.at = s.URL+"/token", s.URL
	return a
}

// Issued gives how many tokens were given.
func (a *Authority) Issued() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.issued
}

// Revoke takes back all tokens that were given. Those to come are of this user.
func (a *Authority) Revoke(user string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.good)
	a.user = user
}

func (a *Authority) token(w http.ResponseWriter, r *http.Request) {
	id, secret, there := r.BasicAuth()
	refreshing := r.FormValue("grant_type") == "refresh_token"
	switch {
	case there && (id != Client || secret != ClientSecret), !there && (!refreshing || r.FormValue("client_id") != Client):
		a.answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	case refreshing && r.FormValue("refresh_token") != Refresh:
		a.answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "the token is not known"})
		return
	}
	a.mu.Lock()
	a.issued++
	token := fmt.Sprintf("%d-%s", a.issued, rand.Text())
	a.good[token] = true
	a.mu.Unlock()
	a.answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

func (a *Authority) introspect(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	known, user := a.good[r.FormValue("token")], a.user
	a.mu.Unlock()
	a.answer(w, http.StatusOK, map[string]any{"active": known, "email": user})
}

func (a *Authority) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		a.t.Errorf("the authority answers: %v", err)
	}
}

// more is what the configuration of a mailbox has for an authority and for mail that it hands on.
func (s *Mailbox) more(a *Authority, relay *Outgoing) string {
	s.t.Helper()
	text := ""
	if a != nil {
		settings := filepath.Join(s.dir, "oauth2.conf")
		s.write("oauth2.conf", fmt.Sprintf("introspection_url = %s/introspect\nintrospection_mode = post\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n", a.at))
		text += fmt.Sprintf("auth_mechanisms = plain login xoauth2\npassdb {\n  driver = oauth2\n  mechanisms = xoauth2\n  args = %s\n}\n", settings)
	}
	if relay != nil {
		s.SendPort = testkit.FreePort(s.t)
		text += fmt.Sprintf(`protocols = imap submission
hostname = mail.example.org
submission_relay_host = %s
submission_relay_port = %d
service submission-login {
  chroot =
  inet_listener submission {
    port = %d
  }
}
`, relay.Host, relay.Port, s.SendPort)
	}
	return text
}
