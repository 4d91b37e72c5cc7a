package httpd

import (
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"net/http"
)

//go:embed docs.html
var docsHTML []byte

//go:embed docs.js
var docsJS []byte

// docsPage shows the OpenAPI document to people; everything it needs is in the page.
func (s *Server) docsPage(w http.ResponseWriter, _ *http.Request) error {
	sum := sha256.Sum256(docsJS)
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	for _, part := range [][]byte{docsHTML, []byte("<script>"), docsJS, []byte("</script>\n")} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
