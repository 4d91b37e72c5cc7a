package local

import (
	"context"
	"fmt"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// waitFor turns what a node wants to wait for into what the state machine waits for. A run that is waited for is begun
// here: its key makes sure that it is begun once, however often the step is carried out.
func (r *live) waitFor(ctx context.Context, t *engine.Task, s *node.Suspension) (run.Wait, error) {
	w := run.Wait{Outputs: s.Outputs, Err: s.Late, Data: s.Data}
	if !s.Until.IsZero() {
		w.Until = run.At(s.Until)
	}
	if !s.Escalate.IsZero() {
		w.Escalate = run.At(s.Escalate)
	}
	switch s.Kind {
	case engine.WaitTime:
		w.Kind = run.WaitTime
	case engine.WaitCallback:
		w.Kind = run.WaitCallback
	case engine.WaitApproval:
		w.Kind = run.WaitApproval
	case engine.WaitRun:
		w.Kind = run.WaitChild
		child, err := r.beginChild(ctx, t, s.Child)
		w.Child = child
		return w, err
	default:
		return w, errs.Internal(fmt.Errorf("a step wants to wait for %q", s.Kind))
	}
	return w, nil
}

func (r *live) beginChild(ctx context.Context, t *engine.Task, c *node.Child) (id string, err error) {
	if r.e.flows == nil {
		return "", errs.Invalid("no_flows", "Flows cannot start each other here, since none are stored.").
			WithHint("Run the flow on a server.")
	}
	ref, err := r.e.flows.Flow(ctx, r.head.Tenant, c.Flow, c.Version)
	if err != nil {
		return "", err
	}
	params, err := ref.Document.Spec.Params.Resolve(c.Params)
	if err != nil {
		return "", err
	}
	depth := 1
	if r.head.Parent != nil {
		depth = r.head.Parent.Depth + 1
	}
	begun, err := r.e.Begin(ctx, engine.StartRequest{
		Tenant: r.head.Tenant, FlowID: ref.ID, FlowVersion: ref.Version, Document: ref.Document, Params: params, By: r.head.By,
		Trigger:        engine.Trigger{Type: "flow", ID: t.Path},
		IdempotencyKey: fmt.Sprintf("parent:%s:%s:%d", r.head.ID, t.Path, t.Attempt),
		Parent:         &engine.Parent{RunID: r.head.ID, Step: t.Path, Attempt: t.Attempt, Depth: depth, Trial: r.head.trial()},
		Test:           r.head.Test, Keep: r.head.Keep,
	})
	return begun.ID, err
}

// parentOf gives the run in memory that waits for a run. mu is held.
func (e *Engine) parentOf(h *head) *live {
	if h.Parent == nil {
		return nil
	}
	if p := e.byID[h.Parent.RunID]; p != nil && p.head.Tenant == h.Tenant {
		return p
	}
	return nil
}

// childOutcome is what the end of a run means for the step that waits for it.
func childOutcome(p *engine.Parent, child engine.Run, at run.Instant) run.Event {
	path := run.Path(p.Step)
	if child.Status == engine.Succeeded {
		out := value.Outputs{"run": {Kind: value.JSON, Data: fmt.Appendf(nil, `{"id":%q,"flow":%q,"version":%d}`, child.ID, child.FlowName, child.FlowVersion)}}
		out["result"] = value.Value{Kind: value.JSON, Data: []byte("null")}
		if child.Result != nil {
			out["result"] = *child.Result
		}
		return run.StepSucceeded{At: at, Path: path, Attempt: p.Attempt, Outputs: out}
	}
	code, why := "child_"+string(child.Status), "It was "+string(child.Status)+"."
	status := 422
	if child.Error != nil {
		code, why, status = child.Error.Code, child.Error.Message, child.Error.Status
	}
	return run.StepFailed{
		At: at, Path: path, Attempt: p.Attempt,
		Err: errs.New(status, code, "The run %s of the flow %s did not succeed: %s", child.ID, child.FlowName, why).
			WithHint("Look at that run to see which of its steps failed."),
	}
}

// awaitChild gives the outcome of a run that has ended already; of any other it comes when it ends.
func (r *live) awaitChild(c run.AwaitChild) run.Event {
	child, err := r.e.Run(r.hard, r.head.Tenant, c.Child)
	parent := &engine.Parent{Step: string(c.Path), Attempt: c.Attempt}
	switch {
	case err != nil && r.hard.Err() == nil:
		return run.StepFailed{At: r.e.now(), Path: c.Path, Attempt: c.Attempt, Err: errs.From(err)}
	case err != nil || !child.Status.Final():
		return nil
	}
	return childOutcome(parent, child, r.e.now())
}

// cancelChild ends a run that nobody waits for any more.
func (r *live) cancelChild(id string) {
	e := r.e
	e.actors.Add(1)
	go func() {
		defer e.actors.Done()
		err := e.Cancel(e.soft, r.head.Tenant, id, "run "+r.head.ID)
		if err != nil && e.soft.Err() == nil && errs.From(err).Code != codeFinished {
			e.logger.Error("a run that nobody waits for cannot be canceled", "run", id, "parent", r.head.ID, "error", err)
		}
	}()
}

// orphaned gives the wish to end a run whose parent has ended while the server was away.
func (e *Engine) orphaned(ctx context.Context, r *live) run.Event {
	if r.head.Parent == nil || r.state.Status().Final() {
		return nil
	}
	parent, err := e.Run(ctx, r.head.Tenant, r.head.Parent.RunID)
	if err != nil || !parent.Status.Final() {
		return nil
	}
	return run.CancelRequested{At: e.now(), By: "run " + parent.ID}
}

// before gives the nodes that come before the step: upstream of it, or of a container it is in.
func (d *document) before(p run.Path) []string {
	_, id := p.Split()
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.upstream[id]; ok {
		return known
	}
	if d.upstream == nil {
		d.upstream = map[string][]string{}
	}
	var find func(nodes []flow.Node, around []string) bool
	find = func(nodes []flow.Node, around []string) bool {
		ancestors := flow.Ancestors(nodes)
		for i := range nodes {
			n := &nodes[i]
			before := append([]string{}, around...)
			for up := range ancestors[n.ID] {
				before = append(before, up)
			}
			d.upstream[n.ID] = before
			for _, body := range n.Bodies() {
				find(body.Nodes, before)
			}
		}
		return false
	}
	find(d.flow.Spec.Nodes, nil)
	return d.upstream[id]
}
