package http_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	connhttp "dataflow/ide-go-lib/connector/http"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
)

const secretText = "open-sesame-7Kq2"

// service is a web service that remembers what it was asked.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []*http.Request
	bodies []string
}

func start(t *testing.T, secure bool, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		s.mu.Lock()
		s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(body))
		s.mu.Unlock()
		answer(w, r)
	})
	if secure {
		s.Server = httptest.NewTLSServer(handler)
	} else {
		s.Server = httptest.NewServer(handler)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *service) seen() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.asked
	s.asked = nil
	return out
}

func bench(t *testing.T, config map[string]any) *connectortest.Bench {
	t.Helper()
	return connectortest.New(t, connhttp.Type(), config)
}

func ask(t *testing.T, conn connector.Requests, req connector.Request) (*http.Response, string) {
	t.Helper()
	if req.Method == "" {
		req.Method = http.MethodGet
	}
	resp, err := conn.Do(t.Context(), req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, string(body)
}

func TestAuthenticationAndWhereItGoes(t *testing.T) {
	other := start(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "other") })
	s := start(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/away":
			http.Redirect(w, r, other.URL+"/x", http.StatusFound)
		case "/v1/moved":
			http.Redirect(w, r, other.URL+"/x", http.StatusTemporaryRedirect)
		case "/v1/near":
			http.Redirect(w, r, "/v1/items", http.StatusFound)
		}
	})
	for name, c := range map[string]struct {
		with  map[string]any
		given func(r *http.Request) string
		want  string
	}{
		"none":    {map[string]any{}, func(r *http.Request) string { return r.Header.Get("Authorization") + r.URL.RawQuery }, "a=1"},
		"basic":   {map[string]any{"auth": "basic", "user": "ada", "password": secretText}, func(r *http.Request) string { u, p, _ := r.BasicAuth(); return u + ":" + p }, "ada:" + secretText},
		"bearer":  {map[string]any{"auth": "bearer", "token": secretText}, func(r *http.Request) string { return r.Header.Get("Authorization") }, "Bearer " + secretText},
		"header":  {map[string]any{"auth": "api_key", "key_name": "X-Key", "key": secretText}, func(r *http.Request) string { return r.Header.Get("X-Key") }, secretText},
		"query":   {map[string]any{"auth": "api_key", "key_in": "query", "key_name": "key", "key": secretText}, func(r *http.Request) string { return r.URL.Query().Get("key") }, secretText},
		"headers": {map[string]any{"headers": "X-One: 1\n\nAccept-Language : de"}, func(r *http.Request) string { return r.Header.Get("X-One") + r.Header.Get("Accept-Language") }, "1de"},
	} {
		t.Run(name, func(t *testing.T) {
			c.with["url"] = s.URL + "/v1/"
			conn := connectortest.OpenAs[connector.Requests](bench(t, c.with), nil)
			s.seen()
			other.seen()
			resp, _ := ask(t, conn, connector.Request{Path: "items?a=1"})
			require.Equal(t, c.want, c.given(s.seen()[0]))
			require.Equal(t, s.URL+"/v1/items?a=1", resp.Request.URL.String(), "the address in the answer has no key")
			require.Empty(t, resp.Request.Header.Get("Authorization"))

			resp, body := ask(t, conn, connector.Request{Path: "away?a=1"})
			require.Equal(t, "other", body)
			gone := other.seen()[0]
			if name != "none" {
				require.NotEqual(t, c.want, c.given(gone), "a redirect takes no secret along")
			}
			require.Equal(t, other.URL+"/x", resp.Request.URL.String())
			_, err := conn.Do(t.Context(), connector.Request{Method: http.MethodPut, Path: "moved", Body: []byte("for us alone")})
			require.Equal(t, connector.CodeElsewhere, errs.From(err).Code, err)
			require.Empty(t, other.seen(), "what is sent goes nowhere else")

			s.seen()
			_, _ = ask(t, conn, connector.Request{Path: "near?a=1"})
			if name != "none" {
				require.Equal(t, c.want, c.given(s.seen()[1]), "at the same host it stays")
			}
			resp, _ = ask(t, conn, connector.Request{Path: "near", Still: true})
			require.Equal(t, http.StatusFound, resp.StatusCode)
		})
	}
}

func TestPaths(t *testing.T) {
	s := start(t, false, func(http.ResponseWriter, *http.Request) {})
	conn := connectortest.OpenAs[connector.Requests](bench(t, map[string]any{"url": s.URL + "/v1"}), nil)
	for path, want := range map[string]string{
		"": "/v1?b=2&b=3", "items": "/v1/items?b=2&b=3", "/items/": "/v1/items/?b=2&b=3", "a%2Fb/x": "/v1/a%2Fb/x?b=2&b=3", "ü x": "/v1/%C3%BC%20x?b=2&b=3", "items?a=1": "/v1/items?a=1&b=2&b=3",
		s.URL + "/v2/next?c=4": "/v2/next?b=2&b=3&c=4",
	} {
		s.seen()
		_, _ = ask(t, conn, connector.Request{Path: path, Query: url.Values{"b": {"2", "3"}}})
		require.Equal(t, want, s.seen()[0].RequestURI, path)
	}
	for _, bad := range []string{"../admin", "a/../../b", "a/%2e%2e/b", "http://other.example/x", "//other.example/x", "https://127.0.0.1/x", "::"} {
		_, err := conn.Do(t.Context(), connector.Request{Method: http.MethodGet, Path: bad})
		require.Equal(t, connector.CodeElsewhere, errs.From(err).Code, "%s: %v", bad, err)
	}
	connectortest.Refused(t, conn, connector.Path{Schema: "items"}, connector.Path{Table: "items"})
	require.Empty(t, s.seen())
}

func TestRetries(t *testing.T) {
	var mu sync.Mutex
	var answers []string
	s := start(t, false, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		next := "200"
		if len(answers) > 0 {
			next, answers = answers[0], answers[1:]
		}
		status, after, _ := strings.Cut(next, " ")
		if status == "cut" {
			raw, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = raw.Close()
			}
			return
		}
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		code := 0
		_, _ = fmt.Sscan(status, &code)
		w.WriteHeader(code)
	})
	b := bench(t, map[string]any{"url": s.URL, "retries": 2})
	for name, c := range map[string]struct {
		method  string
		again   bool
		answers []string
		status  int
		asked   int
		waits   []time.Duration
	}{
		"after 429":              {"POST", false, []string{"429 0", "429 1"}, 200, 3, []time.Duration{0, time.Second}},
		"a time that has passed": {"GET", false, []string{"503 Mon, 02 Jan 2006 15:04:05 GMT"}, 200, 2, []time.Duration{0}},
		"backoff":                {"GET", false, []string{"502", "504"}, 200, 3, []time.Duration{500 * time.Millisecond, time.Second}},
		"enough":                 {"GET", false, []string{"503 0", "503 0", "503 0"}, 503, 3, []time.Duration{0, 0}},
		"too long":               {"GET", false, []string{"429 3600"}, 429, 1, nil},
		"a POST that may be":     {"POST", false, []string{"503"}, 503, 1, nil},
		"a POST that may again":  {"POST", true, []string{"503 0"}, 200, 2, []time.Duration{0}},
		"another error":          {"GET", false, []string{"500"}, 500, 1, nil},
		"cut":                    {"PUT", true, []string{"cut"}, 200, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			answers = c.answers
			mu.Unlock()
			s.seen()
			s.bodies = nil
			b.T = t
			conn := connectortest.OpenAs[connector.Requests](b, nil)
			var waits []time.Duration
			resp, _ := ask(t, conn, connector.Request{Method: c.method, Again: c.again, Body: []byte("the body"), Waiting: func(wait time.Duration, why string) {
				waits = append(waits, wait)
				require.NotEmpty(t, why)
			}})
			require.Equal(t, c.status, resp.StatusCode)
			require.Len(t, s.seen(), c.asked)
			for _, body := range s.bodies {
				require.Equal(t, "the body", body, "each attempt has it")
			}
			if c.waits != nil {
				require.Equal(t, c.waits, waits)
			}
		})
	}
	b.T = t
	mu.Lock()
	answers = []string{"cut"}
	mu.Unlock()
	conn := connectortest.OpenAs[connector.Requests](b, nil)
	_, err := conn.Do(t.Context(), connector.Request{Method: http.MethodPost, Body: []byte("x")})
	require.Equal(t, connector.CodeLost, errs.From(err).Code, "nobody knows what became of it: %v", err)

	mu.Lock()
	answers = []string{"503 100"}
	mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := conn.Do(ctx, connector.Request{Method: http.MethodGet, Waiting: func(time.Duration, string) { cancel() }})
		done <- err
	}()
	require.Equal(t, "canceled", errs.From(testkit.Receive(t, "the wait ends", done)).Code)
}

func TestLimitIsCommon(t *testing.T) {
	s := start(t, false, func(http.ResponseWriter, *http.Request) {})
	b := bench(t, map[string]any{"url": s.URL, "per_second": 20})
	b.World.Shared = &connector.Shared{}
	begun := time.Now()
	for range 3 { // each on a connection of its own
		for range 2 {
			_, _ = ask(t, connectortest.OpenAs[connector.Requests](b, nil), connector.Request{})
		}
	}
	require.GreaterOrEqual(t, time.Since(begun), 240*time.Millisecond, "six requests at 20 in a second")
}

func TestOAuth2(t *testing.T) {
	var mu sync.Mutex
	valid, fetched, refuse := "", 0, ""
	login := start(t, false, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		user, password, _ := r.BasicAuth()
		if user != "us%3Aer" || password != secretText {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error": "invalid_client"}`)
			return
		}
		if refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, refuse)
			return
		}
		fetched++
		valid = fmt.Sprintf("token-%d", fetched)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": valid, "token_type": "Bearer", "expires_in": 3600})
	})
	s := start(t, false, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+valid {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	b := bench(t, map[string]any{"url": s.URL, "auth": "oauth2", "token_url": login.URL + "/token", "client_id": "us:er", "client_secret": secretText, "scope": "read"})
	b.World.Shared = &connector.Shared{}
	for range 2 {
		resp, _ := ask(t, connectortest.OpenAs[connector.Requests](b, nil), connector.Request{})
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	require.Equal(t, 1, fetched, "a token is fetched once")
	require.Equal(t, "grant_type=client_credentials&scope=read", login.bodies[0])
	mu.Lock()
	valid = "another"
	mu.Unlock()
	resp, _ := ask(t, connectortest.OpenAs[connector.Requests](b, nil), connector.Request{Method: http.MethodPost, Body: []byte("x")})
	require.Equal(t, http.StatusOK, resp.StatusCode, "one that was taken back is fetched anew")
	require.Equal(t, 2, fetched)

	b.World.Shared = nil
	for answer, code := range map[string]string{`{"error": "invalid_scope"}`: connector.CodeToken, `{"error": "unauthorized_client"}`: connector.CodeLogin, `<html>`: connector.CodeToken} {
		mu.Lock()
		refuse = answer
		mu.Unlock()
		_, e := b.Try(t.Context(), nil)
		require.Equal(t, code, e.Code, answer)
	}
	_, e := b.Try(t.Context(), map[string]any{"client_secret": "wrong"})
	require.Equal(t, connector.CodeLogin, e.Code)
	require.Contains(t, e.Message, `"us:er"`)
}

// Two requests whose common token was taken back fetch one between them.
func TestTokensOfTwoRequests(t *testing.T) {
	var issued atomic.Int64
	login := start(t, false, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("token-%d", issued.Add(1))})
	})
	valid := "Bearer token-1"
	var both sync.WaitGroup
	both.Add(2)
	first := make(chan struct{})
	s := start(t, false, func(w http.ResponseWriter, r *http.Request) {
		if valid == r.Header.Get("Authorization") {
			return
		}
		both.Done()
		both.Wait()
		if r.URL.Path == "/second" { // is answered when the first has a new one
			<-first
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	b := bench(t, map[string]any{"url": s.URL, "auth": "oauth2", "token_url": login.URL, "client_id": "us", "client_secret": secretText})
	b.World.Shared = &connector.Shared{}
	resp, _ := ask(t, connectortest.OpenAs[connector.Requests](b, nil), connector.Request{})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	valid = "Bearer token-2"
	var done sync.WaitGroup
	for _, path := range []string{"first", "second"} {
		conn := connectortest.OpenAs[connector.Requests](b, nil)
		done.Go(func() {
			resp, err := conn.Do(t.Context(), connector.Request{Path: path})
			if path == "first" {
				close(first)
			}
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %v %v", path, resp, err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	done.Wait()
	require.EqualValues(t, 2, issued.Load())
}

func TestWhatGoesWrongSaysWhatToDo(t *testing.T) {
	s := start(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/me":
			if r.Header.Get("Authorization") != "Bearer "+secretText {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "/forbidden":
			w.WriteHeader(http.StatusForbidden)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "the database is away")
		case "/slow":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	plain := start(t, false, func(http.ResponseWriter, *http.Request) {})
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	b := bench(t, map[string]any{"url": s.URL, "auth": "bearer", "token": secretText, "ca": ca, "test_path": "me", "retries": 0})
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"works":            {nil, "", "answers 200 OK"},
		"encrypted":        {map[string]any{"tls": "encrypt", "ca": ""}, "", "answers 200 OK"},
		"nothing there":    {map[string]any{"test_path": ""}, "", "name a path for tests"},
		"authority":        {map[string]any{"ca": ""}, connector.CodeTLS, "not signed by anybody known"},
		"certificate":      {map[string]any{"ca": "x"}, connector.CodeInvalid, "not valid"},
		"TLS off":          {map[string]any{"tls": "off"}, connector.CodeInvalid, "not valid"},
		"token":            {map[string]any{"token": "wrong"}, connector.CodeLogin, "does not take who asks"},
		"no token":         {map[string]any{"token": ""}, connector.CodeInvalid, "not valid"},
		"no user":          {map[string]any{"auth": "basic"}, connector.CodeInvalid, "not valid"},
		"no key":           {map[string]any{"auth": "api_key", "key_name": "X"}, connector.CodeInvalid, "not valid"},
		"no client":        {map[string]any{"auth": "oauth2"}, connector.CodeInvalid, "not valid"},
		"rights":           {map[string]any{"test_path": "forbidden"}, connector.CodePermission, "does not allow"},
		"path":             {map[string]any{"test_path": "none"}, connector.CodeAnswer, "404"},
		"broken":           {map[string]any{"test_path": "broken"}, connector.CodeAnswer, "500"},
		"slow":             {map[string]any{"test_path": "slow", "timeout_seconds": 1}, connector.CodeTimeout, "within 1 second."},
		"password in it":   {map[string]any{"url": "https://a:b@example.org"}, connector.CodeInvalid, "not valid"},
		"no address":       {map[string]any{"url": "example.org"}, connector.CodeInvalid, "not valid"},
		"query":            {map[string]any{"url": s.URL + "?a=1"}, connector.CodeInvalid, "not valid"},
		"headers":          {map[string]any{"headers": "what"}, connector.CodeInvalid, "not valid"},
		"no TLS there":     {map[string]any{"url": "https" + strings.TrimPrefix(plain.URL, "http")}, connector.CodeTLS, "speaks no TLS"},
		"host":             {map[string]any{"url": "https://no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"port":             {map[string]any{"url": fmt.Sprintf("https://127.0.0.1:%d", testkit.FreePort(t))}, connector.CodeRefused, "Nothing listens"},
		"address":          {map[string]any{"url": "https://10.1.2.3"}, "address_refused", "10.1.2.3"},
		"metadata address": {map[string]any{"url": "http://169.254.169.254"}, "address_refused", "169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			b.T = t
			b.Answers(name, c.with, c.code, c.message, secretText)
		})
	}
	b.T = t
	_, e := b.Try(t.Context(), map[string]any{"test_path": "broken"})
	require.Contains(t, e.Hint, "the database is away")
}

// A key in the query is in no error, whatever goes wrong.
func TestErrorsHaveNoKey(t *testing.T) {
	b := bench(t, map[string]any{"url": fmt.Sprintf("http://127.0.0.1:%d", testkit.FreePort(t)), "auth": "api_key", "key_in": "query", "key_name": "key", "key": secretText, "retries": 0})
	conn := connectortest.OpenAs[connector.Requests](b, nil)
	_, err := conn.Do(t.Context(), connector.Request{Method: http.MethodGet, Path: "x"})
	require.NotContains(t, errs.From(err).Error(), secretText)
	mail := testkit.Listen(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "220 mail.example.org ESMTP\r\n")
		_ = c.Close()
	})
	b.Config["url"] = fmt.Sprintf("http://127.0.0.1:%d", mail)
	conn = connectortest.OpenAs[connector.Requests](b, nil)
	_, err = conn.Do(t.Context(), connector.Request{Method: http.MethodGet, Path: "x"})
	require.Equal(t, connector.CodeLost, errs.From(err).Code, err)
	require.NotContains(t, errs.From(err).Error(), secretText)
}
