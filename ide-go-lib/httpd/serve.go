package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
)

// apiPolicy keeps an answer of the API, whatever it holds, from acting as a page.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// headerField is one that every answer begins with. The value is shared: it may be replaced, not changed.
type headerField struct {
	name  string
	value []string
}

func alwaysSent() []headerField {
	return []headerField{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"X-Frame-Options", []string{"DENY"}},
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Content-Security-Policy", []string{apiPolicy}},
		{"Cache-Control", []string{"no-store"}},
	}
}

// writeGrace is how much longer than its handler an answer may take to be read by the client.
const writeGrace = 30 * time.Second

// serve is around everything: identifier, headers, panics, log and metrics.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	out := &recorder{ResponseWriter: w}
	info := newRequest(r, out)
	h := w.Header()
	for _, f := range s.always {
		h[f.name] = f.value
	}
	h.Set("X-Request-Id", info.id)
	if info.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, info))
	s.metrics.inFlight.Inc()
	defer func() {
		p := recover()
		if p != nil {
			s.recovered(out, r, info, p)
		}
		s.metrics.inFlight.Dec()
		s.account(r, info, time.Since(start))
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(http.ErrAbortHandler) // the server closes the connection
		}
	}()
	s.engine.ServeHTTP(out, r)
}

// recovered answers a panic. When the answer had begun the connection is cut, so that the client does not take a part
// for the whole.
func (s *Server) recovered(w *recorder, r *http.Request, info *request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return
	}
	info.cause = fmt.Errorf("panic: %v", p)
	s.cfg.Log.ErrorContext(r.Context(), "A handler panicked.", slog.String("request_id", info.id), errAttr(info.cause), slog.String("stack", string(debug.Stack())))
	if w.status == 0 {
		writeProblem(w, newProblem(info, errs.Internal(info.cause)))
	}
}

func (s *Server) account(r *http.Request, info *request, took time.Duration) {
	status := info.out.status
	if status == 0 {
		status = http.StatusOK
	}
	s.metrics.observe(r.Method, info, status, took)
	level := slog.LevelInfo
	switch {
	case status == http.StatusBadGateway: // another system has failed, and this one has said so
		level = slog.LevelWarn
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case info.route == routeWeb || info.route == "/healthz" || info.route == "/readyz" || info.route == "/metrics":
		level = slog.LevelDebug
	}
	ctx := r.Context()
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("request_id", info.id), slog.String("method", r.Method), slog.String("route", info.route),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", info.out.bytes),
		slog.String("address", info.address))
	if info.user != "" {
		attrs = append(attrs, slog.String("tenant", info.tenant), slog.String("user", info.user))
	}
	if info.cause != nil {
		attrs = append(attrs, errAttr(info.cause))
	}
	if info.code != "" {
		attrs = append(attrs, slog.String("code", info.code))
	}
	s.cfg.Log.LogAttrs(ctx, level, "request", attrs...)
}

// handle adds a route: who asks, whether they may, time limits, then next.
func (s *Server) handle(op *Op, next http.HandlerFunc) {
	s.handleGin(op, func(c *gin.Context) { next(c.Writer, c.Request) })
}

func (s *Server) handleGin(op *Op, next gin.HandlerFunc) {
	route, wildcard := op.route(), op.wildcard()
	enter := func(c *gin.Context) {
		info := requestFrom(c.Request.Context())
		info.route = op.Path
		ctx, err := s.admit(op, c.Request, info)
		if err != nil {
			s.fail(c.Writer, c.Request, err)
			return
		}
		deadline := time.Time{}
		if op.Timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, op.Timeout)
			defer cancel()
			deadline = time.Now().Add(op.Timeout + writeGrace)
		}
		if !deadline.IsZero() { // a connection begins each request without deadlines
			rc := http.NewResponseController(c.Writer)
			// A long upload of somebody known is not a slow client; anybody's may not hold on for ever.
			if op.MaxBody > 0 && (op.MaxBody <= defaultMaxBody || op.Permission == auth.Public) {
				_ = rc.SetReadDeadline(deadline) // a recorder in a test has none
			}
			_ = rc.SetWriteDeadline(deadline)
		}
		c.Request = c.Request.WithContext(ctx)
		for _, p := range c.Params {
			value := p.Value
			if p.Key == wildcard {
				value = strings.TrimPrefix(value, "/")
			}
			c.Request.SetPathValue(p.Key, value)
		}
		next(c)
	}
	if op.Method == Any {
		s.engine.Any(route, enter)
		return
	}
	s.engine.Handle(op.Method, route, enter)
}

// admit says who asks, or why the request is refused. Cookies count only for requests of our own pages.
func (s *Server) admit(op *Op, r *http.Request, info *request) (context.Context, error) {
	ctx := r.Context()
	if s.cfg.Gate != nil && !op.system {
		if err := s.cfg.Gate(r); err != nil {
			return nil, err
		}
	}
	if !op.CrossOrigin && r.Header.Get("Authorization") == "" {
		if err := s.csrf.Check(r); err != nil {
			return nil, errs.Forbidden("cross_origin", "This request comes from a page of another origin and was refused.").
				WithHint("If the page is your own, add its origin to the trusted origins.")
		}
	}
	var p auth.Principal
	// A page of another origin may call a CrossOrigin operation, but not in the name of whoever looks at the page.
	cookiesOnly := op.CrossOrigin && r.Header.Get("Authorization") == ""
	if s.cfg.Authenticate != nil && !cookiesOnly {
		var err error
		if p, err = s.cfg.Authenticate(r); err != nil && op.Permission != auth.Public {
			return nil, err
		}
	}
	if p.Nobody() {
		return telemetry.Annotate(ctx, slog.String("request_id", info.id)), p.Require(op.Permission)
	}
	info.tenant, info.user = p.Tenant, p.Name
	if err := p.Require(op.Permission); err != nil {
		return nil, err
	}
	ctx = telemetry.Annotate(ctx, slog.String("request_id", info.id), slog.String("tenant", p.Tenant))
	return auth.With(ctx, p), nil
}
