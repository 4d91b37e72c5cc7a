// Package httpd is the HTTP server of every service: Gin for routing, huma for typed operations and the OpenAPI
// document, and around them what no handler should have to think of: who asks and whether they may, problem documents,
// limits, protection of cookies, logs, metrics, health, compression and the web application's files.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/telemetry"
)

// Config says what a server serves.
type Config struct {
	// Addr is host:port, with port 0 for any free one, or unix:/path.
	Addr string
	// Port is where to serve, in place of Addr. It stays open when the server has stopped.
	Port *Port
	// Gate may refuse a request before anything is done for it, but for health, metrics and the files of the web
	// application: it gives the error to answer.
	Gate func(r *http.Request) error
	// Title and Version head the OpenAPI document.
	Title   string
	Version string
	// Authenticate finds out who sends a request: nobody when it says nothing about that, an error when what it says
	// does not hold. Without it nobody is ever logged in.
	Authenticate func(r *http.Request) (auth.Principal, error)
	// TrustedOrigins are further origins (https://host) whose pages may send cookies.
	TrustedOrigins []string
	Log            *slog.Logger
	Metrics        *prometheus.Registry
	Health         *telemetry.Health
	// Web holds the web application: index.html and assets/ with hashed names. Nil serves none.
	Web fs.FS
	// Heartbeat is how often a silent stream of events says that it is alive; 0 is 15 seconds.
	Heartbeat time.Duration
}

// Server is a lifecycle.Service. Operations are registered before Start.
type Server struct {
	cfg     Config
	engine  *gin.Engine
	api     huma.API
	handler http.Handler
	csrf    *http.CrossOriginProtection
	metrics *metrics
	always  []headerField
	http    *http.Server
	openAPI func() ([]byte, error)

	mu       sync.Mutex
	listener net.Listener
	stopped  bool
	served   chan struct{} // closed when no more connections are accepted
	draining chan struct{} // closed when streams must end
}

// Limits against clients that are slow on purpose.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// quiet makes the libraries behave as a server's parts; they can be told only once for the whole process.
var quiet = sync.OnceFunc(func() {
	gin.SetMode(gin.ReleaseMode)
	huma.DefaultArrayNullable = false
})

// New makes a server that serves health, metrics, the OpenAPI document and the web application. It panics when an
// origin in cfg is none.
func New(cfg Config) *Server {
	quiet()
	if cfg.Log == nil {
		cfg.Log = telemetry.Discard()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = telemetry.NewMetrics(cfg.Version)
	}
	if cfg.Health == nil {
		cfg.Health = &telemetry.Health{}
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	s := &Server{
		cfg: cfg, engine: gin.New(), csrf: http.NewCrossOriginProtection(), metrics: newMetrics(cfg.Metrics), always: alwaysSent(),
		served: make(chan struct{}), draining: make(chan struct{}),
	}
	for _, origin := range cfg.TrustedOrigins {
		if err := s.csrf.AddTrustedOrigin(origin); err != nil {
			panic("httpd: " + err.Error())
		}
	}
	s.engine.RedirectTrailingSlash = false
	s.engine.HandleMethodNotAllowed = true
	s.engine.ContextWithFallback = false
	s.api = newAPI(s)
	s.openAPI = sync.OnceValues(s.renderOpenAPI)
	s.addSystemRoutes()
	s.addFallbacks()
	s.handler = compress(http.HandlerFunc(s.serve))
	s.http = &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s
}

// compress answers with gzip what is worth it.
func compress(h http.Handler) http.Handler {
	const worth, level = 1024, 4
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(worth), gzhttp.CompressionLevel(level), gzhttp.EnableZstd(false),
		gzhttp.ContentTypeFilter(compressible), gzhttp.KeepAcceptRanges())
	if err != nil {
		panic("httpd: " + err.Error())
	}
	return wrap(h)
}

func compressible(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	switch mediaType {
	case "text/event-stream":
		return false
	case "application/json", "application/javascript", "application/manifest+json", "application/yaml", "image/svg+xml", "application/wasm":
		return true
	}
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json")
}

// Handler gives the whole server as a handler, for tests.
func (s *Server) Handler() http.Handler { return s.handler }

// Addr gives the address that the server listens on, as host:port or the path of a Unix socket; "" before Start.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Start listens and serves. It returns as soon as connections are accepted.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped:
		return errors.New("the HTTP server has been stopped and cannot be started again")
	case s.listener != nil:
		return errors.New("the HTTP server has been started already")
	}
	if s.cfg.Port != nil {
		s.listener = s.cfg.Port.berth()
	} else {
		l, err := listen(ctx, s.cfg.Addr)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", s.cfg.Addr, err)
		}
		s.listener = l
	}
	l := s.listener
	go func() {
		defer close(s.served)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Log.Error("The HTTP server stopped accepting connections.", errAttr(err))
		}
	}()
	return nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	path, unix := strings.CutPrefix(addr, "unix:")
	if !unix {
		return lc.Listen(ctx, "tcp", addr)
	}
	// A socket file that an earlier process left behind would be in the way.
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if c, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
			_ = c.Close()
			return nil, errors.New("another process is listening there")
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Stop accepts no more connections, ends streams, lets requests finish until ctx ends, and then cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	first, started := !s.stopped, s.listener != nil
	s.stopped = true
	if first {
		close(s.draining)
	}
	s.mu.Unlock()
	if !started {
		return nil
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), s.http.Close())
	}
	<-s.served
	return err
}
