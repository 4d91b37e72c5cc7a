// Package run is the run state machine: from a compiled flow and the events so far it says what has to be done next.
// It is pure: no files, no network, no clock (events carry the time), no chance, no goroutines. Two drivers that feed
// the same events get the same commands, and a journal replayed gives the state that was lost.
//
// Every edge settles before the node behind it is decided on, so the outcome of a run does not depend on the order in
// which parallel steps happen to end.
package run

import (
	"encoding/json"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Codes of errors that the machine itself gives to steps and runs.
const (
	CodeTimeout     = "step_timeout"  // the attempt took longer than the node's timeout
	CodeDeadline    = "run_deadline"  // the run took longer than the flow's timeout
	CodeInterrupted = "interrupted"   // the server ended during an attempt that may not be repeated blindly
	codeUnknownStep = "unknown_step"  // an event names a step that the flow does not have
	codeNotOrdered  = "not_ordered"   // an event ends an attempt that was never ordered
	codeNotStarted  = "not_started"   // an event comes before the run began
	codeTwice       = "started_twice" // a run begins once
	errorPort       = "error"         // the port of a node with onError: port
)

// Step is one node within a run.
type Step struct {
	Status  Status
	Attempt int // from 1; 0 before the first is ordered
	Queued  Instant
	Began   Instant // of the latest attempt
	Ended   Instant
	RetryAt Instant // while Waiting
	Outputs value.Outputs
	Details map[string]json.RawMessage
	Err     *errs.Error // of the latest failed attempt
}

// State is a run. The zero value is of no use; New makes one. It is not safe for concurrent use.
type State struct {
	id      string
	graph   *Graph
	status  Status
	err     *errs.Error
	started Instant
	ended   Instant
	by      string // who canceled
	again   int

	steps     []Step
	unsettled []int32 // by node: upstream nodes that may still change
	done      int
	visible   map[string]value.Outputs

	commands []Command // of the current Apply
	changed  []int32   // nodes changed by it
	decide   []int32   // nodes whose inputs have settled, not yet decided on
}

// New gives the state of a run that has not begun.
func New(g *Graph, runID string) *State {
	s := &State{
		id: runID, graph: g,
		steps:     make([]Step, len(g.nodes)),
		unsettled: make([]int32, len(g.nodes)),
		visible:   make(map[string]value.Outputs, len(g.nodes)),
	}
	for i := range g.nodes {
		s.unsettled[i] = int32(g.nodes[i].upstream) //nolint:gosec // a flow has far fewer nodes
	}
	return s
}

// Apply takes the run from one state to the next and says what has to be done. It is total: an event that comes too
// late is passed over without commands, one that makes no sense changes nothing and gives an error. The commands are
// valid until the next Apply.
func (s *State) Apply(e Event) ([]Command, error) {
	s.commands, s.changed = s.commands[:0], s.changed[:0]
	if s.status.Final() {
		return nil, nil
	}
	if _, first := e.(Started); !first && s.status == Pending {
		switch e.(type) {
		case CancelRequested, Broken, Recovered: // these may also meet a run that has not begun
		default:
			return nil, errs.Conflict(codeNotStarted, "The run %s has not begun.", s.id)
		}
	}
	var err error
	switch e := e.(type) {
	case Started:
		err = s.start(e)
	case StepStarted:
		err = s.stepStarted(e)
	case StepSucceeded:
		err = s.stepSucceeded(e)
	case StepFailed:
		err = s.stepFailed(e)
	case TimerFired:
		s.timerFired(e)
	case CancelRequested:
		s.by = e.By
		s.end(e.At, Canceled, nil)
	case Recovered:
		err = s.recovered(e)
	case Broken:
		s.end(e.At, Failed, e.Err)
	}
	if err != nil {
		return nil, err
	}
	s.propagate(e.when())
	return s.commands, nil
}

func (s *State) start(e Started) error {
	if s.status != Pending {
		return errs.Conflict(codeTwice, "The run %s has already begun.", s.id)
	}
	s.status, s.started = Running, e.At
	if s.graph.timeout > 0 {
		s.emit(SetTimer{Timer{Kind: DeadlineTimer}, e.At.Add(s.graph.timeout)})
	}
	for i := range s.graph.nodes {
		if s.unsettled[i] == 0 {
			s.decide = append(s.decide, int32(i))
		}
	}
	return nil
}

// find gives the index of the step's node, with what the step is now.
func (s *State) find(p Path) (int, *Step, error) {
	i, ok := s.graph.index[string(p)]
	if !ok {
		return 0, nil, errs.NotFound(codeUnknownStep, "The flow has no step %q.", p)
	}
	return i, &s.steps[i], nil
}

// current finds the step and says whether the attempt is the one under way; a later number was never ordered.
func (s *State) current(p Path, attempt int) (i int, step *Step, live bool, err error) {
	i, step, err = s.find(p)
	if err != nil {
		return 0, nil, false, err
	}
	if attempt > step.Attempt || attempt < 1 {
		return 0, nil, false, errs.Conflict(codeNotOrdered, "Attempt %d at step %q was not ordered.", attempt, p)
	}
	return i, step, attempt == step.Attempt && (step.Status == Queued || step.Status == Running), nil
}

func (s *State) stepStarted(e StepStarted) error {
	i, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live || step.Status == Running {
		return err
	}
	step.Status, step.Began = Running, e.At
	s.touch(i)
	if t := s.graph.nodes[i].timeout; t > 0 {
		s.emit(SetTimer{Timer{TimeoutTimer, e.Path, e.Attempt}, e.At.Add(t)})
	}
	return nil
}

func (s *State) stepSucceeded(e StepSucceeded) error {
	i, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live {
		return err
	}
	s.endAttempt(i, e.Began)
	step.Outputs, step.Details, step.Err = e.Outputs, e.Details, nil
	s.settle(i, Succeeded, e.At)
	return nil
}

func (s *State) stepFailed(e StepFailed) error {
	i, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live {
		return err
	}
	s.endAttempt(i, e.Began)
	step.Details = e.Details
	s.fail(i, e.Err, e.At)
	return nil
}

// endAttempt notes when the attempt began, if only its outcome says so, and takes back its timeout.
func (s *State) endAttempt(i int, began Instant) {
	step, n := &s.steps[i], &s.graph.nodes[i]
	if step.Status == Running && n.timeout > 0 {
		s.emit(StopTimer{Timer{TimeoutTimer, Path(n.id), step.Attempt}})
	}
	if began != 0 {
		step.Began = began
	}
}

// fail ends an attempt badly: the step waits for the next one, or that was it.
func (s *State) fail(i int, cause *errs.Error, at Instant) {
	step, n := &s.steps[i], &s.graph.nodes[i]
	if cause == nil {
		cause = errs.Internal(nil)
	}
	step.Err = cause
	if n.retry.again(step.Attempt, cause.Code) {
		step.Status = Waiting
		step.RetryAt = at.Add(n.retry.wait(s.id, Path(n.id), step.Attempt))
		s.touch(i)
		s.emit(SetTimer{Timer{RetryTimer, Path(n.id), step.Attempt}, step.RetryAt})
		return
	}
	if n.onError == errorToPort {
		step.Outputs = value.Outputs{errorPort: errorValue(n, step.Attempt, cause)}
	}
	s.settle(i, Failed, at)
}

func (s *State) timerFired(e TimerFired) {
	if e.Timer.Kind == DeadlineTimer {
		s.end(e.At, Failed, errs.New(408, CodeDeadline, "The run took longer than the flow's timeout of %s.", s.graph.timeout).
			WithHint("Raise the timeout in the flow's settings, or look which step took the time."))
		return
	}
	i, step, err := s.find(e.Timer.Path)
	if err != nil || step.Attempt != e.Timer.Attempt {
		return
	}
	n := &s.graph.nodes[i]
	switch {
	case e.Timer.Kind == RetryTimer && step.Status == Waiting:
		s.order(i, step.Attempt+1, e.At)
	case e.Timer.Kind == TimeoutTimer && step.Status == Running:
		s.emit(Abort{e.Timer.Path, step.Attempt})
		s.fail(i, errs.New(408, CodeTimeout, "The attempt took longer than the node's timeout of %s.", n.timeout).
			WithHint("Raise the node's timeout, or give it less to do."), e.At)
	}
}

// recovered orders again what was under way and sets the timers again; what may not be repeated has failed.
func (s *State) recovered(e Recovered) error {
	for _, p := range e.Interrupted {
		if _, _, err := s.find(p); err != nil {
			return err
		}
	}
	if s.status == Pending {
		return nil
	}
	s.again++
	if s.graph.timeout > 0 {
		s.emit(SetTimer{Timer{Kind: DeadlineTimer}, s.started.Add(s.graph.timeout)})
	}
	for i := range s.steps {
		if step := &s.steps[i]; step.Status == Waiting {
			s.emit(SetTimer{Timer{RetryTimer, Path(s.graph.nodes[i].id), step.Attempt}, step.RetryAt})
		}
	}
	for _, p := range e.Interrupted {
		if i, step, _ := s.find(p); step.Status == Running || step.Status == Queued {
			s.fail(i, errs.New(500, CodeInterrupted, "The server ended while the step was at work, and nobody knows how far it came.").
				WithHint("See what it did, then run again. If repeating it does no harm, give the node a retry policy."), e.At)
		}
	}
	for i := range s.steps {
		if step := &s.steps[i]; step.Status == Queued || step.Status == Running {
			s.order(i, step.Attempt, e.At)
		}
	}
	return nil
}

func (s *State) order(i, attempt int, at Instant) {
	step := &s.steps[i]
	step.Status, step.Attempt, step.Queued, step.Began, step.RetryAt = Queued, attempt, at, 0, 0
	s.touch(i)
	s.emit(Execute{Path(s.graph.nodes[i].id), attempt})
}

func (s *State) emit(c Command) { s.commands = append(s.commands, c) }

func (s *State) touch(i int) { s.changed = append(s.changed, int32(i)) } //nolint:gosec // bounded by the flow

func errorValue(n *node, attempt int, cause *errs.Error) value.Value {
	data, err := json.Marshal(struct {
		Node    string        `json:"node"`
		Attempt int           `json:"attempt"`
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Hint    string        `json:"hint,omitempty"`
		Details []errs.Detail `json:"details,omitempty"`
	}{n.doc.ID, attempt, cause.Code, cause.Message, cause.Hint, cause.Details})
	if err != nil { // strings and numbers always marshal
		data = []byte("null")
	}
	return value.Value{Kind: value.JSON, Data: data}
}
