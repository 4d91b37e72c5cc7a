package local

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// attempt is one attempt at a step on a worker.
type attempt struct {
	r      *live
	path   run.Path
	number int
	kind   kind
	begun  bool // its beginning is already in the journal
	task   engine.Task
	failed error // why there is no task

	ctx      context.Context
	cancel   context.CancelCauseFunc
	aborted  atomic.Bool
	foretold atomic.Pointer[foretold] // with what it has failed, while more is found out about it
	resting  rest
	progress atomic.Pointer[engine.Progress]
	told     atomic.Int64 // when watchers were last told of it
}

func (r *live) newAttempt(x run.Execute, k kind) *attempt {
	a := &attempt{r: r, path: x.Path, number: x.Attempt, kind: k}
	a.task, a.failed = r.task(x)
	// The state goes on changing while the attempt is under way.
	a.task.Scope.Nodes = r.seen(x.Path, k)
	a.task.Progress = a.report
	parent := r.ctx
	if k.unsafe {
		parent = r.hard
	}
	a.ctx, a.cancel = context.WithCancelCause(parent)
	r.attempts.Store(x.Path, a)
	return a
}

func (a *attempt) abort() {
	a.aborted.Store(true)
	a.cancel(errAborted)
}

// dispatch hands an attempt to the workers of its kind.
func (r *live) dispatch(x run.Execute, k kind) {
	a := r.newAttempt(x, k)
	r.e.pool(k.pool).submit(r.head.Tenant, r.head.Priority, job{of: a, work: a.work})
}

// work is the attempt on its worker.
func (a *attempt) work() {
	defer func() {
		a.cancel(errAborted)
		a.r.attempts.CompareAndDelete(a.path, a)
	}()
	if a.aborted.Load() || (a.ctx.Err() != nil && !a.begun) {
		return
	}
	began := a.r.e.now()
	if !a.begun {
		begin := run.StepStarted{At: began, Path: a.path, Attempt: a.number}
		if a.kind.unsafe {
			if !a.announce(begin) {
				return
			}
		} else {
			a.r.inbox.put(begin)
		}
	}
	a.task.Now = began.Time()
	outcome := a.r.execute(table.WithPlaces(a.listen(began), a), a.task, a.failed)
	if a.ctx.Err() != nil && outcome.Err != nil {
		// What failed because it was stopped says nothing about the step.
		return
	}
	event := a.r.outcome(a.ctx, &a.task, began, outcome, a.kind)
	a.r.inbox.put(a.r.hold(event, outcome.Afterwards))
}

// announce makes the beginning durable before the work begins.
func (a *attempt) announce(begin run.StepStarted) bool {
	known := make(chan struct{})
	a.r.inbox.put(begun{begin, a, known})
	select {
	case <-known:
		return !a.aborted.Load()
	case <-a.ctx.Done():
		return false
	}
}

// progressEvery bounds how often watchers are told of a step's progress.
const progressEvery = 100 * time.Millisecond

func (a *attempt) report(done, total int64, unit string) {
	a.progress.Store(&engine.Progress{Done: done, Total: total, Unit: unit})
	now, last := int64(a.r.e.now()), a.told.Load()
	if now-last >= progressEvery.Microseconds() && a.told.CompareAndSwap(last, now) {
		a.r.publishStep(a.ctx, a.path)
	}
}

func noProgress(int64, int64, string) {}

// task is the work that is ordered, but for what depends on where it is carried out.
func (r *live) task(x run.Execute) (engine.Task, error) {
	t := engine.Task{
		Tenant: r.head.Tenant, RunID: r.head.ID, Document: r.doc.flow, Node: r.doc.graph.Node(x.Path), Path: string(x.Path), Attempt: x.Attempt,
		IdempotencyKey: r.head.ID + ":" + string(x.Path), Scope: r.scope, Test: r.head.Test, Keep: r.head.Keep || r.head.Test || len(r.head.Targets) > 0, Trial: r.head.trial(), Now: r.e.clock.Now(),
		Log:      func(level, text string) { r.log(x.Path, level, text) },
		Progress: noProgress,
		Await:    r.awaitHeld,
	}
	t.Scope.Nodes = r.state.View(x.Path)
	return t, r.complete(&t, x)
}

// inline carries out a cheap pure step on the run's own goroutine. nil means that it was stopped.
func (r *live) inline(x run.Execute, k kind) run.Event {
	if r.ctx.Err() != nil {
		return nil
	}
	began := r.e.now()
	t, failed := r.task(x)
	outcome := r.execute(r.ctx, t, failed)
	if r.ctx.Err() != nil && outcome.Err != nil {
		return nil
	}
	return r.hold(r.outcome(r.ctx, &t, began, outcome, k), outcome.Afterwards)
}

// execute turns a panic into a failure: user's input must not end the server.
func (r *live) execute(ctx context.Context, t engine.Task, failed error) (outcome engine.Outcome) {
	if failed != nil {
		return engine.Outcome{Err: errs.From(failed)}
	}
	defer r.e.flying()()
	defer func() {
		if p := recover(); p != nil {
			r.e.logger.Error("a step panicked", "run", t.RunID, "step", t.Path, "panic", p, "stack", string(debug.Stack()))
			outcome = engine.Outcome{Err: errs.Internal(fmt.Errorf("panic: %v", p))}
		}
	}()
	return r.e.executor.Execute(ctx, t)
}

// outcome is the event that tells the state machine what became of a task.
func (r *live) outcome(ctx context.Context, t *engine.Task, began run.Instant, o engine.Outcome, k kind) run.Event {
	at, p := r.e.now(), run.Path(t.Path)
	r.e.met.stepEnded(k.pool, o.Err == nil, at.Sub(began))
	var wait run.Wait
	if o.Err == nil && o.Suspension != nil {
		var err error
		if wait, err = r.waitFor(ctx, t, o.Suspension); err != nil {
			o.Err = errs.From(err)
		}
	}
	switch {
	case o.Err != nil:
		if o.Err.Cause != nil {
			r.e.logger.Warn("a step failed", "run", r.head.ID, "step", p, "attempt", t.Attempt, "code", o.Err.Code, "error", o.Err)
		}
		return run.StepFailed{At: at, Began: began, Path: p, Attempt: t.Attempt, Err: o.Err, Details: o.Details}
	case o.Suspension != nil:
		return run.Suspended{At: at, Began: began, Path: p, Attempt: t.Attempt, Wait: wait, Details: o.Details}
	case o.Opening != nil:
		limit := o.Opening.Limit
		if limit <= 0 {
			limit = itemsAtOnce
		}
		return run.Opened{
			At: at, Began: began, Path: p, Attempt: t.Attempt, Details: o.Details,
			Item: o.Opening.Item, Count: o.Opening.Count, Limit: limit, Collect: o.Opening.Collect,
		}
	case t.Phase == engine.Next:
		return run.Decided{At: at, Path: p, Attempt: t.Attempt, Index: t.Scope.Index, Again: o.Again}
	case t.Phase == engine.Close:
		began = 0
	}
	return run.StepSucceeded{At: at, Began: began, Path: p, Attempt: t.Attempt, Outputs: o.Outputs, Details: o.Details}
}

// The caps of one step's log; what exceeds them is counted and said in the last line.
const (
	logLines    = 10_000
	logBytes    = 1 << 20
	logLineSize = 16 << 10
)

type logBudget struct {
	mu           sync.Mutex
	lines, bytes int
	full         bool
}

// log adds a line to a step's log.
func (r *live) log(p run.Path, level, text string) {
	known, _ := r.logCount.LoadOrStore(p, &logBudget{})
	budget := known.(*logBudget)
	budget.mu.Lock()
	defer budget.mu.Unlock()
	if budget.full {
		return
	}
	if len(text) > logLineSize {
		text = fmt.Sprintf("%s … (the line has %d bytes; the first %d are kept)", validPrefix(text, logLineSize), len(text), logLineSize)
	}
	if budget.lines++; budget.lines > logLines || budget.bytes+len(text) > logBytes {
		budget.full = true
		level = "warn"
		text = fmt.Sprintf("The log ends here: a step keeps at most %d lines or %d KiB.", logLines, logBytes>>10)
	}
	budget.bytes += len(text)
	switch level {
	case "debug", "info", "warn", "error":
	default:
		level = "info"
	}
	l := logRow{run: r.no, seq: r.logSeq.Add(1), at: r.e.now(), step: p, level: level, text: text}
	r.e.writer.log(l)
	if r.e.hub.watched(r.head.Tenant, r.head.ID) {
		line := l.view()
		r.e.hub.publish(r.head.Tenant, r.head.ID, engine.Event{Log: &line})
	}
}

// validPrefix cuts a text without cutting a character.
func validPrefix(s string, n int) string {
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func (l *logRow) view() engine.LogLine {
	return engine.LogLine{Seq: l.seq, Time: l.at.Time(), NodeID: string(l.step), Level: l.level, Text: l.text}
}
