package run

import (
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// settle gives the step its last status and tells those that wait for it.
func (s *State) settle(i int, status Status, at Instant) {
	step, n := &s.steps[i], &s.graph.nodes[i]
	step.Status, step.Ended = status, at
	s.done++
	s.touch(i)
	if step.Outputs != nil {
		s.visible[n.id] = step.Outputs
	}
	for _, next := range n.next {
		s.unsettled[next]--
		if s.unsettled[next] == 0 {
			s.decide = append(s.decide, int32(next)) //nolint:gosec // bounded by the flow
		}
	}
}

// propagate decides on every node whose inputs have settled, which may settle further ones, and ends the run when
// nothing is left. It uses a list in place of recursion: a flow may be a chain of thousands.
func (s *State) propagate(at Instant) {
	for k := 0; k < len(s.decide); k++ { //nolint:intrange // the list grows meanwhile
		i := int(s.decide[k])
		if s.wanted(i) {
			s.order(i, 1, at)
		} else {
			s.settle(i, Skipped, at)
		}
	}
	s.decide = s.decide[:0]
	if s.status == Running && s.done == len(s.steps) {
		if err := s.failure(); err != nil {
			s.finish(at, Failed, err)
		} else {
			s.finish(at, Succeeded, nil)
		}
	}
}

// wanted applies the node's join rule to its settled inputs.
func (s *State) wanted(i int) bool {
	n := &s.graph.nodes[i]
	if len(n.needs) == 0 || n.join == joinSettled {
		return true
	}
	for _, need := range n.needs {
		switch ok := s.met(need); {
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
func (s *State) met(n need) bool {
	up := &s.steps[n.from]
	switch {
	case n.data && n.port != "":
		_, taken := up.Outputs[n.port]
		return taken
	case up.Status == Failed && !n.data:
		return s.graph.nodes[n.from].onError != errorFails
	default:
		return up.Status == Succeeded
	}
}

// failure is the run's error: that of the first failed node of the document, whichever failed first in time.
func (s *State) failure() *errs.Error {
	for i := range s.steps {
		n := &s.graph.nodes[i]
		if s.steps[i].Status != Failed || n.onError != errorFails {
			continue
		}
		cause := s.steps[i].Err
		e := errs.New(cause.Status, cause.Code, "Step %q failed: %s", n.id, cause.Message)
		e.Hint = cause.Hint
		for _, d := range cause.Details {
			if d.Node == "" {
				d.Node = n.id
			}
			e.Details = append(e.Details, d)
		}
		if len(e.Details) == 0 {
			e.Details = []errs.Detail{{Code: cause.Code, Message: cause.Message, Place: errs.Place{Node: n.id}}}
		}
		return e
	}
	return nil
}

// end cuts the run short: attempts under way are aborted, and all that has not ended is canceled.
func (s *State) end(at Instant, status Status, err *errs.Error) {
	s.decide = s.decide[:0]
	for i := range s.steps {
		step, n := &s.steps[i], &s.graph.nodes[i]
		switch step.Status {
		case Queued, Running:
			s.endAttempt(i, 0)
			s.emit(Abort{Path(n.id), step.Attempt})
		case Waiting:
			s.emit(StopTimer{Timer{RetryTimer, Path(n.id), step.Attempt}})
			step.RetryAt = 0
		case Pending:
		default:
			continue
		}
		step.Status, step.Ended = Canceled, at
		s.done++
		s.touch(i)
	}
	s.finish(at, status, err)
}

func (s *State) finish(at Instant, status Status, err *errs.Error) {
	s.status, s.ended, s.err = status, at, err
	if s.graph.timeout > 0 && s.started != 0 {
		s.emit(StopTimer{Timer{Kind: DeadlineTimer}})
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

// Recoveries is how often the run went on in a new process.
func (s *State) Recoveries() int { return s.again }

// Done is the number of steps that have ended, of Total.
func (s *State) Done() int { return s.done }

// Total is the number of steps known so far.
func (s *State) Total() int { return len(s.steps) }

// Step gives one step as it is now.
func (s *State) Step(p Path) (Step, bool) {
	_, step, err := s.find(p)
	if err != nil {
		return Step{}, false
	}
	return *step, true
}

// Live says whether an attempt is ordered or under way.
func (s *State) Live(p Path, attempt int) bool {
	_, _, live, err := s.current(p, attempt)
	return err == nil && live
}

// Resting says whether nothing is ordered or under way: the run waits for a timer, or for nothing at all.
func (s *State) Resting() bool {
	for i := range s.steps {
		if st := s.steps[i].Status; st == Queued || st == Running {
			return false
		}
	}
	return true
}

// Each calls f for every step in the order of the document.
func (s *State) Each(f func(p Path, n *flow.Node, step *Step)) {
	for i := range s.steps {
		f(Path(s.graph.nodes[i].id), s.graph.nodes[i].doc, &s.steps[i])
	}
}

// Changed calls f for every step that the latest Apply changed; a step may come twice.
func (s *State) Changed(f func(p Path, n *flow.Node, step *Step)) {
	for _, i := range s.changed {
		f(Path(s.graph.nodes[i].id), s.graph.nodes[i].doc, &s.steps[i])
	}
}

// Outputs is what the ended steps gave, by node, for expressions to read. It is the state's own: the next Apply changes
// it, and nobody else may.
func (s *State) Outputs() map[string]value.Outputs { return s.visible }
