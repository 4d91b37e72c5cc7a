// Package telemetry is what the system tells about itself: logs, metrics and health.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LogConfig says how to log.
type LogConfig struct {
	Level  string // debug, info (also ""), warn, error
	Format string // json (also "") or text
	// Redactor cuts secrets out of every line; nil is none.
	Redactor *Redactor
}

// NewLogger writes one line per event to w. What Annotate put into the context of an event is part of it.
func NewLogger(w io.Writer, cfg LogConfig) (*slog.Logger, error) {
	var level slog.Level
	if cfg.Level != "" {
		if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
			return nil, fmt.Errorf("log level %q is not known; use debug, info, warn or error", cfg.Level)
		}
	}
	if cfg.Redactor != nil {
		w = cfg.Redactor.Writer(w)
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler
	switch strings.ToLower(cfg.Format) {
	case "", "json":
		handler = slog.NewJSONHandler(w, options)
	case "text":
		handler = slog.NewTextHandler(w, options)
	default:
		return nil, fmt.Errorf("log format %q is not known; use json or text", cfg.Format)
	}
	return slog.New(contextHandler{handler}), nil
}

type annotationsKey struct{}

// Annotate adds attributes, such as the request, the tenant or the run, to every log line with this context.
func Annotate(ctx context.Context, attrs ...slog.Attr) context.Context {
	before := annotations(ctx)
	return context.WithValue(ctx, annotationsKey{}, append(before[:len(before):len(before)], attrs...))
}

func annotations(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(annotationsKey{}).([]slog.Attr)
	return attrs
}

// contextHandler adds what the context says.
type contextHandler struct {
	slog.Handler
}

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if ctx != nil {
		r.AddAttrs(annotations(ctx)...)
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}

// Discard is a logger that says nothing, for tests and tools.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
