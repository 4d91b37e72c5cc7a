package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"dataflow/cmd/dataflow/cli/datadir"
	web "dataflow/dia-flow-web"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
)

const (
	// lostGrace is how long work may take to end once another process owns the data folder; then the process ends.
	lostGrace = 5 * time.Second
)

// seat is this process's place at a data folder: it owns it, or stands by for the one that does.
type seat struct {
	f     *serveFlags
	w     *World
	names []string
	data  string
	log   *slog.Logger
	// redactor cuts secrets out of log.
	redactor *telemetry.Redactor
	lease    *lease.Lease
	port     *httpd.Port // nil until something is served
}

// serve owns the data folder or stands by, in turns, until ctx ends.
func (s *seat) serve(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if s.lease, err = datadir.OpenLease(ctx, s.data, s.address, s.log); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.lease.Close())
		if s.port != nil {
			err = errors.Join(err, s.port.Close())
		}
	}()
	for {
		term, err := s.lease.TryAcquire(ctx)
		if err == nil && term == nil {
			term, err = s.standBy(ctx)
		}
		if err != nil {
			return orderly(ctx, s.log, err)
		}
		err = s.f.own(ctx, s, term)
		if again := errors.Is(err, lease.ErrLost); !again {
			return orderly(ctx, s.log, err)
		}
		s.log.Warn("This process has ended all that it did on the data folder and stands by.")
	}
}

// orderly tells an orderly end from an error.
func orderly(ctx context.Context, log *slog.Logger, err error) error {
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), errSignal) && (err == nil || errors.Is(err, errSignal)) {
		log.Info("Stopping.")
		return nil
	}
	return err
}

// listen opens the port, which then stays open whoever answers there.
func (s *seat) listen(ctx context.Context) error {
	if s.port != nil {
		return nil
	}
	port, err := httpd.Listen(ctx, s.f.addr)
	if err != nil {
		return listenError(s.f.addr, err)
	}
	s.port = port
	return nil
}

// address is where others find this process.
func (s *seat) address() string {
	addr := s.f.addr
	if s.port != nil {
		addr = s.port.Addr()
	}
	return webAddress(addr)
}

// webAddress gives the address that a person on this machine opens.
func webAddress(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && (ip.IsLoopback() || ip.IsUnspecified())) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// standBy answers that another process owns the data folder, until this one does.
func (s *seat) standBy(ctx context.Context) (*lease.Term, error) {
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	owner, _, err := s.lease.Holder(ctx)
	if err != nil {
		return nil, err
	}
	refusal := func() *errs.Error {
		now, held, err := s.lease.Holder(context.WithoutCancel(ctx))
		if err != nil || !held {
			now = owner
		}
		return errs.Unavailable("standby", "The data folder is in use by %s, and this server stands by for it.", now).
			WithHint("Use that one. This one takes over by itself when that one ends.")
	}
	health := &telemetry.Health{}
	health.Add("lease", true, func(context.Context) (telemetry.Status, string) {
		return telemetry.Starting, "stands by for " + owner.String()
	})
	cfg := httpd.Config{
		Port: s.port, Title: "Dataflow", Version: baseVersion, Log: s.log, Metrics: telemetry.NewMetrics(baseVersion), Health: health,
		Gate: func(*http.Request) error { return httpd.WithHeader(refusal(), "Retry-After", "2") },
	}
	leaseMetric(cfg.Metrics, 0)
	if slices.Contains(s.names, serviceWeb) {
		cfg.Web = web.FS()
	}
	server := httpd.New(cfg)
	if err := server.Start(ctx); err != nil {
		return nil, err
	}
	greetStandby(s.w.Stdout, s.port.Addr(), owner)
	s.log.Info("Standing by.", slog.String("owner", owner.String()))
	term, err := s.lease.Acquire(ctx, nil)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if stopped := server.Stop(stop); err == nil && stopped != nil {
		s.log.Warn("Requests were cut off.", slog.Any("error", stopped))
	}
	if term != nil {
		s.log.Info("This process owns the data folder now.", slog.Int64("token", term.Token()))
	}
	return term, err
}

func greetStandby(w io.Writer, addr string, owner lease.Holder) {
	say(w, "Dataflow %s stands by on %s: %s runs the data folder.\n", baseVersion, webAddress(addr), owner)
}
