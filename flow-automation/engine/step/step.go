// Package step carries out single steps: it resolves a node's expressions, brings its inputs into the kinds that its
// ports take, runs its action or materialises its relation, and keeps what comes out.
package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// Executor carries out steps. It is safe for concurrent use.
type Executor struct {
	registry *node.Registry
	env      *node.Env
	results  Results
	cache    cache
	// parsed is what is wrong with queries, by their text, and lists are the columns of lists that become tables.
	parsed known[*errs.Error]
	lists  known[[]table.Column]
}

var _ engine.Executor = (*Executor)(nil)

// New makes an executor for the types of a registry in the given world. Results keeps what nodes with a cache have
// given; nil keeps nothing.
func New(registry *node.Registry, env *node.Env, results Results) *Executor {
	return &Executor{registry: registry, env: env, results: results}
}

// Kind says how a node is to be scheduled. A node that cannot be carried out is scheduled inline, where it fails.
func (x *Executor) Kind(n *flow.Node) engine.Kind {
	c := x.compiled(n)
	if c.err != nil {
		return engine.Kind{Pool: string(node.Inline), Effect: string(node.Pure)}
	}
	k := engine.Kind{Pool: string(c.typ.Pool), Effect: string(c.effect), Reads: x.reads(n, c), Suspends: c.typ.Suspend != nil, Answer: c.typ.Answer}
	if c.effectIn != nil {
		k.EffectIn = func(tenant string) string { return string(c.effectIn(x.env, tenant)) }
	}
	return k
}

// reads gives the nodes whose outputs a node sees: those it takes from and those its expressions name. A container sees
// what the nodes in it see from around it.
func (x *Executor) reads(n *flow.Node, c *compiled) []string {
	var ids []string
	add := func(id string) {
		if id != flow.Item && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, sources := range n.In {
		for _, source := range sources {
			id, _ := flow.SplitSource(source)
			add(id)
		}
	}
	for _, ref := range slices.Concat(c.refs, c.rounds) {
		if ref.Root == "nodes" && len(ref.Path) > 0 {
			add(ref.Path[0])
		}
	}
	for _, body := range n.Bodies() {
		inside := flow.Spec{Nodes: body.Nodes}
		for i := range body.Nodes {
			for _, id := range x.Kind(&body.Nodes[i]).Reads {
				if inside.Find(id) == nil {
					add(id)
				}
			}
		}
	}
	return ids
}

// Execute carries out one attempt.
func (x *Executor) Execute(ctx context.Context, t engine.Task) (out engine.Outcome) {
	w := &work{x: x, task: &t}
	told := ctx
	ctx = errs.Listen(ctx, func(e *errs.Error) { errs.Foretell(told, w.place(told, e)) })
	defer func() {
		if p := recover(); p != nil {
			out = engine.Outcome{Err: errs.Internal(fmt.Errorf("panic in node %s of type %s: %v\n%s", t.Node.ID, t.Node.Type, p, debug.Stack()))}
		}
		if out.Err != nil {
			out.Err = w.place(ctx, out.Err)
		}
		if out.Err != nil || out.Suspension != nil {
			w.abandon()
		}
		out.Details, out.Afterwards = w.details, w.afterwards
	}()
	out, err := w.do(ctx)
	if err != nil {
		return engine.Outcome{Err: errs.From(err)}
	}
	return out
}

// Evaluate computes one text with expressions as a node would see it.
func (x *Executor) Evaluate(ctx context.Context, tenant string, text string, scope engine.Scope) (any, error) {
	template, err := expr.Compile(text, expr.Text)
	if err != nil {
		return nil, err
	}
	s, err := x.scope(ctx, tenant, &scope, template.Refs())
	if err != nil {
		return nil, err
	}
	return template.Eval(ctx, s)
}

// work is one attempt.
type work struct {
	x       *Executor
	task    *engine.Task
	world   *node.Env                 // once it was asked for
	preview bool                      // nobody's run; what is costly to get is kept for a while
	lenient bool                      // drift that would fail the step is let through
	found   map[string][]table.Column // by port, before the contract
	details map[string]json.RawMessage
	// afterwards is what the node has left open.
	afterwards []node.Afterwards
}

func (w *work) do(ctx context.Context) (engine.Outcome, error) {
	c := w.x.compiled(w.task.Node)
	if c.err != nil {
		return engine.Outcome{}, c.err
	}
	if w.task.Test && w.task.Phase == engine.Action && len(w.task.Node.Pin) > 0 {
		outputs, err := w.pinned(ctx, c)
		return engine.Outcome{Outputs: outputs}, err
	}
	tree, refs := c.tree, c.refs
	if w.task.Phase == engine.Next {
		tree, refs = c.round, c.rounds
	}
	config, err := w.config(ctx, tree, refs)
	if err != nil {
		return engine.Outcome{}, err
	}
	if w.task.Phase != engine.Action && w.task.Phase != engine.Open {
		return w.container(ctx, c.typ, w.call(c, config, nil))
	}
	inputs, err := w.inputs(ctx, c.typ)
	if err != nil {
		return engine.Outcome{}, err
	}
	if w.task.Phase == engine.Open {
		return w.container(ctx, c.typ, w.call(c, config, inputs))
	}
	out, err := w.cached(ctx, c, config, inputs, func() (engine.Outcome, error) {
		switch {
		case c.typ.Relation != nil:
			outputs, err := w.relation(ctx, c, config, inputs)
			return engine.Outcome{Outputs: outputs}, err
		case c.typ.Suspend != nil:
			s, err := c.typ.Suspend(ctx, w.call(c, config, inputs))
			return engine.Outcome{Suspension: &s}, err
		case c.typ.Run == nil:
			return engine.Outcome{}, errs.Internal(fmt.Errorf("a node of type %s is no action", c.typ.Name))
		}
		call := w.call(c, config, inputs)
		if c.typ.Scan != nil && w.deferrable(c) {
			if v, ok, err := w.deferredFile(ctx, c.typ, call); ok || err != nil {
				return engine.Outcome{Outputs: value.Outputs{tablePort(c.typ): v}}, err
			}
		}
		outputs, err := c.typ.Run(ctx, call)
		if err != nil {
			return engine.Outcome{}, err
		}
		outputs, err = w.keep(ctx, outputs)
		return engine.Outcome{Outputs: outputs}, err
	})
	if err != nil || out.Suspension != nil {
		return out, err
	}
	out.Outputs, err = w.agreed(ctx, out.Outputs) // of what is kept, too: it is told each time
	return out, err
}

// config gives the configuration with its expressions resolved.
func (w *work) config(ctx context.Context, tree *expr.Tree, refs []expr.Ref) (json.RawMessage, error) {
	if tree.Static() {
		return tree.Eval(ctx, nil)
	}
	scope, err := w.x.scope(ctx, w.task.Tenant, &w.task.Scope, refs)
	if err != nil {
		return nil, err
	}
	config, err := tree.Eval(ctx, scope)
	if err != nil {
		e := errs.From(err)
		for i := range e.Details {
			e.Details[i].Field = "with." + e.Details[i].Field
		}
		return nil, e
	}
	return config, nil
}

func (w *work) call(c *compiled, config json.RawMessage, inputs map[string][]value.Value) *node.Call {
	t := w.task
	start := began(t.Scope.Run)
	if w.preview || start.IsZero() { // what is looked at now is no older because an earlier run has been
		start = t.Now
	}
	call := &node.Call{
		Tenant: t.Tenant, RunID: t.RunID, NodeID: t.Node.ID, Attempt: t.Attempt, IdempotencyKey: t.IdempotencyKey,
		Config: config, Inputs: inputs, Trigger: t.Scope.Trigger.Data, Now: t.Now, Began: start, Round: t.Scope.Index, Env: w.env(),
		Log: t.Log, Progress: t.Progress, Detail: w.detail,
		Source: func(ctx context.Context, v value.Value) (table.Source, error) { return w.x.Source(ctx, t.Tenant, v) },
	}
	call.Trial, call.Texts = w.trial(), texts(t.Node.Contract[tablePort(c.typ)])
	call.Path, call.Offer = t.Path, connector.Offer(c.typ.Config.Of("connection"))
	call.AfterEnd = func(a node.Afterwards) {
		if call.Trial {
			a.Do = func(context.Context) error { return nil }
		}
		w.afterwards = append(w.afterwards, a)
	}
	if t.Document != nil {
		call.Flow = t.Document.Metadata.Name
	}
	if c.perItem != nil {
		call.PerItem = w.perItem(c)
	}
	if call.Log == nil {
		call.Log = func(string, string) {}
	}
	if call.Await = t.Await; call.Await == nil {
		call.Await = func(ctx context.Context, _ string) error { return ctx.Err() }
	}
	if call.Progress == nil {
		call.Progress = func(int64, int64, string) {}
	}
	return call
}

// abandon lets go of what the node has left open, for it will not be done.
func (w *work) abandon() {
	for _, a := range w.afterwards {
		if err := a.Close(); err != nil && w.task.Log != nil {
			w.task.Log("warn", "What the step held open did not end well: "+errs.From(err).Message)
		}
	}
	w.afterwards = nil
}

func (w *work) detail(key string, fact any) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	if err := e.Encode(fact); err != nil {
		return // a fact for people that has no form is no reason to fail
	}
	if w.details == nil {
		w.details = map[string]json.RawMessage{}
	}
	w.details[key] = bytes.TrimSpace(raw.Bytes())
}

// place makes sure that an error says where it belongs, and that the end of the context is called by its name.
func (w *work) place(ctx context.Context, err *errs.Error) *errs.Error {
	if cause := ctx.Err(); cause != nil && (errors.Is(err, cause) || err.Code == "internal" || err.Code == "canceled") {
		if errors.Is(cause, context.DeadlineExceeded) {
			return errs.New(408, "timeout", "The step took longer than it may").Wrap(err).With(w.here("timeout"))
		}
		return errs.New(499, "canceled", "The step was canceled").Wrap(err).With(w.here("canceled"))
	}
	placed := *err
	placed.Details = make([]errs.Detail, len(err.Details))
	for i, d := range err.Details {
		if d.Node == "" {
			d.Node = w.task.Node.ID
		}
		placed.Details[i] = d
	}
	if len(placed.Details) == 0 {
		d := w.here(err.Code)
		d.Message, d.Said = err.Message, err.Said
		placed.Details = []errs.Detail{d}
	}
	return &placed
}

func (w *work) here(code string) errs.Detail {
	return errs.Detail{Code: code, Message: "This node was at work", Place: errs.Place{Node: w.task.Node.ID}}
}
