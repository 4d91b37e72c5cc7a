package httpd

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// routeWeb is the route of the web application's files in logs and metrics.
const routeWeb = "web"

// web serves a single-page application: its files, and index.html for every other address that a person may open.
type web struct {
	files fs.FS
	index func() (page, error)
	mu    sync.Mutex
	etags map[string]string
}

// page is index.html with the policy that allows exactly its own inline scripts.
type page struct {
	body   []byte
	etag   string
	policy string
}

// addFallbacks answers what no route takes.
func (s *Server) addFallbacks() {
	// What has no operation has no limit of its own against clients that read slowly.
	deadline := func(c *gin.Context) {
		_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(defaultTimeout + writeGrace))
	}
	s.engine.NoMethod(func(c *gin.Context) {
		deadline(c)
		requestFrom(c.Request.Context()).route = "none"
		s.fail(c.Writer, c.Request, errs.New(http.StatusMethodNotAllowed, "method_not_allowed", "%s is not possible at %s.", c.Request.Method, c.Request.URL.Path))
	})
	app := &web{files: s.cfg.Web, etags: map[string]string{}}
	if app.files != nil {
		app.index = sync.OnceValues(app.loadIndex)
	}
	s.engine.NoRoute(func(c *gin.Context) {
		deadline(c)
		info := requestFrom(c.Request.Context())
		info.route = "none"
		var err error = errs.NotFound("route_not_found", "There is nothing at %s.", c.Request.URL.Path)
		if app.files == nil || !forPeople(c.Request) {
			if s.cfg.Gate != nil {
				if refused := s.cfg.Gate(c.Request); refused != nil {
					err, info.route = refused, "refused"
				}
			}
			s.fail(c.Writer, c.Request, err)
			return
		}
		info.route = routeWeb
		if err := app.serve(c.Writer, c.Request, err); err != nil {
			s.fail(c.Writer, c.Request, err)
		}
	})
}

func forPeople(r *http.Request) bool {
	p := r.URL.Path
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.HasPrefix(p, "/api/") && !strings.HasPrefix(p, "/hooks/")
}

func (a *web) serve(w http.ResponseWriter, r *http.Request, notFound error) error {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name != "" && name != "index.html" {
		if info, err := fs.Stat(a.files, name); err == nil && info.Mode().IsRegular() {
			return a.file(w, r, name)
		}
		// A missing script must not be answered by a page: after an update the browser would run HTML.
		if strings.HasPrefix(name, "assets/") || path.Ext(name) != "" {
			return notFound
		}
	}
	index, err := a.index()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", index.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", index.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(index.body))
	return nil
}

// file answers one file, already compressed when there is such a copy beside it.
func (a *web) file(w http.ResponseWriter, r *http.Request, name string) error {
	h := w.Header()
	mediaType := mime.TypeByExtension(path.Ext(name))
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	h.Set("Content-Type", mediaType)
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	for _, c := range []struct{ coding, ending string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(r, c.coding) {
			continue
		}
		data, err := fs.ReadFile(a.files, name+c.ending)
		if err == nil {
			h.Set("Content-Encoding", c.coding)
			h.Add("Vary", "Accept-Encoding")
			return a.content(w, r, name+c.ending, data)
		}
	}
	data, err := fs.ReadFile(a.files, name)
	if err != nil {
		return err
	}
	return a.content(w, r, name, data)
}

func (a *web) content(w http.ResponseWriter, r *http.Request, name string, data []byte) error {
	a.mu.Lock()
	etag, ok := a.etags[name]
	if !ok {
		etag = tag(data)
		a.etags[name] = etag
	}
	a.mu.Unlock()
	w.Header().Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	return nil
}

// accepts looks for a coding that is not switched off by q=0.
func accepts(r *http.Request, coding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}

var inlineScript = pattern.Of(`(?is)<script((?:\s[^>]*)?)>(.*?)</script>`)

func (a *web) loadIndex() (page, error) {
	body, err := fs.ReadFile(a.files, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return page{}, errs.Unavailable("web_missing", "This program was built without the web application.").WithHint("Build it with make build.")
	}
	if err != nil {
		return page{}, err
	}
	scripts := "'self'"
	for _, m := range inlineScript.Regexp().FindAllSubmatch(body, -1) {
		if !bytes.Contains(m[1], []byte("src=")) && len(m[2]) > 0 {
			sum := sha256.Sum256(m[2])
			scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
	}
	// Inline styles: the component library sets them. Workers from blobs: the editor and the layout of graphs run in them.
	policy := "default-src 'self'; script-src " + scripts + "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
	return page{body: body, etag: tag(body), policy: policy}, nil
}

func tag(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
