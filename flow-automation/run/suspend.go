package run

import "dataflow/ide-go-lib/errs"

// suspended says whether the step waits for something outside.
func (s *Step) suspended() bool { return s.Status == Waiting && s.Wait != nil }

func (s *State) suspend(e Suspended) error {
	r, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live || step.phase != Action {
		return err
	}
	s.answered(step)
	if step.Began == 0 {
		step.Began = e.At
		if e.Began != 0 {
			step.Began = e.Began
		}
		s.armTimeout(r)
	}
	step.Details = e.Details
	wait := e.Wait
	step.Status, step.Wait = Waiting, &wait
	s.touch(r)
	s.watch(r)
	if early, ok := s.early[e.Path]; ok {
		delete(s.early, e.Path)
		if early.ends(wait.Kind) {
			early.At = e.At
			return s.signaled(early)
		}
	}
	return nil
}

// watch orders what ends a wait.
func (s *State) watch(r ref) {
	step := r.step()
	w := step.Wait
	if w.Until != 0 {
		s.emit(SetTimer{Timer{WaitTimer, r.path(), step.Attempt}, w.Until})
	}
	if w.Escalate != 0 && !w.Escalated {
		s.emit(SetTimer{Timer{EscalateTimer, r.path(), step.Attempt}, w.Escalate})
	}
	if w.Kind == WaitChild {
		s.emit(AwaitChild{r.path(), step.Attempt, w.Child})
	}
}

func (s *State) stopWait(r ref) {
	step := r.step()
	if !step.suspended() {
		return
	}
	if step.Wait.Until != 0 {
		s.emit(StopTimer{Timer{WaitTimer, r.path(), step.Attempt}})
	}
	if step.Wait.Escalate != 0 && !step.Wait.Escalated {
		s.emit(StopTimer{Timer{EscalateTimer, r.path(), step.Attempt}})
	}
}

// waitOver is the moment until which a step waited.
func (s *State) waitOver(r ref, at Instant) {
	step := r.step()
	s.stopWait(r)
	s.endAttempt(r, 0)
	if w := step.Wait; w.Err != nil {
		if w.Kind == WaitChild {
			s.emit(CancelChild{w.Child})
		}
		s.fail(r, w.Err, at)
		return
	}
	step.Outputs, step.Err = step.Wait.Outputs, nil
	s.settle(r, Succeeded, at)
}

func (s *State) signaled(e Signaled) error {
	r, err := s.find(e.Path)
	if err != nil {
		return err
	}
	step := r.step()
	switch {
	case step.Status.Final():
		return nil
	case !step.suspended():
		if s.early == nil {
			s.early = map[Path]Signaled{}
		}
		if _, other := s.early[e.Path]; !other {
			s.early[e.Path] = e
			s.touch(r)
		}
		return nil
	case !e.ends(step.Wait.Kind):
		return errs.Conflict(codeNoWait, "The step %q does not wait for such a signal.", e.Path)
	}
	s.stopWait(r)
	s.endAttempt(r, 0)
	step.tell(e.Details)
	if e.Err != nil {
		s.fail(r, e.Err, e.At)
	} else {
		step.Outputs, step.Err = e.Outputs, nil
		s.settle(r, Succeeded, e.At)
	}
	return nil
}

// pause lets nothing further begin. Timers of the run go on: a deadline is a promise to somebody.
func (s *State) pause(e PauseRequested) {
	if s.paused == "" {
		s.paused = e.By
		if e.By == "" {
			s.paused = "?"
		}
	}
	for _, p := range e.Unbegun {
		if r, err := s.find(p); err == nil && r.step().unbegun() {
			s.answered(r.step())
			s.emit(Abort{p, r.step().Attempt})
			s.hold(r)
		}
	}
}

// hold keeps a step back until the run goes on.
func (s *State) hold(r ref) {
	step := r.step()
	step.Status, step.Held = Waiting, true
	s.held = append(s.held, r)
	s.touch(r)
}

// unbegun says whether the step is ordered and not known to have begun.
func (s *Step) unbegun() bool { return s.Status == Queued && s.out }

// Unbegun gives the steps that are ordered and not known to have begun.
func (s *State) Unbegun() (paths []Path) {
	s.root.unended(func(r ref) {
		if r.step().unbegun() {
			paths = append(paths, r.path())
		}
	})
	return paths
}

func (s *State) resume(at Instant) {
	if s.paused == "" {
		return
	}
	s.paused = ""
	held := s.held
	s.held = nil
	for _, r := range held {
		if r.step().Held {
			s.touch(r)
			s.begin(r, at)
		}
	}
}
