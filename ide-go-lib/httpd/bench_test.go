package httpd_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dataflow/ide-go-lib/httpd"
)

// nothing takes an answer and keeps only its status.
type nothing struct {
	header http.Header
	status int
}

func (n *nothing) Header() http.Header            { return n.header }
func (n *nothing) Write(data []byte) (int, error) { return len(data), nil }
func (n *nothing) WriteHeader(status int)         { n.status = status }

func benchmark(b *testing.B, method, path, body string, status int) {
	b.Helper()
	t := &testing.T{}
	h := server(t, httpd.Config{Log: slog.New(slog.NewJSONHandler(io.Discard, nil))}).Handler()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Test-User", "ann")
		w := &nothing{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != status {
			b.Fatal(w.status)
		}
	}
}

// The overhead of the server, with the request's making (about 2 µs) and the log line.
func BenchmarkRaw(b *testing.B)   { benchmark(b, "POST", "/hooks/a/b", "hi", 202) }
func BenchmarkTyped(b *testing.B) { benchmark(b, "PUT", "/api/test/v1/things/7", `{"name":"x"}`, 200) }
