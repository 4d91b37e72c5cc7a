// Package api is the HTTP interface of flow-automation: what it takes and gives, and how that is carried out on the
// store of flows and the engine. Its OpenAPI document is generated from here.
package api

import (
	"context"
	"encoding/json"
	"log/slog"

	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/quality"
	"dataflow/flow-automation/store"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// Deps is what the API stands on.
type Deps struct {
	Flows     *store.Store
	Engine    engine.Engine
	Backfills *backfill.Runner
	Quality   *quality.History
	Meter     Meter
	Analyzer  Analyzer
	Evaluator Evaluator
	Computer  Computer
	Previewer Previewer
	Lineager  Lineager
	Tables    table.Engine
	Artifacts artifact.Store
	Files     *files.Store
	// Connections is nil where there is no key for their secrets.
	Connections *connection.Service
	Python      Inspector
	// NodeTypes are asked for when somebody wants to know them.
	NodeTypes func() NodeTypes
	// Marked says to people what a mark of a node of that type is of; nil where it cannot be told.
	Marked func(nodeType, subject, value string) *node.Marked
	Clock  clock.Clock
	// Log is told of what an answer leaves out, rather than to fail for it; nil is nobody.
	Log    *slog.Logger
	System func(ctx context.Context) System
}

// Analyzer finds out about a document without running it. Problems have places where places knows them.
type Analyzer interface {
	Analyze(ctx context.Context, tenant string, doc *flow.Document, places *flow.Places) Analysis
	// Foresee warns of what would only be found by a run, as things are now: connections and columns that are not there.
	// What the version that is published had already keeps the flow from nothing; it may be nil.
	Foresee(ctx context.Context, tenant string, doc, published *flow.Document, places *flow.Places) []flow.Problem
}

// Evaluator computes a text with {{ expressions }} as a node would see it; an error is a problem of the text.
type Evaluator interface {
	Evaluate(ctx context.Context, tenant, text string, scope engine.Scope) (any, error)
}

// Previewer finds out what a node would take and give, without a run.
type Previewer interface {
	Preview(ctx context.Context, t engine.Task, look engine.Look) (engine.Preview, error)
	// Input gives the table that would come in at a port of the task's node, with the node's configuration.
	Input(ctx context.Context, t engine.Task, port string) (table.Source, json.RawMessage, error)
}

// Lineager tells where the columns of a flow come from, without running it; what only a run can tell it takes from the last.
type Lineager interface {
	Lineage(ctx context.Context, tenant string, ref engine.FlowRef) (*lineage.Graph, error)
}

// Computer computes tables that a run handed on without computing them; others are given as they are.
type Computer interface {
	Compute(ctx context.Context, tenant string, v value.Value, progress table.Progress) (value.Value, error)
}

// Inspector parses Python code.
type Inspector interface {
	Inspect(ctx context.Context, tenant, environment, code string) (node.PythonSignature, error)
}

// API is the operations of flow-automation.
type API struct {
	deps  Deps
	hooks hooks
	// computing is taken by whoever has a table computed only to look at it: runs come first.
	computing chan struct{}
}

// New makes the API; Register puts it on a server.
func New(deps Deps) *API {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	return &API{deps: deps, computing: make(chan struct{}, 1)}
}

// tenantOf is the tenant of whoever calls; the server lets nobody through who has none.
func tenantOf(ctx context.Context) string { return auth.From(ctx).Tenant }

// change says who changes something now.
func (a *API) change(ctx context.Context) store.Change {
	return store.Change{By: auth.From(ctx).Name, At: a.deps.Clock.Now()}
}
