package egress_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
)

func TestPublic(t *testing.T) {
	for ip, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"168.63.129.16": false, "168.63.129.17": true,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::808:808": true,
		"2002:7f00:1::": false, "2002:808:808::": true, "64:ff9b:1::808:808": false, "fe80::1%eth0": false,
	} {
		if got := egress.Public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

func get(t *testing.T, client *http.Client, url string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

func TestClientRefusesLoopbackByAddressAndName(t *testing.T) {
	hit := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer server.Close()
	port := server.URL[len("http://127.0.0.1"):]
	for _, url := range []string{server.URL, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port, "http://0x7f000001" + port, "http://0.0.0.0" + port} {
		if err := get(t, egress.Client(egress.Config{}), url); err == nil {
			t.Errorf("%s was reached", url)
		}
	}
	if e := egress.Refused(get(t, egress.Client(egress.Config{}), server.URL)); e == nil || e.Code != egress.CodeRefused {
		t.Errorf("%v", e)
	}
	if hit {
		t.Error("the server was hit")
	}
}

func TestRedirectsAreCheckedToo(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inner server was hit") }))
	defer inner.Close()
	// The outer server stands on another loopback address, which is the only one allowed.
	outer := httptest.NewServer(http.RedirectHandler("http://127.0.0.2"+inner.URL[len("http://127.0.0.1"):], http.StatusFound))
	defer outer.Close()
	client := egress.Client(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if e := egress.Refused(get(t, client, outer.URL)); e == nil || e.Code != egress.CodeRefused {
		t.Errorf("%v", e)
	}
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }))
	defer loop.Close()
	if e := egress.Refused(get(t, client, loop.URL)); e == nil || e.Code != "too_many_redirects" {
		t.Errorf("%v", e)
	}
}

// Who is refused an address is told by what option it can be allowed.
func TestRefusalNamesTheOption(t *testing.T) {
	e := errs.From(egress.Config{}.Check(netip.MustParseAddr("10.1.2.3")))
	if !strings.Contains(e.Hint, "--allow-network 10.1.2.3") {
		t.Error(e.Hint)
	}
}

func TestRedirectsElsewhereTakeNothingAlong(t *testing.T) {
	var gone *http.Request
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { gone = r }))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			http.Redirect(w, r, "/here", http.StatusTemporaryRedirect)
		case "/here":
			gone = r
		default:
			http.Redirect(w, r, other.URL+"/x", http.StatusTemporaryRedirect)
		}
	}))
	defer home.Close()
	client := egress.Client(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ask := func(method, path, body string) error {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, home.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		gone = nil
		req.Header = http.Header{"X-Api-Key": {"s"}, "Authorization": {"Bearer s"}, "Accept": {"text/csv"}}
		resp, err := client.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	if err := ask(http.MethodGet, "/away?key=s", ""); err != nil || gone == nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-Api-Key", "Authorization", "Referer"} {
		if gone.Header.Get(name) != "" {
			t.Errorf("%s: %q", name, gone.Header.Get(name))
		}
	}
	if gone.Header.Get("Accept") != "text/csv" {
		t.Errorf("%v", gone.Header)
	}
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		if e := egress.Refused(ask(method, "/away", "for us alone")); e == nil || e.Code != egress.CodeElsewhere || gone != nil {
			t.Errorf("%s: %v, %v", method, e, gone)
		}
	}
	if err := ask(http.MethodPut, "/near", "for us alone"); err != nil || gone.Header.Get("X-Api-Key") != "s" {
		t.Errorf("%v: at the same host all of it stays", err)
	}
}

func TestOwn(t *testing.T) {
	for _, c := range []struct {
		home, to string
		own      bool
	}{
		{"https://a.example/x", "https://A.example:443/y", true},
		{"http://a.example", "https://a.example/", true}, // as many hosts lead on
		{"https://a.example", "http://a.example", false},
		{"http://a.example:8080", "https://a.example", false},
		{"http://a.example:8080", "http://a.example:8081", false},
		{"https://a.example", "https://b.a.example", false},
	} {
		home, err := url.Parse(c.home)
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		if egress.Own(home, to) != c.own {
			t.Errorf("%s to %s: %v", c.home, c.to, !c.own)
		}
	}
}
