package cli

import "testing"

func TestPublicURL(t *testing.T) {
	for _, c := range []struct{ given, addr, want string }{
		{"", "127.0.0.1:3000", "http://localhost:3000"},
		{"", ":3000", "http://localhost:3000"},
		{"", "10.0.0.7:80", "http://10.0.0.7:80"},
		{"", "127.0.0.1:0", ""},
		{"https://flows.example.com/", ":3000", "https://flows.example.com"},
		{"https://example.com/flows", ":3000", "https://example.com/flows"},
	} {
		if got, err := publicURL(c.given, c.addr); err != nil || got != c.want {
			t.Errorf("%q at %q: %q, %v", c.given, c.addr, got, err)
		}
	}
	for _, bad := range []string{"flows.example.com", "ftp://example.com", "https://", "https://a.example/?q=1", "https://me:x@a.example"} {
		if got, err := publicURL(bad, ":3000"); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}
