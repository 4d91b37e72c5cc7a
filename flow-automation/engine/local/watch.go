package local

import (
	"context"
	"fmt"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

// recentRuns is how many runs one who watches all of them is told at first.
const recentRuns = 100

// Watch gives the events of one run, or of all runs of the tenant. One who watches a run is first told its latest log
// lines, its steps and itself.
func (e *Engine) Watch(ctx context.Context, tenant, runID string) (<-chan engine.Event, error) {
	w := e.hub.add(tenant, runID) // before the present state is read, so that nothing falls between
	if err := e.present(ctx, w); err != nil {
		e.hub.remove(w)
		return nil, err
	}
	out := make(chan engine.Event)
	go w.pump(ctx, e.hub, out)
	return out, nil
}

// present tells the watcher how things are.
func (e *Engine) present(ctx context.Context, w *watcher) error {
	if w.run == "" {
		page, _, err := e.Runs(ctx, w.tenant, engine.RunFilter{Limit: recentRuns})
		if err != nil {
			return err
		}
		for i := len(page) - 1; i >= 0; i-- {
			w.put(engine.Event{Run: &page[i]}, true)
		}
		return nil
	}
	r, err := e.Run(ctx, w.tenant, w.run)
	if err != nil {
		return err
	}
	lines, err := e.latestLines(ctx, w)
	if err != nil {
		return err
	}
	w.before(lines)
	steps, err := e.Steps(ctx, w.tenant, w.run)
	if err != nil {
		return err
	}
	for i := range steps {
		w.put(engine.Event{Step: &steps[i]}, true)
	}
	// It may have ended before it was watched, and then nobody else says so.
	if r, err = e.Run(ctx, w.tenant, w.run); err != nil {
		return err
	}
	w.put(engine.Event{Run: &r}, true)
	return nil
}

func (e *Engine) latestLines(ctx context.Context, w *watcher) ([]engine.LogLine, error) {
	found, _, err := e.find(ctx, w.tenant, w.run)
	if err != nil {
		return nil, err
	}
	if err := e.writer.flush(ctx); err != nil {
		return nil, fmt.Errorf("bring logs up to date: %w", err)
	}
	var last int64
	if err := e.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM run_logs WHERE run = ?", found.no).Scan(&last); err != nil {
		return nil, fmt.Errorf("read logs: %w", err)
	}
	return e.Logs(ctx, w.tenant, w.run, "", max(0, last-pendingLogs), pendingLogs)
}

// before puts lines from the database in front of those that came live meanwhile.
func (w *watcher) before(lines []engine.LogLine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	live := w.logs
	w.logs = nil
	var last int64
	for i := range lines {
		w.logs, last = append(w.logs, engine.Event{Log: &lines[i]}), lines[i].Seq
	}
	for _, e := range live {
		if e.Log.Seq > last {
			w.logs = append(w.logs, e)
		}
	}
	w.lastLog = max(w.lastLog, last)
}

// publish tells watchers of changed steps and of the run. mu is held.
func (r *live) publish(changed map[run.Path]bool) {
	r.state.Each(func(p run.Path, n *flow.Node, s *run.Step) {
		if changed[p] {
			view := r.view(p, n, s)
			r.e.hub.publish(r.head.Tenant, r.head.ID, engine.Event{Step: &view})
		}
	})
	row := r.row()
	row.why = r.why()
	view := row.view()
	r.e.hub.publish(r.head.Tenant, r.head.ID, engine.Event{Run: &view})
}

// announceAll tells watchers of all runs that there is a new one.
func (r *live) announceAll() {
	if r.e.hub.watched(r.head.Tenant, r.head.ID) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.publish(nil)
	}
}

// publishStep tells watchers how far a step is. It holds up nobody: whoever is at work has to hear when that is to end.
func (r *live) publishStep(ctx context.Context, p run.Path) {
	if !r.e.hub.watched(r.head.Tenant, r.head.ID) {
		return
	}
	if ok, err := r.enter(ctx); err != nil || !ok {
		return
	}
	defer r.mu.Unlock()
	if s, ok := r.state.Step(p); ok && !s.Status.Final() {
		view := r.view(p, r.doc.graph.Node(p), &s)
		r.e.hub.publish(r.head.Tenant, r.head.ID, engine.Event{Step: &view})
	}
}

// views are all steps as callers see them. mu is held.
func (r *live) views() []engine.Step {
	steps := make([]engine.Step, 0, r.state.Total())
	r.state.Each(func(p run.Path, n *flow.Node, s *run.Step) { steps = append(steps, r.view(p, n, s)) })
	return steps
}

// view is one step as callers see it. mu is held.
func (r *live) view(p run.Path, n *flow.Node, s *run.Step) engine.Step {
	v := engine.Step{
		RunID: r.head.ID, NodeID: string(p), NodeType: n.Type, Title: n.Title, Attempt: s.Attempt,
		QueuedAt: moment(s.Queued), StartedAt: moment(s.Began), EndedAt: moment(s.Ended),
		Outputs: s.Outputs, Error: s.Err, Details: s.Details,
	}
	if len(n.In) > 0 {
		v.Inputs = make(map[string][]string, len(n.In))
		for port, sources := range n.In {
			v.Inputs[port] = sources
		}
	}
	if a, ok := r.attempts.Load(p); ok && !s.Status.Final() {
		v.Progress = a.(*attempt).progress.Load()
	}
	v.Why, v.Wait = r.whyStep(p, n, s), waitView(s)
	if items, ok := s.Items(); ok {
		counts := engine.Items(items)
		v.Items = &counts
	}
	switch s.Status {
	case run.Pending:
		v.Status = engine.Queued
	default:
		v.Status = engine.Status(s.Status.String())
	}
	return v
}

// Wait returns a run once it has ended. It costs less than watching.
func (e *Engine) Wait(ctx context.Context, tenant, runID string) (engine.Run, error) {
	if r := e.lookup(tenant, runID); r != nil {
		select {
		case <-r.ended:
		case <-e.quit:
		case <-ctx.Done():
			return engine.Run{}, ctx.Err()
		}
		return e.Run(ctx, tenant, runID)
	}
	events, err := e.Watch(ctx, tenant, runID)
	if err != nil {
		return engine.Run{}, err
	}
	for range events { // it waits to begin; its end closes the channel
	}
	if err := ctx.Err(); err != nil {
		return engine.Run{}, err
	}
	return e.Run(ctx, tenant, runID)
}
