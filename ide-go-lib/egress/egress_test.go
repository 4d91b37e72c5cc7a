package egress_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
