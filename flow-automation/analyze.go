package automation

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/check"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/table"
)

// patience is how long one analysis waits for the table engine, which may be busy with queries.
const patience = 2 * time.Second

// Analyze implements api.Analyzer.
func (s *Service) Analyze(ctx context.Context, tenant string, doc *flow.Document, places *flow.Places) api.Analysis {
	found := s.checker.Analyze(doc, places)
	var code, sql []flow.Problem
	var both sync.WaitGroup
	if s.code != nil {
		both.Go(func() { code = s.code.Problems(ctx, tenant, doc, places) })
	}
	sql = wrongSQL(ctx, s.executor, tenant, doc, places)
	both.Wait()
	found.Problems = flow.Merge(found.Problems, code, sql)
	return describe(found)
}

// Foresee implements api.Analyzer.
func (s *Service) Foresee(ctx context.Context, tenant string, doc, published *flow.Document, places *flow.Places) []flow.Problem {
	problems := slices.Concat(s.missingConnections(ctx, tenant, doc, published), foresee(ctx, s.executor, s.log, tenant, doc))
	places.Put(problems)
	return problems
}

func describe(a check.Analysis) api.Analysis {
	out := api.Analysis{Problems: a.Problems, Nodes: make(map[string]api.NodeAnalysis, len(a.Nodes))}
	for id, ports := range a.Nodes {
		out.Nodes[id] = api.NodeAnalysis{Inputs: ports.Inputs, Outputs: ports.Outputs}
	}
	return out
}

func wrongSQL(ctx context.Context, x *step.Executor, tenant string, doc *flow.Document, places *flow.Places) []flow.Problem {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	problems := x.WrongSQL(ctx, tenant, doc)
	places.Put(problems)
	return problems
}

// foresee is without what could not be found out in time: it only warns.
func foresee(ctx context.Context, x *step.Executor, log *slog.Logger, tenant string, doc *flow.Document) []flow.Problem {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	problems, err := x.Foresee(ctx, tenant, doc)
	if err != nil {
		log.DebugContext(ctx, "columns are not checked before a run", "flow", doc.Metadata.Name, "error", err)
	}
	return problems
}

// Offline checks documents without a service.
type Offline struct {
	checker  *check.Checker
	executor *step.Executor
	log      *slog.Logger
}

// NewOffline makes a checker that asks the engine about SQL and columns: those of files that flows read, and of lists in flows, of
// which tables are made in the store.
func NewOffline(tables table.Engine, artifacts artifact.Store, files node.Files, log *slog.Logger) *Offline {
	types := NodeTypes()
	return &Offline{checker: check.New(types, TriggerTypes()), executor: step.New(types, &node.Env{Tables: tables, Artifacts: artifacts, Files: files}, nil), log: log}
}

// Problems finds what is wrong with a document. Connections are known to servers alone.
func (o *Offline) Problems(ctx context.Context, tenant string, doc *flow.Document, places *flow.Places) []flow.Problem {
	columns := foresee(ctx, o.executor, o.log, tenant, doc)
	places.Put(columns)
	return flow.Merge(o.checker.Analyze(doc, places).Problems, wrongSQL(ctx, o.executor, tenant, doc, places), columns)
}
