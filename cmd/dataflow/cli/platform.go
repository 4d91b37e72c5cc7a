package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/cmd/dataflow/cli/datadir"
	coderunnerapi "dataflow/coderunner/api"
	"dataflow/coderunner/client"
	"dataflow/coderunner/environment"
	"dataflow/coderunner/supervisor"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/openlineage"
	"dataflow/ide-go-lib/artifact"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/backup"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/telemetry"
)

// pythonMode says where Python comes from.
type pythonMode int

const (
	pythonNone   pythonMode = iota // there is none, because nothing needs it
	pythonChild                    // a supervised child of this process
	pythonSocket                   // a service that is there already, on this machine
	pythonRemote                   // one or several services on other machines
)

// platformConfig says what to put together.
type platformConfig struct {
	data    string       // folder with everything that is kept
	passing bool         // data goes when this process has done its work
	files   *files.Store // nil is files below data, by tenant
	python  pythonMode
	command string // interpreter of pythonChild; "" is found
	log     *slog.Logger
	metrics prometheus.Registerer // nil keeps none
	reach   []netip.Prefix        // networks that flows may reach although they are not public
	// isolated are the tenants whose Python is held by the sandbox alone, without the language policy; * is all.
	isolated  []string
	publicURL string      // where it is reached from outside; "" is not known
	term      *lease.Term // the right to data; nil where no other process can want it
	keeping   automation.Keeping
	tables    duck.Config         // without store and folder
	ahead     bool                // there are nodes with tables, whose engine is made ready while the rest is put together
	redactor  *telemetry.Redactor // of log; nil is none
	// openlineage says who is told of runs; nil is nobody.
	openlineage *openlineage.Config
	// coderunner says where services are that are there already, and what a child may do.
	coderunner coderunnerFlags
}

// platform is the services of one process with what they stand on.
type platform struct {
	cfg        platformConfig
	db         *db.DB
	files      *files.Store
	tables     *duck.Engine
	python     *supervisor.Supervisor // nil without a child
	elsewhere  *client.Client         // to Python that is there already; nil without
	pythonWhy  string                 // why there is no Python
	automation *automation.Service
	// environments stand between the flows and the Python service.
	environments *environment.Service
	artifacts    artifact.Store
	started      []lifecycle.Service
	closers      []func() error
}

// newPlatform opens everything; nothing runs before start. On an error what was opened is closed again.
func newPlatform(ctx context.Context, w *World, cfg platformConfig) (p *platform, err error) {
	p = &platform{cfg: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
			p = nil
		}
	}()
	if err := os.MkdirAll(cfg.data, 0o700); err != nil {
		return p, fmt.Errorf("make the data folder: %w", err)
	}
	if p.db, err = db.Open(ctx, db.Config{Path: filepath.Join(cfg.data, datadir.Database), Guard: p.guard(), Passing: cfg.passing}); err != nil {
		return p, err
	}
	p.closers = append(p.closers, p.db.Close)
	if p.files = cfg.files; p.files == nil {
		if p.files, err = files.New(filepath.Join(cfg.data, datadir.Files)); err != nil {
			return p, err
		}
	}
	p.files.Guard(p.guard())
	store, err := artifacts.New(filepath.Join(cfg.data, datadir.Artifacts))
	if err != nil {
		return p, err
	}
	store.Guard(p.guard())
	if cfg.passing {
		store.Passing()
	} else { // what a process that was killed had not finished is in it
		if err := p.sweep(w.Clock.Now(), store); err != nil {
			return p, err
		}
	}
	tables := cfg.tables
	tables.Store, tables.TempDir = store, p.spillDir()
	if p.tables, err = duck.New(tables); err != nil {
		return p, err
	}
	p.closers = append(p.closers, p.tables.Close)
	if cfg.ahead {
		p.tables.Ahead()
	}
	p.artifacts = store
	python, err := p.runner(w)
	if err != nil {
		return p, err
	}
	p.environments, err = environment.New(ctx, environment.Deps{
		DB: p.db, Artifacts: store, Python: python, Clock: w.Clock, Log: cfg.log, Isolated: isolatedTenants(cfg.isolated),
		NamedBy: func(ctx context.Context, tenant, name string) ([]string, error) {
			return p.automation.NamingEnvironment(ctx, tenant, name)
		},
	})
	if err != nil {
		return p, err
	}
	p.cfg.keeping.References = p.environments.References
	if !cfg.passing {
		p.cfg.keeping.Hold = func() (func(), bool, error) { return backup.TryRemoving(cfg.data) }
	}
	keys, err := p.keys()
	if err != nil {
		return p, err
	}
	reach := egress.Config{Allow: cfg.reach}
	p.automation, err = automation.New(ctx, automation.Deps{
		Secrets: keys, Egress: reach, Redactor: cfg.redactor,
		DB: p.db, Artifacts: store, Tables: p.tables, Files: p.files, Python: p.environments, HTTP: egress.Client(reach),
		Clock: w.Clock, Log: cfg.log, Metrics: cfg.metrics, Term: cfg.term, PublicURL: cfg.publicURL, Keeping: p.cfg.keeping, OpenLineage: cfg.openlineage, System: p.system,
	})
	return p, err
}

// keys gives what secrets are sealed with.
func (p *platform) keys() (*secret.Box, error) {
	if p.cfg.passing {
		return secret.Passing()
	}
	return secret.Load(filepath.Join(p.cfg.data, datadir.Keys))
}

// sweep removes what is left of the work of processes that are gone. This one owns the folder.
func (p *platform) sweep(now time.Time, store *artifacts.Store) error {
	problems := []error{store.Clean(now), p.files.Clean(now)}
	for _, dir := range []string{p.spillDir(), p.resultDir()} {
		left, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
		for _, entry := range left {
			problems = append(problems, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("remove unfinished work of an earlier process: %w", err)
	}
	return nil
}

// spillDir is where queries that outgrow their memory spill.
func (p *platform) spillDir() string { return filepath.Join(p.cfg.data, "tmp", "tables") }

// resultDir is where results of Python lie until they are taken.
func (p *platform) resultDir() string { return filepath.Join(p.cfg.data, "tmp", "python") }

// runner gives the service that runs Python.
func (p *platform) runner(w *World) (environment.Python, error) {
	results := p.resultDir()
	// The environments, which know it, come after the runner, and nothing runs before both are there.
	policy := func(tenant string) string { return p.environments.PolicyOf(tenant) }
	switch p.cfg.python {
	case pythonSocket:
		p.elsewhere = client.New(client.Config{Socket: p.cfg.coderunner.address, Dir: results, Policy: policy})
		return p.elsewhere, nil
	case pythonRemote:
		python, err := p.cfg.coderunner.client(w, results, policy, p.cfg.log)
		if err != nil {
			return nil, err
		}
		p.elsewhere = python
		return python, nil
	case pythonChild:
		python, missing := findPython(w, p.cfg.command)
		if missing != nil {
			p.pythonWhy = missing.Message
			return missingPython{missing}, nil //nolint:nilerr // the services run without Python, and say so
		}
		child, err := pythonService(p.cfg.data, python, p.cfg.log, p.cfg.coderunner, true)
		if err != nil {
			return nil, err
		}
		p.python = child
		return client.New(client.Config{Socket: child.Socket(), Dir: results, Policy: policy, Broken: child.Broken}), nil
	}
	p.pythonWhy = "This command runs without Python."
	return missingPython{errs.Unavailable("python_missing", "%s", p.pythonWhy)}, nil
}

// start starts the services in the order in which they need each other; Python is not waited for.
func (p *platform) start(ctx context.Context) error {
	if p.python != nil {
		if err := p.startOne(ctx, p.python); err != nil {
			return err
		}
	}
	if err := p.startOne(ctx, p.environments); err != nil {
		return err
	}
	return p.startOne(ctx, p.automation)
}

func (p *platform) startOne(ctx context.Context, s lifecycle.Service) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	p.started = append(p.started, s)
	return nil
}

// stop ends what has been started, the last first, and closes everything.
func (p *platform) stop(ctx context.Context) error {
	var problems []error
	for _, s := range slices.Backward(p.started) {
		problems = append(problems, s.Stop(ctx))
	}
	p.started = nil
	return errors.Join(append(problems, p.close())...)
}

func (p *platform) close() error {
	var problems []error
	if p.python != nil { // also one that was never started has a folder to remove
		problems = append(problems, p.python.Stop(context.Background()))
	}
	for _, c := range slices.Backward(p.closers) {
		problems = append(problems, c())
	}
	p.closers = nil
	return errors.Join(problems...)
}

// registerCoderunner puts the API of environments on a server.
func (p *platform) registerCoderunner(server *httpd.Server, w *World) {
	coderunnerapi.New(coderunnerapi.Deps{Environments: p.environments, Artifacts: p.artifacts, Clock: w.Clock}).Register(server)
}

// pythonStatus is the Python service as health and the system page show it, with the layers of its sandbox.
func (p *platform) pythonStatus(ctx context.Context) (status telemetry.Status, detail string, layers map[string]string) {
	switch {
	case p.python != nil:
		s := p.python.Status()
		return telemetry.Status(s.State), s.Detail, s.Layers
	case p.elsewhere != nil:
		s := p.elsewhere.Status(ctx)
		detail = "at " + p.cfg.coderunner.address
		if s.Detail != "" {
			detail += ": " + s.Detail
		}
		return telemetry.Status(s.State), detail, s.Layers
	}
	return telemetry.Degraded, p.pythonWhy, nil
}

// check is one part of the installation in the health report and on the system page.
type check struct {
	name  string
	gates bool
	check telemetry.Check
}

func (p *platform) checks() []check {
	all := []check{
		{"database", true, telemetry.CheckError("cannot be read", p.db.Check)},
		{"journal", true, p.automation.Journal},
		{"clock", true, p.automation.ClockSteady},
	}
	if p.cfg.term != nil {
		all = append(all, check{"lease", true, p.cfg.term.Status})
	}
	return append(all, check{"python", false, func(ctx context.Context) (telemetry.Status, string) {
		status, detail, _ := p.pythonStatus(ctx)
		return status, detail
	}})
}

// guard keeps what is kept from being changed by a process that does not own it any more.
func (p *platform) guard() func() error {
	if p.cfg.term == nil {
		return nil
	}
	return p.cfg.term.Guard
}

// gate refuses what would change something while this process cannot be sure that it owns the data folder.
func (p *platform) gate(r *http.Request) error {
	if p.cfg.term == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	return p.cfg.term.Guard()
}

func (p *platform) system(ctx context.Context) api.System {
	out := api.System{Version: version(), Services: []api.ServiceStatus{{Name: "automation", Status: string(telemetry.OK)}}}
	for _, c := range p.checks() {
		name := c.name
		if name == "python" {
			name = serviceCoderunner
		}
		status, detail := c.check(ctx)
		out.Services = append(out.Services, api.ServiceStatus{Name: name, Status: string(status), Detail: detail})
	}
	_, _, layers := p.pythonStatus(ctx)
	if len(layers) == 0 {
		return out
	}
	out.Sandbox = &api.Sandbox{Layers: []api.SandboxLayer{}}
	for _, name := range slices.Sorted(maps.Keys(layers)) {
		l := api.SandboxLayer{Name: name, Active: strings.HasPrefix(layers[name], "on")}
		if layers[name] != "on" {
			l.Detail = layers[name]
		}
		out.Sandbox.Layers = append(out.Sandbox.Layers, l)
	}
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
