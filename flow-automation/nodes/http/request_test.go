package http_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"dataflow/flow-automation/node"
	nodehttp "dataflow/flow-automation/nodes/http"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
)

var typ = nodehttp.Types()[0]

func call(t *testing.T, config map[string]any, allowed bool) (map[string]any, *errs.Error) {
	t.Helper()
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg := egress.Config{}
	if allowed {
		cfg.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	client := egress.Client(cfg)
	t.Cleanup(client.CloseIdleConnections)
	out, err := typ.Run(t.Context(), &node.Call{Config: raw, IdempotencyKey: "run-1/n", Env: &node.Env{HTTP: client}, Detail: func(string, any) {}})
	if err != nil {
		return nil, errs.From(err)
	}
	var response map[string]any
	if err := json.Unmarshal(out["response"].Data, &response); err != nil {
		t.Fatal(err)
	}
	return response, nil
}

// seen is what the server was asked.
type seen struct {
	method, path, query, body string
	header                    http.Header
}

// server answers as told. The function it gives returns the request that came last; a request that its client has given
// up may still arrive while the next one is answered, so it is kept under a lock.
func server(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (string, func() seen) {
	t.Helper()
	var mu sync.Mutex
	var last seen
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the request cannot be read: %v", err)
		}
		mu.Lock()
		last = seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Clone()}
		mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, func() seen {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

func TestRequest(t *testing.T) {
	url, lastSeen := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id": 12345678901234567890}`)
	})
	response, e := call(t, map[string]any{
		"method": "POST", "url": url + "/items?a=1", "query": map[string]any{"b": []any{"x y", 2}, "none": nil},
		"headers": map[string]any{"X-Id": 7}, "body": map[string]any{"n": 5}, "auth": map[string]any{"type": "basic", "username": "ann", "password": "pw"},
	}, true)
	if e != nil {
		t.Fatal(e)
	}
	s := lastSeen()
	if s.method != "POST" || s.path != "/items" || s.query != "a=1&b=x+y&b=2" || s.body != `{"n":5}` {
		t.Errorf("%+v", s)
	}
	user, password, _ := (&http.Request{Header: s.header}).BasicAuth()
	if user != "ann" || password != "pw" || s.header.Get("X-Id") != "7" || s.header.Get("Idempotency-Key") != "run-1/n" || s.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", s.header)
	}
	if response["status"] != 201.0 || response["url"] != url+"/items?a=1&b=x+y&b=2" {
		t.Errorf("%v", response)
	}
	if _, ok := response["body"].(map[string]any); !ok {
		t.Errorf("the body is %T", response["body"])
	}
}

func TestBodies(t *testing.T) {
	url, lastSeen := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bytes":
			_, _ = w.Write([]byte{0xff, 0xfe})
		case "/text":
			w.Header().Set("Content-Type", "text/csv")
			_, _ = io.WriteString(w, "1")
		case "/broken":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{")
		}
	})
	for path, want := range map[string]any{"/text": "1", "/broken": "{", "/nothing": nil} {
		response, e := call(t, map[string]any{"url": url + path}, true)
		if e != nil || response["body"] != want {
			t.Errorf("%s: %v, %v", path, e, response["body"])
		}
	}
	response, e := call(t, map[string]any{"url": url + "/bytes", "auth": map[string]any{"type": "bearer", "token": "tok"}}, true)
	if e != nil || response["body"].(map[string]any)["base64"] != "//4=" || lastSeen().header.Get("Authorization") != "Bearer tok" || lastSeen().header.Get("Idempotency-Key") != "" {
		t.Errorf("%v, %v, %v", e, response, lastSeen().header)
	}
	for bodyType, want := range map[string]string{"text": "plain", "form": "a=1&a=2&b=x"} {
		var body any = "plain"
		if bodyType == "form" {
			body = map[string]any{"a": []any{1, 2}, "b": "x"}
		}
		if _, e := call(t, map[string]any{"method": "PUT", "url": url, "body_type": bodyType, "body": body}, true); e != nil || lastSeen().body != want {
			t.Errorf("%s: %v, %q", bodyType, e, lastSeen().body)
		}
	}
}

func TestFailuresNameCodeAndField(t *testing.T) {
	release := make(chan struct{})
	url, lastSeen := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			<-release
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		case "/teapot":
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "I am a teapot")
		case "/redirect":
			http.Redirect(w, r, "/teapot", http.StatusFound)
		}
	})
	t.Cleanup(func() { close(release) })
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, c := range map[string]struct {
		config      map[string]any
		allowed     bool
		code, field string
	}{
		"refused":          {map[string]any{"url": url}, false, "address_refused", "with.url"},
		"metadata":         {map[string]any{"url": "http://169.254.169.254/latest"}, true, "address_refused", "with.url"},
		"nobody there":     {map[string]any{"url": closed.URL}, true, "http_unreachable", "with.url"},
		"not an address":   {map[string]any{"url": "file:///etc/passwd"}, true, "config_invalid", "with.url"},
		"slow":             {map[string]any{"url": url + "/slow", "timeout": "20ms"}, true, "http_timeout", "with.timeout"},
		"large":            {map[string]any{"url": url + "/large", "max_bytes": 99}, true, "response_too_large", "with.max_bytes"},
		"status":           {map[string]any{"url": url + "/teapot"}, true, "http_status", "with.expect"},
		"redirected":       {map[string]any{"url": url + "/redirect"}, true, "http_status", "with.expect"},
		"header injection": {map[string]any{"url": url, "headers": map[string]any{"X": "a\r\nY: b"}}, true, "config_invalid", "with.headers.X"},
		"form":             {map[string]any{"url": url, "method": "POST", "body_type": "form", "body": "x"}, true, "config_invalid", "with.body"},
		"body of a GET":    {map[string]any{"url": url, "body": "x"}, true, "config_invalid", "with.body"},
		"no token":         {map[string]any{"url": url, "auth": map[string]any{"type": "bearer"}}, true, "config_invalid", "with.auth.token"},
	} {
		_, e := call(t, c.config, c.allowed)
		if e == nil || e.Code != c.code || len(e.Details) == 0 || e.Details[0].Field != c.field {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if _, e := call(t, map[string]any{"url": url + "/teapot", "expect": []any{"2xx", "418"}}, true); e != nil {
		t.Error(e)
	}
	if response, e := call(t, map[string]any{"url": url + "/redirect", "follow_redirects": false, "expect": []any{"3xx"}}, true); e != nil || response["status"] != 302.0 || lastSeen().path != "/redirect" {
		t.Error(e, response)
	}
}

func TestEffectIsHonest(t *testing.T) {
	for config, want := range map[string]node.Effect{
		`{"url":"x"}`:                                                    node.Idempotent,
		`{"method":"PUT","url":"x"}`:                                     node.Idempotent,
		`{"method":"DELETE","url":"x"}`:                                  node.Idempotent,
		`{"method":"POST","url":"x"}`:                                    node.Unsafe,
		`{"method":"PATCH","url":"x"}`:                                   node.Unsafe,
		`{"method":"{{ params.m }}"}`:                                    node.Unsafe,
		`{"method":"POST","headers":{"idempotency-key":"{{ run.id }}"}}`: node.Idempotent,
	} {
		if got := typ.EffectFor(json.RawMessage(config)); got != want {
			t.Errorf("%s: %s", config, got)
		}
	}
}

func TestCancel(t *testing.T) {
	arrived := make(chan struct{})
	url, _ := server(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	client := egress.Client(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	_, err := typ.Run(ctx, &node.Call{Config: json.RawMessage(`{"url":"` + url + `"}`), Env: &node.Env{HTTP: client}})
	if ctx.Err() == nil || err == nil || err != context.Canceled { //nolint:errorlint // the very error
		t.Fatalf("%v", err)
	}
}

func TestByConnection(t *testing.T) {
	b := exampletest.New(t)
	run := func(with map[string]any) (map[string]any, *errs.Error) {
		t.Helper()
		out, err := typ.Run(t.Context(), b.Call(with, nil))
		if err != nil {
			return nil, errs.From(err)
		}
		var response map[string]any
		if err := json.Unmarshal(out["response"].Data, &response); err != nil {
			t.Fatal(err)
		}
		return response, nil
	}
	response, e := run(map[string]any{"connection": "api", "method": "POST", "url": "echo", "query": map[string]any{"a": 1}, "body": map[string]any{"n": 5}})
	if e != nil || response["body"].(map[string]any)["body"] != `{"n":5}` || response["body"].(map[string]any)["query"] != "a=1" {
		t.Fatal(e, response)
	}
	for field, with := range map[string]map[string]any{
		"with.url":        {"connection": "api", "url": "http://example.org"},
		"with.connection": {"connection": "aip", "url": "x"},
		"with.auth.type":  {"connection": "api", "url": "x", "auth": map[string]any{"type": "bearer", "token": "x"}},
		"with.expect":     {"connection": "api", "url": "none"},
	} {
		_, e := run(with)
		if e == nil || len(e.Details) == 0 || e.Details[0].Field != field {
			t.Errorf("%s: %+v", field, e)
		}
	}
	if _, e := run(map[string]any{"connection": "api", "url": "../../x"}); e == nil || e.Code != "address_elsewhere" || e.Details[0].Field != "with.url" {
		t.Errorf("%+v", e)
	}
	if _, e := run(map[string]any{}); e == nil || e.Code != "config_invalid" {
		t.Errorf("%+v", e)
	}
}
