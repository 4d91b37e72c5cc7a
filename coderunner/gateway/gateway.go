// Package gateway puts a Python service on the network: it lets through who shows the token, or a certificate that was
// asked for, and passes everything on to the service's Unix socket. The service itself never listens on the network.
package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
)

const (
	headerLimit = 10 * time.Second
	idleLimit   = 2 * time.Minute
	startWait   = 15 * time.Second
	startPoll   = 50 * time.Millisecond
)

// open are the paths that tell how the service is, for whoever looks after it.
var open = map[string]bool{"/healthz": true, "/readyz": true}

// Config says where to listen and whom to let through.
type Config struct {
	Addr   string
	Socket string // of the service
	// Token must be shown as a bearer token; "" asks for none, which is right only with TLS that asks for certificates.
	Token string
	TLS   *tls.Config // nil is plain HTTP
	Log   *slog.Logger
}

// Gateway serves one Python service on the network.
type Gateway struct {
	cfg    Config
	server *http.Server
	proxy  *httputil.ReverseProxy
	probe  *httputil.ReverseProxy // does not wait for a service that is being started
	mu     sync.Mutex
	ln     net.Listener
	failed chan error
}

var _ lifecycle.Service = (*Gateway)(nil)

// New makes a gateway; it does not listen yet.
func New(cfg Config) *Gateway {
	g := &Gateway{cfg: cfg, failed: make(chan error, 1)}
	g.proxy, g.probe = g.passOn(startWait), g.passOn(0)
	g.server = &http.Server{
		Handler: http.HandlerFunc(g.serve), ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit,
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return g
}

// Addr is the address that it listens on; "" before Start.
func (g *Gateway) Addr() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ln == nil {
		return ""
	}
	return g.ln.Addr().String()
}

// Failed gives the error that ended it without Stop.
func (g *Gateway) Failed() <-chan error { return g.failed }

// Start listens.
func (g *Gateway) Start(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", g.cfg.Addr)
	if err != nil {
		return err
	}
	if g.cfg.TLS != nil {
		ln = tls.NewListener(ln, g.cfg.TLS)
	}
	g.mu.Lock()
	g.ln = ln
	g.mu.Unlock()
	go func() {
		if err := g.server.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			g.failed <- err
		}
	}()
	return nil
}

// Stop lets what is under way come to its end, as long as ctx does.
func (g *Gateway) Stop(ctx context.Context) error {
	if err := g.server.Shutdown(ctx); err != nil {
		return errors.Join(errs.Internal(fmt.Errorf("some executions did not end in time: %w", err)), g.server.Close())
	}
	return nil
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	if open[r.URL.Path] {
		// Anybody may ask, and the service behind would take in whatever comes along.
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "This address takes GET alone.")
			return
		}
		r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
		g.probe.ServeHTTP(w, r)
		return
	}
	if !g.allowed(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, "coderunner_unauthorized", "The Python service wants another token.")
		return
	}
	r.Header.Del("Authorization") // it is for the gateway alone
	g.proxy.ServeHTTP(w, r)
}

func (g *Gateway) allowed(r *http.Request) bool {
	if g.cfg.Token == "" {
		return true
	}
	shown := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	wanted := sha256.Sum256([]byte(g.cfg.Token))
	return subtle.ConstantTimeCompare(shown[:], wanted[:]) == 1
}

// dial waits for the socket to appear: the service is started beside the gateway, and may be restarted at any time.
func (g *Gateway) dial(ctx context.Context, wait time.Duration) (net.Conn, error) {
	dialer := net.Dialer{}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	tick := time.NewTicker(startPoll)
	defer tick.Stop()
	for {
		conn, err := dialer.DialContext(ctx, "unix", g.cfg.Socket)
		if err == nil || wait == 0 {
			return conn, err
		}
		select {
		case <-tick.C:
		case <-timer.C:
			return nil, err
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (g *Gateway) passOn(wait time.Duration) *httputil.ReverseProxy {
	target := &url.URL{Scheme: "http", Host: "coderunner"}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// One connection for each request: when its caller goes away it is closed, and that ends the code.
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return g.dial(ctx, wait)
		}},
		FlushInterval: -1, // events are sent as they come
		ErrorLog:      slog.NewLogLogger(g.cfg.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			g.cfg.Log.Warn("The Python service does not answer.", "error", err)
			refuse(w, http.StatusServiceUnavailable, "python_unavailable", "The Python service does not answer.")
		},
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message}) // a caller that went away is nobody to tell
}
