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

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Executor carries out steps. It is safe for concurrent use.
type Executor struct {
	registry *node.Registry
	env      *node.Env
	cache    cache
}

var _ engine.Executor = (*Executor)(nil)

// New makes an executor for the types of a registry in the given world.
func New(registry *node.Registry, env *node.Env) *Executor {
	return &Executor{registry: registry, env: env}
}

// Kind says how a node is to be scheduled. A node that cannot be carried out is scheduled inline, where it fails.
func (x *Executor) Kind(n *flow.Node) (pool, effect string) {
	c := x.compiled(n)
	if c.err != nil {
		return string(node.Inline), string(node.Pure)
	}
	return string(c.typ.Pool), string(c.effect)
}

// Execute carries out one attempt.
func (x *Executor) Execute(ctx context.Context, t engine.Task) (out engine.Outcome) {
	w := &work{x: x, task: &t}
	defer func() {
		if p := recover(); p != nil {
			out = engine.Outcome{Err: errs.Internal(fmt.Errorf("panic in node %s of type %s: %v\n%s", t.Node.ID, t.Node.Type, p, debug.Stack()))}
		}
		if out.Err != nil {
			out.Err = w.place(ctx, out.Err)
		}
		out.Details = w.details
	}()
	outputs, err := w.do(ctx)
	if err != nil {
		return engine.Outcome{Err: errs.From(err)}
	}
	return engine.Outcome{Outputs: outputs}
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
	details map[string]json.RawMessage
}

func (w *work) do(ctx context.Context) (value.Outputs, error) {
	c := w.x.compiled(w.task.Node)
	if c.err != nil {
		return nil, c.err
	}
	config, err := w.config(ctx, c)
	if err != nil {
		return nil, err
	}
	inputs, err := w.inputs(ctx, c.typ)
	if err != nil {
		return nil, err
	}
	if c.typ.Relation != nil {
		return w.relation(ctx, c.typ, config, inputs)
	}
	outputs, err := c.typ.Run(ctx, w.call(config, inputs))
	if err != nil {
		return nil, err
	}
	return w.keep(ctx, outputs)
}

// config gives the configuration with its expressions resolved.
func (w *work) config(ctx context.Context, c *compiled) (json.RawMessage, error) {
	if c.tree.Static() {
		return c.tree.Eval(ctx, nil)
	}
	scope, err := w.x.scope(ctx, w.task.Tenant, &w.task.Scope, c.refs)
	if err != nil {
		return nil, err
	}
	config, err := c.tree.Eval(ctx, scope)
	if err != nil {
		e := errs.From(err)
		for i := range e.Details {
			e.Details[i].Field = "with." + e.Details[i].Field
		}
		return nil, e
	}
	return config, nil
}

func (w *work) call(config json.RawMessage, inputs map[string][]value.Value) *node.Call {
	t := w.task
	call := &node.Call{
		Tenant: t.Tenant, RunID: t.RunID, NodeID: t.Node.ID, Attempt: t.Attempt, IdempotencyKey: t.IdempotencyKey,
		Config: config, Inputs: inputs, Trigger: t.Scope.Trigger.Data, Env: w.x.env,
		Log: t.Log, Progress: t.Progress, Detail: w.detail,
	}
	if call.Log == nil {
		call.Log = func(string, string) {}
	}
	if call.Progress == nil {
		call.Progress = func(int64, int64, string) {}
	}
	return call
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
		d.Message = err.Message
		placed.Details = []errs.Detail{d}
	}
	return &placed
}

func (w *work) here(code string) errs.Detail {
	return errs.Detail{Code: code, Message: "This node was at work", Place: errs.Place{Node: w.task.Node.ID}}
}
