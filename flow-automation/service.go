// Package automation is the façade of flow-automation: it puts the domain, the store, the engine and the API together
// and is all that cmd/dataflow knows of them.
package automation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/check"
	"dataflow/flow-automation/codecheck"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/openlineage"
	"dataflow/flow-automation/quality"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/telemetry"
)

// Deps is the world that the service stands in.
type Deps struct {
	DB        *db.DB
	Artifacts artifact.Store
	Tables    table.Engine
	Files     *files.Store
	Python    node.PythonRunner
	HTTP      *http.Client        // refuses addresses that flows may not reach
	Egress    egress.Config       // which addresses connections may reach
	Secrets   *secret.Box         // seals what connections keep; nil is without connections
	Redactor  *telemetry.Redactor // told of secrets that are in use; nil is none
	Clock     clock.Clock
	Log       *slog.Logger
	Metrics   prometheus.Registerer
	Term      *lease.Term // this process's right to DB; nil where no other process can want it
	Keeping   Keeping
	PublicURL string // where this installation is reached from outside, without a / at the end; callback addresses begin with it
	// OpenLineage says who is told of runs; nil is nobody.
	OpenLineage *openlineage.Config
	// System says how the whole installation is.
	System func(ctx context.Context) api.System
}

// Service is flow-automation, ready to be started.
type Service struct {
	deps    Deps
	flows   *store.Store
	engine  *local.Engine
	checker *check.Checker
	code    *codecheck.Checker // nil without Python
	// executor knows of steps what can be known before they run.
	executor *step.Executor
	types    *node.Registry
	log      *slog.Logger
	fills    *backfill.Runner
	api      *api.API
	// told is nil when nobody is told of runs.
	told *openlineage.Service
	// connections is nil without a key for their secrets.
	connections *connection.Service
	// marks is nil without connections.
	marks *settler
}

var _ lifecycle.Service = (*Service)(nil)

// New brings the tables of flows up to date and puts the service together. Nothing runs before Start.
func New(ctx context.Context, deps Deps) (*Service, error) {
	flowStore, err := store.New(ctx, deps.DB)
	if err != nil {
		return nil, err
	}
	types, triggers := NodeTypes(), TriggerTypes()
	env := &node.Env{
		Tables: deps.Tables, Artifacts: deps.Artifacts, Files: deps.Files, Python: deps.Python, Flows: flows{flowStore}, HTTP: deps.HTTP,
	}
	executor := step.New(types, env, results{flowStore})
	var s *Service
	var projected func(runs []engine.Numbered)
	if deps.OpenLineage != nil || deps.Secrets != nil {
		projected = func(runs []engine.Numbered) { s.moved(runs) }
	}
	s = &Service{
		deps: deps, flows: flowStore, checker: check.New(types, triggers), executor: executor, types: types,
		engine: local.New(local.Config{
			DB: deps.DB, Projected: projected, Executor: executor, Flows: flows{flowStore}, Clock: deps.Clock, Logger: deps.Log, Metrics: deps.Metrics, Term: deps.Term, PublicURL: deps.PublicURL,
			Quota: engineQuota(deps.Keeping), Housekeeping: housekeeping(flowStore, deps.Artifacts, deps.Keeping, func(ctx context.Context) error { return s.settleMarks(ctx) }),
		}),
	}
	if deps.Secrets != nil {
		if s.connections, err = s.newConnections(ctx, types); err != nil {
			return nil, err
		}
		env.Connections, env.Marks = s.connections, s.connections
	}
	env.Past = past{flowStore, s.engine}
	log := deps.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s.log = log
	if s.connections != nil {
		s.marks = newSettler(s.connections, deps.Clock, log)
	}
	if deps.Python != nil {
		s.code = codecheck.New(types, deps.Python, log)
	}
	s.fills = backfill.New(flowStore, s.engine, deps.Clock, log)
	lineager := lineages{executor: executor, types: types, engine: s.engine, flows: flows{flowStore}, connections: s.connections, checker: s.checker}
	if deps.OpenLineage != nil {
		lineager.namespace = deps.OpenLineage.Namespace
	}
	if err := openlineage.Migrate(ctx, deps.DB); err != nil {
		return nil, err
	}
	if deps.OpenLineage != nil {
		s.told, err = openlineage.New(*deps.OpenLineage, openlineage.Deps{DB: deps.DB, Runs: s.engine, Lineage: lineager.OfRun, Clock: deps.Clock, Log: log, Metrics: deps.Metrics})
		if err != nil {
			return nil, err
		}
	}
	s.api = api.New(api.Deps{
		Flows: flowStore, Engine: s.engine, Backfills: s.fills, Quality: quality.New(flowStore, s.engine), Meter: s, Analyzer: s, Evaluator: executor, Computer: executor, Previewer: executor, Lineager: lineager, Tables: deps.Tables, Artifacts: deps.Artifacts,
		Files: deps.Files, Connections: s.connections, Python: deps.Python, NodeTypes: sync.OnceValue(func() api.NodeTypes { return api.Describe(types, triggers) }), Marked: marked(types), Clock: deps.Clock, Log: log, System: deps.System,
	})
	return s, nil
}

// Register puts the API on a server.
func (s *Service) Register(server *httpd.Server) { s.api.Register(server) }

// Start starts the engine, which goes on with every unfinished run, and then the backfills.
func (s *Service) Start(ctx context.Context) error {
	if err := s.engine.Start(ctx); err != nil {
		return err
	}
	if err := s.fills.Start(ctx); err != nil {
		return err
	}
	if s.marks != nil {
		s.marks.start()
	}
	if s.told != nil {
		return s.told.Start(ctx)
	}
	return openlineage.Forget(ctx, s.deps.DB)
}

// moved is told which runs have changed.
func (s *Service) moved(runs []engine.Numbered) {
	if s.told != nil {
		s.told.Moved(runs)
	}
	if s.marks != nil {
		s.marks.moved(runs)
	}
}

// Stop ends the backfills, then the engine, and then those who follow it.
func (s *Service) Stop(ctx context.Context) error {
	err := errors.Join(s.fills.Stop(ctx), s.engine.Stop(ctx))
	if s.marks != nil {
		s.marks.end()
	}
	if s.told != nil {
		err = errors.Join(err, s.told.Stop(ctx))
	}
	return err
}

// Journal is the journal of runs as a health check.
func (s *Service) Journal(ctx context.Context) (telemetry.Status, string) {
	return s.engine.Journal(ctx)
}

// ClockSteady is the machine's clock as a health check.
func (s *Service) ClockSteady(ctx context.Context) (telemetry.Status, string) {
	return s.engine.Clock(ctx)
}

// Engine gives the engine.
func (s *Service) Engine() engine.Engine { return s.engine }

// PutFlow makes sure that the tenant has the flow of this text, and says whether it was missing. A flow of that name that
// is there already stays as it is: somebody may have changed it.
func (s *Service) PutFlow(ctx context.Context, tenant, text, by string) (created bool, err error) {
	doc, _, err := flow.Parse([]byte(text))
	if err != nil {
		return false, err
	}
	if _, err := s.flows.ByName(ctx, tenant, doc.Metadata.Name); err == nil {
		return false, nil
	} else if !isNotFound(err) {
		return false, err
	}
	content, err := store.ContentOf(doc, text)
	if err != nil {
		return false, fmt.Errorf("flow %s: %w", doc.Metadata.Name, err)
	}
	_, err = s.flows.Create(ctx, tenant, content, store.Change{By: by, At: s.deps.Clock.Now()})
	return err == nil, err
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrFlowNotFound) }

// Describe puts the API on a server that is only asked for its OpenAPI document.
func Describe(server *httpd.Server) { api.New(api.Deps{}).Register(server) }
