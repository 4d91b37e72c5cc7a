package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

var (
	errAborted  = errors.New("the attempt's outcome no longer matters")
	errStopping = errors.New("the server is stopping")
)

// live is a run that has not ended. One goroutine carries it: it takes what has happened, makes it durable along with
// all else that happened meanwhile, and only then acts on the commands that follow; what only computes goes ahead.
type live struct {
	e     *Engine
	no    int64
	head  *head
	doc   *document
	scope engine.Scope // without Nodes

	// Repeatable attempts hang on ctx, which ends when the server stops or the run is canceled; others on hard, which a
	// stopping server leaves alone for as long as it can.
	ctx, hard         context.Context
	cancel, cancelAll context.CancelCauseFunc

	inbox inbox
	ended chan struct{} // closed when the end of the run is durable

	// mu guards state. It is held from the moment an event is applied until it is durable, so that nobody is told what a
	// crash could take back. While the journal cannot be written that is long; whoever can do without uses look or enter.
	mu    gate
	state *run.State
	first *row // as the run was made durable

	attempts sync.Map // run.Path → *attempt, those on workers
	owed     owed
	logSeq   atomic.Int64
	logCount sync.Map // run.Path → *logBudget

	// Only the run's own goroutine uses what follows.
	timers map[run.Timer]timer
	done   chan error
	items  map[run.Path][]json.RawMessage // of the maps under way
	prior  *prior                         // the run whose steps are taken over
}

// timer is one that has been set, and for when.
type timer struct {
	at run.Instant
	clock.Timer
}

// inbox is what has happened to a run and was not taken in yet.
type inbox struct {
	mu     sync.Mutex
	events []run.Event
	wake   chan struct{} // capacity 1
}

func (b *inbox) put(e run.Event) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []run.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}

func (e *Engine) newLive(no int64, h *head, doc *document, state *run.State) (*live, error) {
	r := &live{
		e: e, no: no, head: h, doc: doc, state: state, mu: newGate(),
		inbox: inbox{wake: make(chan struct{}, 1)}, ended: make(chan struct{}), done: make(chan error, 1),
	}
	r.hard, r.cancelAll = context.WithCancelCause(e.hard)
	r.ctx, r.cancel = context.WithCancelCause(r.hard)
	r.scope = engine.Scope{Vars: doc.flow.Spec.Vars, Trigger: h.Trigger}
	r.items = map[run.Path][]json.RawMessage{}
	if len(h.Params) > 0 {
		// From the text of the journal, so that a resumed run sees the same types.
		params, err := expr.Decode(h.Params)
		if err != nil {
			return nil, fmt.Errorf("parameters: %w", err)
		}
		r.scope.Params, _ = params.(map[string]any)
	}
	return r, nil
}

// carry is the run's goroutine: first are the events that begin or resume it, already is true when they are durable and
// were applied, with the commands they gave.
func (r *live) carry(first []run.Event, commands []run.Command) {
	defer r.e.actors.Done()
	stop := context.AfterFunc(r.e.soft, func() { r.cancel(errStopping) })
	defer stop()
	defer r.letGo()
	if len(first) == 0 && r.finished(commands) {
		return
	}
	events, ok := r.opening(first, commands)
	if !ok {
		return
	}
	for {
		for len(events) > 0 {
			now, later := upToPause(events)
			commands, ok := r.advance(now)
			if !ok {
				return
			}
			if r.finished(commands) {
				return
			}
			// What was carried out here comes first: a pause that is in the inbox cannot take it back.
			events = append(append(later, r.act(commands)...), r.inbox.take()...)
		}
		if events = r.await(); events == nil {
			return
		}
	}
}

// opening gives what comes first, and acts on what is ordered already; ok is false when the server stops. A run that reuses
// another does nothing before that one has been read.
func (r *live) opening(first []run.Event, commands []run.Command) (events []run.Event, ok bool) {
	reuses := r.head.Reuse != ""
	if len(first) == 1 {
		if _, ends := first[0].(run.CancelRequested); ends {
			reuses = false
		}
	}
	if !reuses {
		return append(first, r.act(commands)...), true
	}
	err := r.recall()
	switch {
	case err == nil:
		return append(first, r.act(commands)...), true
	case r.e.soft.Err() != nil:
		return nil, false
	case r.ctx.Err() != nil: // canceled meanwhile
		return append(first, r.inbox.take()...), true
	}
	r.e.logger.Error("an earlier run cannot be read, so the run that reuses it fails", "run", r.head.ID, "earlier", r.head.Reuse, "error", err)
	return append(first, run.Broken{At: r.e.now(), Err: lost(r.head.Reuse, err)}), true
}

// await gives what happens next; nil when the server stops. A run that only waits for a timer leaves its place to
// others meanwhile.
func (r *live) await() []run.Event {
	if r.state.Resting() {
		r.e.yield()
		defer r.e.returns()
	}
	for {
		select {
		case <-r.inbox.wake:
			if events := r.inbox.take(); len(events) > 0 {
				return events
			}
		case <-r.e.quit:
			if events := r.inbox.take(); len(events) > 0 {
				return events
			}
			return nil
		}
	}
}

// upToPause parts events after a pause: what it takes back has to be stopped before it can be ordered again.
func upToPause(events []run.Event) (now, later []run.Event) {
	for i, e := range events {
		if a, is := e.(*asked); is {
			if _, is := a.Event.(run.PauseRequested); is {
				return events[:i+1], events[i+1:]
			}
		}
	}
	return events, nil
}

// advance applies events, makes them durable and gives what has to be done then; ok is false when the server stops
// before they were.
func (r *live) advance(events []run.Event) (commands []run.Command, ok bool) {
	watched := r.e.hub.watched(r.head.Tenant, r.head.ID)
	var changed map[run.Path]bool
	var announced []begun
	keep := events[:0:len(events)]
	r.mu.Lock()
	defer r.mu.Unlock()
	apply := func(e run.Event) bool {
		next, err := r.state.Apply(e)
		if err != nil {
			r.e.logger.Warn("an event does not fit its run", "run", r.head.ID, "error", err)
			return false
		}
		commands = append(commands, next...)
		for _, c := range next {
			// Now, and not only when it is acted on: what is about to begin must not do so meanwhile.
			if x, is := c.(run.Abort); is {
				if a, ok := r.attempts.Load(x.Path); ok {
					a.(*attempt).aborted.Store(true)
				}
			}
		}
		moved := len(next) > 0
		r.state.Changed(func(p run.Path, _ *flow.Node, _ *run.Step) {
			moved = true
			if watched {
				if changed == nil {
					changed = map[run.Path]bool{}
				}
				changed[p] = true
			}
		})
		return moved
	}
	var answers []*asked
	var ended []*debt
	for _, e := range events {
		var left *debt
		switch x := e.(type) {
		case owing:
			e, left = x.StepSucceeded, x.debt
		case begun:
			announced = append(announced, x)
			if x.by.aborted.Load() || !apply(x.StepStarted) {
				x.by.aborted.Store(true) // it was taken back
			} else {
				keep = append(keep, x.StepStarted)
			}
			continue
		case *asked:
			if err := x.fits(r); err != nil {
				x.done <- err
				continue
			}
			answers = append(answers, x)
			e = x.Event
			if p, is := e.(run.PauseRequested); is {
				p.Unbegun = r.state.Unbegun()
				e = p
			}
		case clockSet:
			r.rearm()
			continue
		case run.TimerFired:
			if r.early(x) {
				continue
			}
			if failures := r.overtaken(x.Timer); len(failures) > 0 {
				keep = slices.Clone(keep) // it lies where the events are that are still to come
				for _, failed := range failures {
					if apply(failed) {
						keep = append(keep, failed)
					}
				}
			}
		}
		moved := apply(e)
		if (moved || isWish(e)) && r.keeps(e) {
			keep = append(keep, e)
		}
		switch {
		case left == nil:
		case moved:
			ended = append(ended, left)
		default:
			r.forgo(left)
		}
	}
	// A step that may not be repeated blindly must be known to have begun before it does. When a worker is free for it,
	// its beginning goes into the same record as the end of the step before.
	for i, c := range commands {
		x, is := c.(run.Execute)
		if !is || !r.kind(x.Path).unsafe || x.Phase != run.Action || !r.state.Live(x.Path, x.Attempt) ||
			r.adopts(x) || !r.e.pool(r.kind(x.Path).pool).enter() {
			continue
		}
		begin := run.StepStarted{At: r.e.now(), Path: x.Path, Attempt: x.Attempt}
		apply(begin)
		keep = append(keep, begin)
		commands[i] = entered{x}
	}
	if len(keep) > 0 {
		r.goAhead(commands)
	}
	if len(keep) > 0 && !r.durable(keep) {
		for _, c := range commands { // whose workers are reserved and will not be needed
			if x, is := c.(entered); is {
				r.e.pool(r.kind(x.Path).pool).leave()
			}
		}
		for _, a := range answers {
			a.done <- errs.Unavailable(codeStopping, "The server is stopping; try again in a moment.")
		}
		return nil, false
	}
	for _, d := range ended {
		r.fulfil(d)
	}
	for _, b := range announced {
		close(b.known)
	}
	for _, a := range answers {
		a.done <- nil
	}
	if watched {
		r.publish(changed)
	}
	return commands, true
}

// goAhead begins pure steps while what they follow from is written: should that be lost, they have done nothing, and begin
// again. What they give is taken in when it is durable.
func (r *live) goAhead(commands []run.Command) {
	if r.scope.Run == nil {
		return
	}
	for i, c := range commands {
		x, is := c.(run.Execute)
		if !is || x.Phase != run.Action || !r.state.Live(x.Path, x.Attempt) || r.adopts(x) {
			continue
		}
		if k := r.kind(x.Path); k.pure && !k.timed && !k.inline {
			r.dispatch(x, k)
			commands[i] = ahead{}
		}
	}
}

// keeps says whether an event belongs into the journal: the beginning of what may be repeated does not, unless its time
// may run out, which only that of a step that has begun can.
func (r *live) keeps(e run.Event) bool {
	s, is := e.(run.StepStarted)
	return !is || r.kind(s.Path).unsafe || r.kind(s.Path).timed
}

// isWish says whether an event matters although it changes no step.
func isWish(e run.Event) bool {
	switch e := e.(type) {
	case run.PauseRequested, run.ResumeRequested:
		return true
	case run.TimerFired:
		return e.Timer.Kind == run.AgreementTimer
	}
	return false
}

// kind is how steps of the path's node are carried out.
func (r *live) kind(p run.Path) kind {
	_, id := p.Split()
	return r.doc.kinds[id].in(r.head.Tenant)
}

// durable waits until the events are in the journal.
func (r *live) durable(events []run.Event) bool {
	r.e.writer.submit(entry{run: r.no, record: encodeEvents(events), row: r.row(), done: r.done})
	return <-r.done == nil
}

// row is the run as it is now. mu is held.
func (r *live) row() *row { return rowOf(r.no, r.head, r.state) }

// finished says whether the run has ended and, if so, closes it.
func (r *live) finished(commands []run.Command) bool {
	for _, c := range commands {
		if _, is := c.(run.Finish); !is {
			continue
		}
		r.act(commands)
		close(r.ended)
		r.settled()
		r.e.ended(r)
		r.dismiss()
		return true
	}
	return false
}

// entered is an Execute whose worker is already reserved and whose beginning is durable.
type entered struct{ run.Execute }

// ahead is in the place of an Execute that is under way already.
type ahead struct{ run.Command }

// begun is the beginning of an attempt that waits until this is known, which closes the channel. An attempt that was taken
// back is marked as aborted before.
type begun struct {
	run.StepStarted
	by    *attempt
	known chan struct{}
}

// act does what the commands say. Cheap steps are carried out at once; what they gave is returned.
func (r *live) act(commands []run.Command) []run.Event {
	if r.scope.Run == nil && len(commands) > 0 {
		r.scope.Run = map[string]any{
			"id": r.head.ID, "flow": r.head.FlowName, "version": r.head.FlowVersion, "by": r.head.By,
			"started_at": r.state.Started().Time(), "callback_url": r.e.publicURL + CallbackPath(r.head.ID, r.head.Token),
		}
	}
	var outcomes []run.Event
	for _, c := range commands {
		switch c := c.(type) {
		case run.Execute:
			if !r.state.Live(c.Path, c.Attempt) {
				continue // what followed in the same batch took it back
			}
			if o := r.adopt(c); o != nil {
				outcomes = append(outcomes, o)
			} else if k := r.kind(c.Path); !k.inline || r.large(c, k) {
				r.dispatch(c, k)
			} else if o := r.inline(c, k); o != nil {
				outcomes = append(outcomes, o)
			}
		case entered:
			a := r.newAttempt(c.Execute, r.kind(c.Path))
			a.begun = true
			r.e.pool(a.kind.pool).start(job{of: a, work: a.work})
		case run.AwaitChild:
			if o := r.awaitChild(c); o != nil {
				outcomes = append(outcomes, o)
			}
		case run.CancelChild:
			r.cancelChild(c.Child)
		case run.Abort:
			if a, ok := r.attempts.Load(c.Path); ok {
				a.(*attempt).abort()
			}
		case run.SetTimer:
			r.setTimer(c)
		case run.StopTimer:
			r.stopTimer(c.Timer)
		}
	}
	return outcomes
}

// large says that what a step takes lies in artifacts. Loading it and working on it would hold up the run's own goroutine,
// so that such a step, however cheap with small values, goes to a worker.
func (r *live) large(x run.Execute, k kind) bool {
	if x.Phase != run.Action {
		return false
	}
	view := r.state.View(x.Path)
	for _, id := range k.reads {
		for _, v := range view.Outputs(id) {
			if v.Artifact != nil {
				return true
			}
		}
	}
	return false
}

// letGo ends what may still hang on the run.
func (r *live) letGo() {
	r.cancelAll(errAborted)
	if r.prior != nil {
		r.prior.cancelAll(errAborted)
	}
	for t := range r.timers {
		r.stopTimer(t)
	}
	r.disown()
}
