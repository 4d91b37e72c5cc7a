package httpd_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/httpd"
)

const inline = `document.documentElement.dataset.theme = "dark"`

var app = fstest.MapFS{
	"index.html":            {Data: []byte(`<!doctype html><script>` + inline + `</script><script type="module" src="/assets/app-1a2b.js"></script>`)},
	"favicon.svg":           {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
	"assets/app-1a2b.js":    {Data: []byte(`console.log("plain")`)},
	"assets/app-1a2b.js.gz": {Data: []byte("gzipped")},
	"assets/app-1a2b.js.br": {Data: []byte("brotli")},
}

func TestWebApplication(t *testing.T) {
	h := server(t, httpd.Config{Web: app}).Handler()
	for _, c := range []struct {
		name, path, accept string
		status             int
		mediaType, cache   string
		body, coding       string
	}{
		{"the page", "/", "", 200, "text/html; charset=utf-8", "no-cache", string(app["index.html"].Data), ""},
		{"the page by name", "/index.html", "", 200, "text/html; charset=utf-8", "no-cache", string(app["index.html"].Data), ""},
		{"a place in the application", "/flows/01abc/design", "", 200, "text/html; charset=utf-8", "no-cache", string(app["index.html"].Data), ""},
		{"a file", "/favicon.svg", "", 200, "image/svg+xml", "no-cache", string(app["favicon.svg"].Data), ""},
		{"a hashed file", "/assets/app-1a2b.js", "", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", `console.log("plain")`, ""},
		{"compressed before", "/assets/app-1a2b.js", "gzip", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "gzipped", "gzip"},
		{"the best coding", "/assets/app-1a2b.js", "gzip, deflate, br", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "brotli", "br"},
		{"no coding wanted", "/assets/app-1a2b.js", "br;q=0", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", `console.log("plain")`, ""},
		{"a file of an older version", "/assets/app-0000.js", "", 404, httpd.MediaProblem, "no-store", "", ""},
		{"a missing picture", "/logo.png", "", 404, httpd.MediaProblem, "no-store", "", ""},
		{"a folder", "/assets/", "", 200, "text/html; charset=utf-8", "no-cache", string(app["index.html"].Data), ""},
		{"out of the folder", "/../../etc/passwd", "", 200, "text/html; charset=utf-8", "no-cache", string(app["index.html"].Data), ""},
		{"an unknown operation", "/api/nothing", "", 404, httpd.MediaProblem, "no-store", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := call{"GET", c.path, "", "", http.Header{"Accept-Encoding": {c.accept}}}.do(t, h)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.mediaType, w.Header().Get("Content-Type"))
			require.Equal(t, c.cache, w.Header().Get("Cache-Control"))
			require.Equal(t, c.coding, w.Header().Get("Content-Encoding"))
			if c.body != "" {
				require.Equal(t, c.body, w.Body.String())
			}
		})
	}
	require.Equal(t, 404, call{"POST", "/flows", "", "", nil}.do(t, h).Code, "only reading gives pages")
}

func TestPageMayRunItsOwnScriptsOnly(t *testing.T) {
	w := call{"GET", "/", "", "", nil}.do(t, server(t, httpd.Config{Web: app}).Handler())
	sum := sha256.Sum256([]byte(inline))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "script-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
	require.Contains(t, policy, "style-src 'self' 'unsafe-inline';")
	require.Contains(t, policy, "worker-src 'self' blob:;")
	require.Contains(t, policy, "frame-ancestors 'none'")
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	h := server(t, httpd.Config{Web: app}).Handler()
	for _, path := range []string{"/", "/favicon.svg", "/assets/app-1a2b.js"} {
		tag := call{"GET", path, "", "", nil}.do(t, h).Header().Get("ETag")
		require.NotEmpty(t, tag)
		w := call{"GET", path, "", "", http.Header{"If-None-Match": {tag}}}.do(t, h)
		require.Equal(t, 304, w.Code, path)
		require.Empty(t, w.Body.String())
	}
}

func TestWithoutWebApplication(t *testing.T) {
	require.Equal(t, 404, call{"GET", "/", "", "", nil}.do(t, server(t, httpd.Config{}).Handler()).Code)
	requireProblem(t, call{"GET", "/", "", "", nil}.do(t, server(t, httpd.Config{Web: fstest.MapFS{}}).Handler()), `{
		"type":"urn:dataflow:problem:web_missing","title":"Service Unavailable","status":503,"code":"web_missing",
		"detail":"This program was built without the web application.","hint":"Build it with make build.","request_id":"request-1"}`)
}
