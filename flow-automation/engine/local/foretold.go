package local

import (
	"context"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

// foretold is the failure of an attempt that is still at finding out more about it.
type foretold struct {
	began run.Instant
	err   *errs.Error
}

// listen gives the context in which the attempt says early that it has failed.
func (a *attempt) listen(began run.Instant) context.Context {
	return errs.Listen(a.ctx, func(e *errs.Error) { a.foretold.Store(&foretold{began, e}) })
}

// overtaken gives the failures, known already, of attempts whose time is up by this timer: they are why these steps have failed, and not that
// it took too long to say more. The attempts are ended.
func (r *live) overtaken(t run.Timer) (failures []run.Event) {
	one := func(a *attempt) {
		f := a.foretold.Load()
		if f == nil || a.aborted.Load() || !r.state.Live(a.path, a.number) {
			return
		}
		a.abort()
		failures = append(failures, r.outcome(a.ctx, &a.task, f.began, engine.Outcome{Err: f.err}, a.kind))
	}
	switch t.Kind {
	case run.TimeoutTimer, run.StepTimer:
		if a, ok := r.attempts.Load(t.Path); ok && (t.Kind == run.StepTimer || t.Attempt == a.(*attempt).number) {
			one(a.(*attempt))
		}
	case run.DeadlineTimer:
		r.attempts.Range(func(_, a any) bool {
			one(a.(*attempt))
			return true
		})
	default:
	}
	return failures
}
