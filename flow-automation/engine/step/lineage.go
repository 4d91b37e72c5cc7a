package step

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// Around is what lineage has to know besides a document and its world of nodes.
type Around struct {
	// Name gives the namespace and the name by which the world knows a dataset of a tenant.
	Name func(ctx context.Context, tenant string, d node.Dataset) (namespace, name string)
	// Flow gives another flow as a task, with what its last run has left in the scope.
	Flow func(ctx context.Context, tenant, name string, version int) (engine.Task, error)
	// Problems gives what is wrong with a document; nil finds nothing.
	Problems func(doc *flow.Document) []flow.Problem
	// Leads says what is wrong with the way to a dataset of a tenant; nil finds nothing.
	Leads func(ctx context.Context, tenant string, d node.Dataset) error
	// Ran says that it is about the run that the scope is of, whose sources may be others by now.
	Ran bool
}

// Lineage tells where the columns of the task's document come from. Nothing is carried out but what is written down in the
// document itself; what only a run can tell is taken from the task's scope, which has what an earlier one gave.
func (x *Executor) Lineage(ctx context.Context, t engine.Task, around Around) (*lineage.Graph, error) {
	return lineage.Build(ctx, t.Document, &lineageWorld{x: x, task: t, around: around})
}

// lineageWorld implements lineage.World.
type lineageWorld struct {
	x      *Executor
	task   engine.Task
	around Around
}

func (l *lineageWorld) work(n *flow.Node) *work {
	t := l.task
	t.Node, t.Path, t.Keep, t.Test = n, n.ID, true, true
	return &work{x: l.x, task: &t, preview: true}
}

func (l *lineageWorld) Type(n *flow.Node) *node.Type { return l.x.registry.Get(n.Type) }

func (l *lineageWorld) Config(ctx context.Context, n *flow.Node) (json.RawMessage, error) {
	c := l.x.compiled(n)
	if c.err != nil {
		return nil, c.err
	}
	return l.work(n).config(ctx, c.tree, c.refs)
}

func (l *lineageWorld) Written(n *flow.Node) json.RawMessage {
	with := n.With
	if t := l.Type(n); t != nil {
		if upgraded, err := t.Upgraded(n.Version, with); err == nil {
			with = upgraded
		}
	}
	raw, err := expr.AppendJSON(nil, with)
	if err != nil {
		return json.RawMessage("{}") // the document's own problems say what is wrong
	}
	return raw
}

func (l *lineageWorld) Refs(n *flow.Node) []expr.Ref {
	c := l.x.compiled(n)
	return slices.Concat(c.refs, c.rounds)
}

// Columns asks the source where that is cheap, and else the run before. Of what has run, the run is asked first.
func (l *lineageWorld) Columns(ctx context.Context, n *flow.Node, port string) (columns []table.Column, how string, lost error) {
	if v, ok := l.task.Scope.Of(n.ID)[port]; ok && l.around.Ran {
		return l.columnsOf(ctx, n, v), lineage.LastRun, nil
	}
	c := l.x.compiled(n)
	if c.err == nil && len(n.Pin) == 0 {
		v, ok, err := l.now(ctx, n, c, port)
		if ok {
			return l.columnsOf(ctx, n, v), lineage.Read, nil
		}
		if err != nil && errs.From(err).Status == http.StatusNotFound {
			lost = err
		}
	}
	if c.err == nil && c.fixed != nil && len(n.Pin) == 0 && port == tablePort(c.typ) {
		return c.fixed, lineage.Told, lost
	}
	v, ok := l.task.Scope.Of(n.ID)[port]
	if !ok {
		return nil, "", lost
	}
	return l.columnsOf(ctx, n, v), lineage.LastRun, lost
}

func (l *lineageWorld) Found(n *flow.Node) node.Found { return l.task.Found[n.ID] }

func (l *lineageWorld) Problems() []flow.Problem {
	if l.around.Problems == nil {
		return nil
	}
	return l.around.Problems(l.task.Document)
}

func (l *lineageWorld) Leads(ctx context.Context, d node.Dataset) error {
	if l.around.Leads == nil {
		return nil
	}
	return l.around.Leads(ctx, l.task.Tenant, d)
}

// now gives an output that can be told at once: a file that a query could read in place, or what is written down in the
// node itself. The error says why a source cannot be looked at.
func (l *lineageWorld) now(ctx context.Context, n *flow.Node, c *compiled, port string) (value.Value, bool, error) {
	w := l.work(n)
	if c.typ.Scan != nil {
		config, err := w.config(ctx, c.tree, c.refs)
		if err != nil {
			return value.Value{}, false, nil //nolint:nilerr // it is known in a run alone, of which the caller knows the last one
		}
		v, ok, err := w.scanned(ctx, c.typ, w.call(c, config, nil))
		return v, ok && err == nil && port == tablePort(c.typ), err
	}
	if c.typ.Run == nil || c.typ.Pool != node.Inline || len(n.In) > 0 || !c.tree.Static() {
		return value.Value{}, false, nil
	}
	out, err := w.do(ctx)
	if err != nil {
		return value.Value{}, false, nil //nolint:nilerr // the same
	}
	v, ok := out.Outputs[port]
	return v, ok, nil
}

func (l *lineageWorld) Trace(ctx context.Context, r table.Relation, inputs map[string]table.Input, past []table.Column) (table.Lineage, error) {
	return l.x.env.Tables.Trace(ctx, l.task.Tenant, r, inputs, past)
}

func (l *lineageWorld) Mentioned(ctx context.Context, sql string) ([]table.Named, bool, error) {
	return l.x.env.Tables.Mentioned(ctx, l.task.Tenant, sql)
}

func (l *lineageWorld) Name(ctx context.Context, d node.Dataset) (namespace, name string) {
	if l.around.Name == nil {
		return lineage.PlainName(d)
	}
	return l.around.Name(ctx, l.task.Tenant, d)
}

func (l *lineageWorld) Flow(ctx context.Context, name string, version int) (*flow.Document, lineage.World, error) {
	if l.around.Flow == nil {
		return nil, nil, errs.NotFound("flow_not_found", "There is no flow %q.", name)
	}
	t, err := l.around.Flow(ctx, l.task.Tenant, name, version)
	if err != nil {
		return nil, nil, err
	}
	return t.Document, &lineageWorld{x: l.x, task: t, around: l.around}, nil
}

// columnsOf gives the columns of a table, or those that a short list of objects has as one.
func (l *lineageWorld) columnsOf(ctx context.Context, n *flow.Node, v value.Value) []table.Column {
	if v.Kind == value.JSON && v.Artifact == nil && bytes.HasPrefix(bytes.TrimSpace(v.Data), []byte("[")) {
		sum := sha256.Sum256(v.Data)
		columns, err := l.x.lists.get(string(sum[:]), func() ([]table.Column, error) {
			made, err := l.work(n).table(ctx, v)
			if err != nil {
				return nil, err
			}
			return made.Table.Columns, nil
		})
		if err != nil {
			return nil // it is no list of objects
		}
		return columns
	}
	if v.Table == nil {
		return nil
	}
	return v.Table.Columns
}
