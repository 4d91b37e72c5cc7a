package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	web "dataflow/dia-flow-web"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/auth/authapi"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/gcpace"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
)

// The services that serve knows. Those of later are named so that the answer is clear.
const (
	serviceAutomation = "automation"
	serviceCoderunner = "coderunner"
	serviceWeb        = "web"
)

var (
	services      = []string{serviceAutomation, serviceCoderunner, serviceWeb}
	laterServices = []string{"ecron", "flow-stream-data-pipeline"}
)

// stopGrace is how long an orderly end may take.
const stopGrace = 20 * time.Second

type serveFlags struct {
	addr, data, python            string
	addrGiven                     bool // by whoever starts this process, and not by settings that others share
	coderunner                    coderunnerFlags
	adminPassword, examples       string
	logLevel, logFormat           string
	publicURL                     string
	trustedOrigins, allowNetworks []string
	pythonIsolated                []string
	allowInitial                  bool
	keeping                       keepingFlags
	tables                        tableFlags
	openlineage                   openlineageFlags
}

func newServe(w *World) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [SERVICE…]",
		Short: "Start the services and the web page",
		Long: `Start the services: automation (flows, runs and their API), coderunner (Python in a sandbox) and web (the page in the
browser). Without names all of them run in this process.

The first start makes the user admin and prints a password, unless DATAFLOW_ADMIN_PASSWORD gives one. The server listens on
this machine only until --addr says otherwise, and does not listen wider while that first password is unchanged.

One process owns the data folder. A second one on the same folder stands by: it answers that it does, and takes over by
itself when the first one ends, is killed or freezes.

The first SIGINT or SIGTERM ends the services in an orderly way, one that comes a second later or more at once; unfinished runs go on at
the next start.`,
		Example: `  dataflow serve
  dataflow serve --addr 0.0.0.0:3000 --data /var/lib/dataflow
  dataflow serve --examples embedded
  dataflow serve automation web --coderunner /run/dataflow/coderunner.sock
  dataflow serve coderunner --addr 0.0.0.0:3080 --coderunner-cert tls.pem --coderunner-key tls.key   # with DATAFLOW_CODERUNNER_TOKEN
  dataflow serve automation web --coderunner https://coderunner.internal:3080`,
		ValidArgs: services,
		Args:      cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			_, inEnv := w.Env(envPrefix + "ADDR")
			f.addrGiven = inEnv || cmd.Flags().Changed("addr")
			if err := applySettings(w, cmd); err != nil {
				return err
			}
			if err := knownServices(names); err != nil {
				return err
			}
			if len(names) == 0 {
				names = services
			}
			return f.serve(cmd.Context(), w, names)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:3000", "`host:port` to listen on; an empty host is every address of this machine")
	fl.StringVar(&f.data, "data", "dataflow-data", "`folder` that keeps everything")
	fl.StringVar(&f.python, "python", "", "Python `interpreter` with coderunner's requirements; found in .venv by itself")
	f.coderunner.add(fl)
	fl.StringSliceVar(&f.pythonIsolated, "python-isolated", nil, "`tenant` whose Python may use all of the language, held by the sandbox alone; * is every tenant; may be repeated")
	fl.StringVar(&f.adminPassword, "admin-password", "", "password of admin at the first start; better given as DATAFLOW_ADMIN_PASSWORD")
	fl.BoolVar(&f.allowInitial, "allow-initial-password", false, "listen beyond this machine although the generated password is unchanged")
	fl.StringSliceVar(&f.trustedOrigins, "trusted-origin", nil, "further `origin` (https://host) whose pages may use the API with the session; may be repeated")
	fl.StringVar(&f.publicURL, "public-url", "", "where this server is reached from outside, such as https://flows.example.com, for the addresses that flows give to others; without one, the address that it listens on")
	fl.StringSliceVar(&f.allowNetworks, "allow-network", nil, "a `network` (10.1.0.0/16) or address that flows may reach although it is not public; may be repeated")
	fl.StringVar(&f.examples, "examples", "", "load the examples: a `folder`, or embedded for those in the binary; each is loaded once")
	f.keeping.add(fl)
	f.tables.add(fl)
	f.openlineage.add(fl)
	fl.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	fl.StringVar(&f.logFormat, "log-format", "", "json or text; text is the default on a terminal")
	fl.String("config", "", "settings `file`: YAML, a mapping by the names of these flags")
	return cmd
}

func knownServices(names []string) error {
	for _, name := range names {
		switch {
		case slices.Contains(services, name):
		case slices.Contains(laterServices, name):
			return usagef("the service %s is not in this version; there are %s", name, strings.Join(services, ", "))
		default:
			return usagef("there is no service %q; there are %s", name, strings.Join(services, ", "))
		}
	}
	return nil
}

// heapRoom is what a small heap may grow by between collections: a fifth less work for many short runs.
const heapRoom = 64 << 20

func (f *serveFlags) serve(ctx context.Context, w *World, names []string) error {
	gcpace.Start(heapRoom)
	redactor := &telemetry.Redactor{}
	log, err := f.logger(w, redactor)
	if err != nil {
		return withCode(exitUsage, err)
	}
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return usagef("--addr must be host:port, such as 127.0.0.1:3000, not %q", f.addr)
	}
	if _, err := f.keeping.keeping(); err != nil {
		return err
	}
	if _, err := f.openlineage.config(w, nil); err != nil {
		return err
	}
	if slices.Equal(names, []string{serviceCoderunner}) {
		return f.serveCoderunner(ctx, w, log, host)
	}
	return (&seat{f: f, w: w, names: names, data: w.Path(f.data), log: log, redactor: redactor}).serve(ctx)
}

// own runs the services on the data folder until ctx ends or another process owns it; then the error matches
// lease.ErrLost.
func (f *serveFlags) own(ctx context.Context, s *seat, term *lease.Term) (err error) {
	w, log := s.w, s.log
	metrics := telemetry.NewMetrics(baseVersion)
	leaseMetric(metrics, 1)
	cfg := platformConfig{
		data: s.data, log: log, metrics: metrics, command: f.python, coderunner: f.coderunner, isolated: f.pythonIsolated, term: term, redactor: s.redactor,
	}
	if cfg.publicURL, err = publicURL(f.publicURL, f.addr); err != nil {
		return err
	}
	if cfg.reach, err = networks(f.allowNetworks); err != nil {
		return err
	}
	if cfg.keeping, err = f.keeping.keeping(); err != nil {
		return err
	}
	if cfg.tables, err = f.tables.config(); err != nil {
		return err
	}
	if cfg.openlineage, err = f.openlineage.config(w, s.redactor); err != nil {
		return err
	}
	switch {
	case f.coderunner.remote():
		cfg.python = pythonRemote
	case f.coderunner.address != "":
		cfg.python, cfg.coderunner.address = pythonSocket, w.Path(f.coderunner.address)
	case slices.Contains(s.names, serviceCoderunner):
		cfg.python = pythonChild
	}
	grace := stopGrace
	defer release(context.WithoutCancel(ctx), term, log)
	p, err := newPlatform(ctx, w, cfg)
	if err != nil {
		return err
	}
	defer func() {
		// An orderly end, whatever ended the service; the second signal ends the process meanwhile.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if stopped := p.stop(stop); stopped != nil && errors.Is(err, lease.ErrLost) {
			err = fmt.Errorf("another process has taken over the data folder, and work of this one does not end: %w", stopped)
		} else {
			err = errors.Join(err, stopped)
		}
	}()

	users, err := auth.New(ctx, auth.Config{DB: p.db, Clock: w.Clock, Log: log})
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return err
	}
	password, err := f.firstPassword(ctx, w, users, host)
	if err != nil {
		return err
	}
	if f.examples != "" {
		if err := loadExamples(ctx, w, p, f.examples); err != nil {
			return err
		}
	}
	if err := s.listen(ctx); err != nil {
		return err
	}
	server := httpd.New(f.server(s, p, users, metrics))
	authapi.Register(server, users)
	if slices.Contains(s.names, serviceAutomation) {
		p.automation.Register(server)
		p.registerCoderunner(server, w)
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	if err := p.startOne(ctx, server); err != nil {
		return err
	}
	greet(w.Stdout, server.Addr(), password)
	if w.OnReady != nil {
		w.OnReady(server.Addr())
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-term.Lost():
		grace = lostGrace
		return term.Guard()
	}
}

// release gives the data folder back.
func release(ctx context.Context, term *lease.Term, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, lostGrace)
	defer cancel()
	if err := term.Release(ctx); err != nil {
		// It ends with the process, or runs out.
		log.Warn("The lease cannot be given back.", slog.Any("error", err))
	}
}

// leaseMetric says whether this process owns the data folder.
func leaseMetric(to prometheus.Registerer, held float64) {
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "dataflow_lease_held", Help: "1 in the process that owns the data folder, 0 in one that stands by."})
	gauge.Set(held)
	to.MustRegister(gauge)
}

func (f *serveFlags) server(s *seat, p *platform, users *auth.Service, metrics *prometheus.Registry) httpd.Config {
	health := &telemetry.Health{}
	for _, c := range p.checks() {
		health.Add(c.name, c.gates, c.check)
	}
	cfg := httpd.Config{
		Port: s.port, Title: "Dataflow", Version: baseVersion, Authenticate: users.Authenticate, TrustedOrigins: f.trustedOrigins,
		Log: s.log, Metrics: metrics, Health: health, Gate: p.gate,
	}
	if slices.Contains(s.names, serviceWeb) {
		cfg.Web = web.FS()
	}
	return cfg
}

func (f *serveFlags) logger(w *World, redactor *telemetry.Redactor) (*slog.Logger, error) {
	format := f.logFormat
	if format == "" && w.Terminal {
		format = "text"
	}
	return telemetry.NewLogger(w.Stderr, telemetry.LogConfig{Level: f.logLevel, Format: format, Redactor: redactor})
}

// firstPassword makes the administrator at the first start and gives the password that was generated, if one was. It
// refuses to listen beyond this machine while that is unchanged.
func (f *serveFlags) firstPassword(ctx context.Context, w *World, users *auth.Service, host string) (string, error) {
	password, _, err := users.EnsureAdmin(ctx, f.adminPassword)
	if errors.Is(err, &errs.Error{Code: "password_weak"}) {
		return "", usagef("--admin-password (DATAFLOW_ADMIN_PASSWORD): %s", errs.From(err).Message)
	}
	if err != nil {
		return "", err
	}
	if f.allowInitial || loopback(host) {
		return password, nil
	}
	initial, err := users.HasGeneratedPassword(ctx)
	if err != nil || !initial {
		return password, err
	}
	if password != "" {
		showPassword(w.Stdout, password)
	}
	return "", usagef("%s is reachable from other machines, but the generated password of admin has never been changed; "+
		"start on 127.0.0.1 and change it, or give --allow-initial-password", f.addr)
}

// networks reads networks, and single addresses as networks of one.
func networks(texts []string) ([]netip.Prefix, error) {
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usagef("--allow-network: %q is neither a network, such as 10.1.0.0/16, nor an address", text)
		}
		list = append(list, network)
	}
	return list, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func listenError(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --addr", addr, op.Err)
	}
	return err
}

// greet says where the server is and, once, the first password.
func greet(w io.Writer, addr, password string) {
	if password != "" {
		showPassword(w, password)
	}
	say(w, "Dataflow %s is ready: %s\n", baseVersion, webAddress(addr))
}

func showPassword(w io.Writer, password string) {
	lines := []string{
		"First start: log in with", "", "  user      " + auth.AdminName, "  password  " + password, "",
		"It is shown only now. Change it after logging in;", "`dataflow admin reset-password` makes a new one.",
	}
	width := 0
	for _, l := range lines {
		width = max(width, len(l))
	}
	say(w, "┌%s┐\n", strings.Repeat("─", width+4))
	for _, l := range lines {
		say(w, "│  %s  │\n", console.Pad(l, width))
	}
	say(w, "└%s┘\n", strings.Repeat("─", width+4))
}
