package run

import "dataflow/ide-go-lib/errs"

// recovered orders again what was under way and sets the timers again; what may not be repeated has failed.
func (s *State) recovered(e Recovered) error {
	interrupted := make(map[Path]bool, len(e.Interrupted))
	for _, p := range e.Interrupted {
		if _, err := s.find(p); err != nil {
			return err
		}
		interrupted[p] = true
	}
	if s.status == Pending {
		return nil
	}
	s.again++
	s.timers()
	var out []ref
	s.root.unended(func(r ref) {
		step := r.step()
		if n := r.node(); n.deadline > 0 && step.first != 0 && !step.Status.Final() {
			s.emit(SetTimer{Timer{StepTimer, r.path(), 0}, step.first.Add(n.deadline)})
		}
		switch {
		case step.out:
			out = append(out, r)
		case step.suspended():
			s.armTimeout(r)
			s.watch(r)
		case step.Status == Waiting && step.RetryAt != 0:
			s.emit(SetTimer{Timer{RetryTimer, r.path(), step.Attempt}, step.RetryAt})
		}
		if step.scope != nil && step.Status == Running {
			s.armTimeout(r)
		}
	})
	for _, r := range out {
		if !interrupted[r.path()] {
			continue
		}
		s.answered(r.step())
		s.fail(r, errs.New(statusInternal, CodeInterrupted, "The server ended while the step was at work, and nobody knows how far it came.").
			WithHint("See what it did, then run again. If repeating it does no harm, give the node a retry policy."), e.At)
	}
	for _, r := range out {
		step := r.step()
		if !step.out {
			continue
		}
		if step.phase == Action || step.phase == Open {
			step.Status, step.Queued, step.Began = Queued, e.At, 0
			s.touch(r)
		}
		index := 0
		if step.phase == Next {
			index = step.scope.next
		}
		if s.paused != "" && (step.phase == Action || step.phase == Open) {
			s.answered(step)
			s.hold(r)
			continue
		}
		s.execute(r, step.phase, index)
	}
	return nil
}

// unended visits every step that has not ended, those in containers after the containers themselves.
func (f *frame) unended(visit func(r ref)) {
	for i := range f.steps {
		r := ref{f, i}
		if r.step().Status.Final() {
			continue
		}
		visit(r)
		if c := r.step().scope; c != nil {
			for _, inner := range c.open {
				inner.unended(visit)
			}
		}
	}
}
