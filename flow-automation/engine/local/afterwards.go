package local

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
)

const (
	// afterwardsWithin bounds what is done after the end of a step, and how long others wait for that.
	afterwardsWithin = 30 * time.Second
	// openWithin bounds how long it is held open while the journal cannot be written.
	openWithin = 10 * time.Minute
	// closingWithin is how long a server that had to stop by now waits for what is held open to be closed: an orderly end gives
	// back what others would wait for otherwise.
	closingWithin = 2 * time.Second
)

// owed is what the steps of a run have left open until their success is durable. Each is done and closed, or only closed
// when it turns out that the success does not count or that nothing becomes durable here any more.
type owed struct {
	mu     sync.Mutex
	open   map[*debt]struct{} // nobody knows yet whether their success counts
	doing  map[*debt]struct{} // being done or closed
	over   bool               // nothing of the run becomes durable here any more
	change chan struct{}      // closed when one of them is through; nil when nobody waits
}

// debt is what one attempt has left open.
type debt struct {
	path  run.Path
	all   []node.Afterwards
	timer clock.Timer
	ctx   context.Context // while it is being done
}

// owing is a success that has left something open.
type owing struct {
	run.StepSucceeded
	debt *debt
}

// hold keeps what an attempt has left open until what became of it has been taken in, and gives the event that tells of both.
func (r *live) hold(e run.Event, all []node.Afterwards) run.Event {
	if len(all) == 0 {
		return e
	}
	s, is := e.(run.StepSucceeded)
	d := &debt{path: s.Path, all: all}
	o := &r.owed
	o.mu.Lock()
	is = is && !o.over
	if is {
		if o.open == nil {
			o.open = map[*debt]struct{}{}
		}
		o.open[d] = struct{}{}
		d.timer = r.e.clock.AfterFunc(openWithin, func() { r.expire(d) })
	} else {
		o.begin(d)
	}
	o.mu.Unlock()
	if is {
		return owing{s, d}
	}
	r.close(d)
	return e
}

// begin says that a debt is being done or closed. mu is held.
func (o *owed) begin(d *debt) {
	if o.doing == nil {
		o.doing = map[*debt]struct{}{}
	}
	o.doing[d] = struct{}{}
}

// opened gives what is open.
func (o *owed) opened() []*debt {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.open))
}

// take gives a debt to who is about to do or to close it; false is that somebody else has it.
func (o *owed) take(d *debt) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, is := o.open[d]; !is {
		return false
	}
	delete(o.open, d)
	d.timer.Stop()
	o.begin(d)
	return true
}

// through says that nothing of a debt is held any more.
func (o *owed) through(d *debt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.doing, d)
	if o.change != nil {
		close(o.change)
		o.change = nil
	}
}

// wait waits until busy is false, which is asked with mu held whenever something is through. It says whether that came
// before ended, which is nil for no end.
func (o *owed) wait(ended <-chan struct{}, busy func() bool) bool {
	for {
		o.mu.Lock()
		if !busy() {
			o.mu.Unlock()
			return true
		}
		if o.change == nil {
			o.change = make(chan struct{})
		}
		change := o.change
		o.mu.Unlock()
		select {
		case <-change:
		case <-ended:
			return false
		}
	}
}

// expire lets go of what was held for too long.
func (r *live) expire(d *debt) {
	if r.owed.take(d) {
		r.log(d.path, "warn", fmt.Sprintf("The end of the step could not be recorded for %s, so what it was to do after that is left undone.", openWithin))
		r.close(d)
	}
}

// fulfil does what an attempt has left open, for its success is durable.
func (r *live) fulfil(d *debt) {
	if r.owed.take(d) {
		go r.perform(d)
	}
}

// fulfilAll does all that was left open, where nothing has happened but what is durable.
func (r *live) fulfilAll() {
	for _, d := range r.owed.opened() {
		r.fulfil(d)
	}
}

// forgo closes what an attempt has left open, for its success does not count.
func (r *live) forgo(d *debt) {
	if r.owed.take(d) {
		go r.close(d)
	}
}

func (r *live) perform(d *debt) {
	var stop context.CancelFunc
	d.ctx, stop = context.WithTimeout(r.e.owing, afterwardsWithin)
	defer stop()
	for _, a := range d.all {
		if err := safely(func() error { return a.Do(d.ctx) }); err != nil {
			r.log(d.path, "warn", "Something failed that was to be done after the end of the step: "+errs.From(err).Message)
			r.e.logger.Warn("what was to be done after the end of a step failed", "run", r.head.ID, "step", d.path, "error", err)
		}
	}
	r.close(d)
}

func (r *live) close(d *debt) {
	defer r.owed.through(d)
	for _, a := range d.all {
		if err := safely(a.Close); err != nil {
			r.log(d.path, "warn", "What the step held open did not end well: "+errs.From(err).Message)
			r.e.logger.Warn("what a step held open did not end well", "run", r.head.ID, "step", d.path, "error", err)
		}
	}
}

// safely turns a panic into an error: what a system outside says must not end the server.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.Internal(fmt.Errorf("panic: %v", p))
		}
	}()
	return f()
}

// awaitHeld waits until nothing is held any more under a name that earlier steps of the run have left open, or should have been let
// go of.
func (r *live) awaitHeld(ctx context.Context, name string) error {
	holds := func(d *debt) bool {
		return slices.ContainsFunc(d.all, func(a node.Afterwards) bool { return a.Holds == name })
	}
	r.patiently(ctx, func() bool {
		return anyOf(r.owed.open, holds) || anyOf(r.owed.doing, holds)
	})
	return ctx.Err()
}

func anyOf(debts map[*debt]struct{}, is func(*debt) bool) bool {
	for d := range debts {
		if is(d) {
			return true
		}
	}
	return false
}

// settled closes what is open at the end of the run, which no longer counts, and waits until all that was owed is done, or should
// have been: whoever comes after the run finds it so.
func (r *live) settled() {
	r.cease()
	r.patiently(r.e.owing, func() bool { return len(r.owed.doing) > 0 })
}

// disown closes what will not become durable here, and waits until nothing of the run is held any more.
func (r *live) disown() {
	r.cease()
	r.owed.wait(nil, func() bool { return len(r.owed.doing) > 0 })
}

// cease closes what is open, and whatever is left open from now on.
func (r *live) cease() {
	r.owed.mu.Lock()
	r.owed.over = true
	r.owed.mu.Unlock()
	for _, d := range r.owed.opened() {
		r.forgo(d)
	}
}

// patiently waits as owed.wait does, for as long as what is owed may take.
func (r *live) patiently(ctx context.Context, busy func() bool) {
	now := make(chan struct{})
	close(now)
	if r.owed.wait(now, busy) {
		return
	}
	within, late := context.WithCancel(ctx)
	defer late()
	defer r.e.clock.AfterFunc(afterwardsWithin, late).Stop()
	r.owed.wait(within.Done(), busy)
}
