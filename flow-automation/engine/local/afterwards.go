package local

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
)

const (
	// afterwardsWithin bounds what is done after the end of a step, and how long the end of its run waits for that.
	afterwardsWithin = 30 * time.Second
	// openWithin bounds how long it is held open while the journal cannot be written.
	openWithin = 10 * time.Minute
)

// owed is what the steps of a run have left open until their success is durable. Each is done and closed, or only closed
// when it turns out that the success does not count or that nothing becomes durable here any more.
type owed struct {
	mu    sync.Mutex
	open  map[succeeded]*debt
	over  bool // nothing of the run becomes durable here any more
	doing sync.WaitGroup
}

// succeeded is an attempt that was successful.
type succeeded struct {
	path    run.Path
	attempt int
}

type debt struct {
	all   []node.Afterwards
	timer clock.Timer
	ctx   context.Context // while it is being done
}

// hold keeps what a step has left open until the event that tells of its success has been taken in.
func (r *live) hold(e run.Event, all []node.Afterwards) {
	if len(all) == 0 {
		return
	}
	s, is := e.(run.StepSucceeded)
	key, d := succeeded{s.Path, s.Attempt}, &debt{all: all}
	r.owed.mu.Lock()
	is = is && !r.owed.over
	if is {
		if r.owed.open == nil {
			r.owed.open = map[succeeded]*debt{}
		}
		r.owed.open[key] = d
		d.timer = r.e.clock.AfterFunc(openWithin, func() { r.expire(key, d) })
	}
	r.owed.mu.Unlock()
	if !is {
		r.close(s.Path, all)
	}
}

// owes takes out what the attempt has left open; nil is nothing.
func (r *live) owes(s succeeded) *debt {
	r.owed.mu.Lock()
	defer r.owed.mu.Unlock()
	d := r.owed.open[s]
	if d != nil {
		delete(r.owed.open, s)
		d.timer.Stop()
	}
	return d
}

// expire lets go of what was held for too long.
func (r *live) expire(s succeeded, d *debt) {
	r.owed.mu.Lock()
	is := r.owed.open[s] == d
	if is {
		delete(r.owed.open, s)
	}
	r.owed.mu.Unlock()
	if is {
		r.log(s.path, "warn", fmt.Sprintf("The end of the step could not be recorded for %s, so what it was to do after that is left undone.", openWithin))
		r.close(s.path, d.all)
	}
}

// fulfil does what the attempt has left open, for its success is durable. Only the run's own goroutine does this.
func (r *live) fulfil(s succeeded) {
	if d := r.owes(s); d != nil {
		r.owed.doing.Go(func() { r.perform(s.path, d) })
	}
}

// forgo closes what the attempt has left open, for its success does not count.
func (r *live) forgo(s succeeded) {
	if d := r.owes(s); d != nil {
		r.owed.doing.Go(func() { r.close(s.path, d.all) })
	}
}

func (r *live) perform(p run.Path, d *debt) {
	var stop context.CancelFunc
	d.ctx, stop = context.WithTimeout(r.e.owing, afterwardsWithin)
	defer stop()
	for _, a := range d.all {
		if err := safely(func() error { return a.Do(d.ctx) }); err != nil {
			r.log(p, "warn", "Something failed that was to be done after the end of the step: "+errs.From(err).Message)
			r.e.logger.Warn("what was to be done after the end of a step failed", "run", r.head.ID, "step", p, "error", err)
		}
	}
	r.close(p, d.all)
}

func (r *live) close(p run.Path, all []node.Afterwards) {
	for _, a := range all {
		if err := safely(a.Close); err != nil {
			r.log(p, "warn", "What the step held open did not end well: "+errs.From(err).Message)
			r.e.logger.Warn("what a step held open did not end well", "run", r.head.ID, "step", p, "error", err)
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

// settled waits until all that was owed is done, or should have been: whoever comes after the run finds it so.
func (r *live) settled() {
	over := make(chan struct{})
	go func() {
		r.owed.doing.Wait()
		close(over)
	}()
	late := time.NewTimer(afterwardsWithin)
	defer late.Stop()
	select {
	case <-over:
	case <-late.C:
	}
}

// disown closes what will not become durable here, and waits until nothing of the run is held any more.
func (r *live) disown() {
	r.owed.mu.Lock()
	r.owed.over = true
	open := r.owed.open
	r.owed.open = nil
	r.owed.mu.Unlock()
	for s, d := range open {
		d.timer.Stop()
		r.owed.doing.Go(func() { r.close(s.path, d.all) })
	}
	r.owed.doing.Wait()
}
