package local

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

const (
	codeNotBegun   = "run_queued"
	codeNotWaiting = "not_waiting"
)

// asked is what somebody wants of a run and waits for. fits is asked just before it is applied.
type asked struct {
	run.Event
	fits func(r *live) error
	done chan error // of capacity 1; gets one answer
}

// ask brings a wish to a run and returns when it is durable.
func (e *Engine) ask(ctx context.Context, tenant, runID string, event run.Event, fits func(r *live) error) error {
	for {
		row, r, err := e.find(ctx, tenant, runID)
		switch {
		case err != nil:
			return err
		case row.status.Final():
			return finished(runID, row.status)
		case r != nil:
			return r.ask(ctx, &asked{event, fits, make(chan error, 1)})
		}
		e.mu.Lock()
		open, w := e.open, e.adm.queued[row.no]
		if w != nil && w.began && open {
			e.take(w) // it goes on now in place of later
			go e.resume(row.no, nil)
		}
		e.mu.Unlock()
		if !open {
			return e.closed()
		}
		if w != nil && !w.began {
			return errs.Conflict(codeNotBegun, "The run %s has not begun yet.", runID).WithHint("Cancel it, or wait until it has begun.")
		}
		if err := e.settle(ctx); err != nil {
			return err
		}
	}
}

func (r *live) ask(ctx context.Context, a *asked) error {
	r.inbox.put(a)
	select {
	case err := <-a.done:
		return err
	case <-r.ended:
		select {
		case err := <-a.done:
			return err
		default:
			return finished(r.head.ID, engine.Status(r.state.Status().String()))
		}
	case <-r.e.writer.trouble.stuck():
		return r.e.unwritable()
	case <-r.e.quit:
		return r.e.closed()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dismiss answers those whose wish came when the run had ended.
func (r *live) dismiss() {
	for _, e := range r.inbox.take() {
		if a, is := e.(*asked); is {
			a.done <- finished(r.head.ID, engine.Status(r.state.Status().String()))
		}
	}
}

func finished(id string, status engine.Status) error {
	return errs.Conflict(codeFinished, "The run %s has ended already: %s.", id, status)
}

// Pause lets nothing further of the run begin.
func (e *Engine) Pause(ctx context.Context, tenant, runID, by string) error {
	return e.ask(ctx, tenant, runID, run.PauseRequested{At: e.now(), By: by}, func(*live) error { return nil })
}

// Resume ends a pause.
func (e *Engine) Resume(ctx context.Context, tenant, runID, by string) error {
	return e.ask(ctx, tenant, runID, run.ResumeRequested{At: e.now(), By: by}, func(*live) error { return nil })
}

// signalKinds are the waits that somebody can end.
var signalKinds = map[string]run.WaitKind{engine.WaitCallback: run.WaitCallback, engine.WaitApproval: run.WaitApproval}

// Signal brings what a suspended step waits for. A call may come before its step waits.
func (e *Engine) Signal(ctx context.Context, tenant, runID string, s engine.Signal) error {
	path, kind := run.Path(s.Step), signalKinds[s.Kind]
	event := run.Signaled{At: e.now(), Path: path, Kind: kind, By: s.By, Outputs: s.Outputs, Err: s.Err, Details: s.Details}
	return e.ask(ctx, tenant, runID, event, func(r *live) error {
		step, ok := r.state.Step(path)
		switch {
		case !ok:
			return errs.NotFound("unknown_step", "The run has no step %q.", s.Step)
		case step.Status == run.Waiting && step.Wait != nil && step.Wait.Kind == kind:
			return nil
		case kind == run.WaitCallback && r.kind(path).called && !step.Status.Final() && step.Wait == nil:
			return nil
		}
		return errs.Conflict(codeNotWaiting, "The step %q does not wait for a decision any more.", s.Step).
			WithHint("Somebody may have answered before, or the time is over; look at the run.")
	})
}

// Callback brings a call from outside to the run that the token opens.
func (e *Engine) Callback(ctx context.Context, runID, token string, s engine.Signal) error {
	unknown := errs.NotFound("callback_not_found", "There is nothing to call back at this address.").
		WithHint("The run may have been removed, or the address was copied in part.")
	var tenant string
	err := e.db.Read.QueryRowContext(ctx, "SELECT tenant FROM runs WHERE id = ?", runID).Scan(&tenant)
	if errors.Is(err, sql.ErrNoRows) {
		e.mu.Lock()
		if r := e.byID[runID]; r != nil {
			tenant, err = r.head.Tenant, nil
		}
		e.mu.Unlock()
	}
	if errors.Is(err, sql.ErrNoRows) {
		return unknown
	}
	if err != nil {
		return fmt.Errorf("find the run of a callback: %w", err)
	}
	r, err := e.Run(ctx, tenant, runID)
	if err != nil {
		return err
	}
	if r.CallbackToken == "" || subtle.ConstantTimeCompare([]byte(r.CallbackToken), []byte(token)) != 1 {
		return unknown
	}
	return e.Signal(ctx, tenant, runID, s)
}

// Waits gives the steps of a tenant that wait for somebody, oldest first.
func (e *Engine) Waits(ctx context.Context, tenant, kind string) ([]engine.OpenWait, error) {
	e.mu.Lock()
	runs := make([]*live, 0, len(e.byNo))
	for _, r := range e.byNo {
		if r.head.Tenant == tenant && r.doc.suspends {
			runs = append(runs, r)
		}
	}
	e.mu.Unlock()
	var open []engine.OpenWait
	for _, r := range runs {
		err := r.look(ctx, func(r *live) {
			if r.state.Status().Final() {
				return
			}
			var view engine.Run
			r.state.Each(func(p run.Path, n *flow.Node, s *run.Step) {
				if s.Status != run.Waiting || s.Wait == nil || s.Wait.Kind.String() != kind {
					return
				}
				if view.ID == "" {
					view = r.row().view()
				}
				open = append(open, engine.OpenWait{Run: view, Step: r.view(p, n, s)})
			})
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(open, func(a, b engine.OpenWait) int { return a.Step.StartedAt.Compare(*b.Step.StartedAt) })
	return open, nil
}

// CallbackPath is where a run takes calls; the step's path follows.
func CallbackPath(runID, token string) string {
	if token == "" {
		return ""
	}
	return "/hooks/callback/" + runID + "/" + token
}
