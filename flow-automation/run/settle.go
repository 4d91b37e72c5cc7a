package run

import (
	"maps"
	"slices"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// settle gives the step its last status and tells those that wait for it.
func (s *State) settle(r ref, status Status, at Instant) {
	step, n := r.step(), r.node()
	s.stopDeadline(r)
	step.Status, step.Ended = status, at
	r.f.done++
	s.done++
	if status == Succeeded || status == Failed {
		s.ran++
	}
	s.touch(r)
	if step.Outputs != nil {
		r.f.visible[n.id] = step.Outputs
	}
	for _, next := range n.next {
		r.f.unsettled[next]--
		if r.f.unsettled[next] == 0 && r.f.steps[next].Status == Pending {
			s.decide = append(s.decide, ref{r.f, next})
		}
	}
	if r.f.done == len(r.f.steps) && r.f.owner != nil {
		s.full = append(s.full, r.f)
	}
}

func (s *State) stopDeadline(r ref) {
	if r.node().deadline > 0 && r.step().first != 0 {
		s.emit(StopTimer{Timer{StepTimer, r.path(), 0}})
	}
}

// propagate decides on every step whose inputs have settled, which may settle further ones, goes on with containers
// whose instances have ended, and ends the run when nothing is left. It uses lists in place of recursion: a flow may be
// a chain of thousands.
func (s *State) propagate(at Instant) {
	for len(s.decide) > 0 || len(s.full) > 0 {
		for k := 0; k < len(s.decide); k++ { //nolint:intrange // the list grows meanwhile
			r := s.decide[k]
			if s.wanted(r) {
				s.order(r, 1, at)
			} else {
				s.settle(r, Skipped, at)
			}
		}
		s.decide = s.decide[:0]
		if len(s.full) > 0 {
			f := s.full[0]
			s.full = s.full[1:]
			s.frameEnded(f, at)
		}
	}
	s.full = s.full[:0]
	if s.status == Running && s.root.done == len(s.root.steps) {
		if err := s.root.failure(); err != nil {
			s.finish(at, Failed, err)
		} else {
			s.finish(at, Succeeded, nil)
		}
	}
}

// wanted applies the node's join rule to its settled inputs.
func (s *State) wanted(r ref) bool {
	n := r.node()
	if len(n.needs) == 0 || n.join == joinSettled {
		return true
	}
	for _, need := range n.needs {
		switch ok := met(r.f, need); {
		case ok && n.join == joinAny:
			return true
		case !ok && n.join == joinAll:
			return false
		}
	}
	return n.join == joinAll
}

// met says whether what flows along an edge is there: for data the port was taken, for order the step ended in a way
// that its flow accepts.
func met(f *frame, n need) bool {
	for range n.up {
		f = f.owner
	}
	up := &f.steps[n.from]
	switch {
	case n.data && n.port != "":
		_, taken := up.Outputs[n.port]
		return taken
	case up.Status == Failed && !n.data:
		return f.level.nodes[n.from].onError != errorFails
	default:
		return up.Status == Succeeded
	}
}

// failure is the frame's error: that of the first failed node of the document, whichever failed first in time.
func (f *frame) failure() *errs.Error {
	for i := range f.steps {
		n := &f.level.nodes[i]
		if f.steps[i].Status != Failed || n.onError != errorFails {
			continue
		}
		cause := f.steps[i].Err
		e := errs.New(cause.Status, cause.Code, "Step %q failed: %s", n.id, cause.Message)
		e.Hint, e.HintForm, e.HintArgs = cause.Hint, cause.HintForm, cause.HintArgs
		for _, d := range cause.Details {
			if d.Node == "" {
				d.Node = n.id
			}
			e.Details = append(e.Details, d)
		}
		if len(e.Details) == 0 {
			e.Details = []errs.Detail{cause.At(errs.Place{Node: n.id})}
		}
		return e
	}
	return nil
}

// result is what an instance of a body gives: the output of its result node; null when that was not taken.
func (f *frame) result() value.Value {
	outputs := f.steps[f.level.result].Outputs
	if port := f.level.resultPort; port != "" {
		if v, ok := outputs[port]; ok {
			return v
		}
		return null
	}
	if len(outputs) > 1 {
		for _, port := range slices.Sorted(maps.Keys(outputs)) {
			if port != errorPort {
				return outputs[port]
			}
		}
	}
	for _, v := range outputs {
		return v
	}
	return null
}

// end cuts the run short: attempts under way are aborted, and all that has not ended is canceled.
func (s *State) end(at Instant, status Status, err *errs.Error) {
	s.decide, s.full, s.held = s.decide[:0], s.full[:0], s.held[:0]
	s.cancel(s.root, at)
	s.finish(at, status, err)
}

func (s *State) finish(at Instant, status Status, err *errs.Error) {
	s.status, s.ended, s.err, s.paused, s.early = status, at, err, "", nil
	if s.started != 0 {
		if s.graph.timeout > 0 {
			s.emit(StopTimer{Timer{Kind: DeadlineTimer}})
		}
		if s.graph.sla > 0 && !s.late {
			s.emit(StopTimer{Timer{Kind: AgreementTimer}})
		}
	}
	s.emit(Finish{status, err})
}

// Status is the run's.
func (s *State) Status() Status { return s.status }

// Err is why the run failed.
func (s *State) Err() *errs.Error { return s.err }

// Started is when the run began; 0 before.
func (s *State) Started() Instant { return s.started }

// Ended is when the run ended; 0 before.
func (s *State) Ended() Instant { return s.ended }

// CanceledBy is who asked for the end.
func (s *State) CanceledBy() string { return s.by }

// PausedBy is who paused the run; "" while it is not paused.
func (s *State) PausedBy() string { return s.paused }

// Late says whether the run took longer than its flow's SLA.
func (s *State) Late() bool { return s.late }

// Recoveries is how often the run went on in a new process.
func (s *State) Recoveries() int { return s.again }

// Done is the number of steps that have ended, of Total.
func (s *State) Done() int { return s.done }

// Ran is the number of steps that succeeded or failed: what was skipped or canceled has not been done.
func (s *State) Ran() int { return s.ran }

// Total is the number of steps known so far.
func (s *State) Total() int { return s.total }

// Resting says whether nothing is ordered or under way: the run waits for a timer or for something outside.
func (s *State) Resting() bool { return s.busy == 0 }

// Result is what the run gives: the value of the last of its return nodes, in the order of the document, that was taken.
func (s *State) Result() (value.Value, bool) {
	for _, i := range slices.Backward(s.graph.returns) {
		if step := &s.root.steps[i]; step.Status == Succeeded {
			v, ok := step.Outputs[valuePort]
			return v, ok
		}
	}
	return value.Value{}, false
}
