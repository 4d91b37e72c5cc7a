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
	CodeStepTime    = "step_deadline" // all attempts together took longer than the node's deadline
	CodeDeadline    = "run_deadline"  // the run took longer than the flow's timeout
	CodeInterrupted = "interrupted"   // the server ended during an attempt that may not be repeated blindly
	codeUnknownStep = "unknown_step"  // an event names a step that the flow does not have
	codeNotOrdered  = "not_ordered"   // an event ends an attempt that was never ordered
	codeNotStarted  = "not_started"   // an event comes before the run began
	codeTwice       = "started_twice" // a run begins once
	codeNoWait      = "not_waiting"   // a signal comes for a step that waits for none
	codeBadCount    = "count_invalid" // a container was opened with less than nothing
	errorPort       = "error"         // the port of a node with onError: port
	valuePort       = "value"         // the port of a try
	statusTimeout   = 408
	statusInternal  = 500
)

// Step is one node within a run.
type Step struct {
	Status  Status
	Attempt int // from 1; 0 before the first is ordered
	Queued  Instant
	Began   Instant // of the latest attempt
	Ended   Instant
	RetryAt Instant // while Waiting for the next attempt
	Outputs value.Outputs
	Details map[string]json.RawMessage
	Err     *errs.Error // of the latest failed attempt
	Wait    *Wait       // what it waits for, or waited for at last
	Held    bool        // the run is paused, so it does not begin

	phase Phase   // what is ordered, while out
	out   bool    // an Execute has not been answered
	first Instant // when the first attempt was ordered
	scope *scope  // of a container that has been opened
}

// Items counts what a container's body has come to.
type Items struct {
	Count  int // of a map; of a loop, how often it has gone round so far
	Ended  int
	Failed int
}

// Items gives the progress of a map or a loop; ok is false for other steps and before it was opened.
func (s *Step) Items() (Items, bool) {
	if s.scope == nil || !s.scope.counted {
		return Items{}, false
	}
	return Items{Count: s.scope.count, Ended: s.scope.ended, Failed: len(s.scope.errors)}, true
}

// Options are what a run is asked for beyond its flow.
type Options struct {
	// Targets are the nodes that the run is for; what they do not need is skipped. Empty is all.
	Targets []string
	// Keep says of an instance of a container's body, such as each[3], whether its steps stay known after it has ended.
	// Nil keeps the first hundred of each container.
	Keep func(instance Path) bool
}

// State is a run. The zero value is of no use; New makes one. It is not safe for concurrent use.
type State struct {
	id      string
	graph   *Graph
	options Options
	status  Status
	err     *errs.Error
	started Instant
	ended   Instant
	by      string // who canceled
	paused  string // who paused; "" is not paused
	late    bool   // longer than its SLA
	again   int

	root  *frame
	busy  int // steps with an order that has not been answered
	total int
	done  int
	ran   int
	held  []ref
	early map[Path]Signaled

	commands []Command // of the current Apply
	changed  []ref     // steps changed by it
	decide   []ref     // steps whose inputs have settled, not yet decided on
	full     []*frame  // frames whose steps have all ended
	spent    []*frame  // frames that the current Apply has closed; the next may use them again
	spare    map[*level][]*frame
	kept     int
}

// New gives the state of a run that has not begun.
func New(g *Graph, runID string, o Options) *State {
	s := &State{id: runID, graph: g, options: o, total: len(g.nodes)}
	s.root = &frame{level: &g.level, index: -1}
	s.root.reset()
	return s
}

// Apply takes the run from one state to the next and says what has to be done. It is total: an event that comes too
// late is passed over without commands, one that makes no sense changes nothing and gives an error. The commands are
// valid until the next Apply.
func (s *State) Apply(e Event) ([]Command, error) {
	s.commands, s.changed = s.commands[:0], s.changed[:0]
	s.recycle()
	if s.status.Final() {
		return nil, nil
	}
	if s.status == Pending {
		switch e.(type) {
		case Started, CancelRequested, Broken, Recovered, Refused: // these may also meet a run that has not begun
		default:
			return nil, errs.Conflict(codeNotStarted, "The run %s has not begun.", s.id)
		}
	}
	if err := s.take(e); err != nil {
		return nil, err
	}
	s.propagate(e.when())
	return s.commands, nil
}

func (s *State) take(e Event) error {
	switch e := e.(type) {
	case Started:
		return s.start(e)
	case StepStarted:
		return s.stepStarted(e)
	case StepSucceeded:
		return s.stepSucceeded(e)
	case StepFailed:
		return s.stepFailed(e)
	case Opened:
		return s.opened(e)
	case Decided:
		return s.decided(e)
	case Suspended:
		return s.suspend(e)
	case Signaled:
		return s.signaled(e)
	case TimerFired:
		s.timerFired(e)
	case CancelRequested:
		s.by = e.By
		s.end(e.At, Canceled, nil)
	case PauseRequested:
		s.pause(e)
	case ResumeRequested:
		s.resume(e.At)
	case Refused:
		if s.status == Pending {
			s.end(e.At, Skipped, e.Err)
		}
	case Recovered:
		return s.recovered(e)
	case Broken:
		s.end(e.At, Failed, e.Err)
	}
	return nil
}

func (s *State) start(e Started) error {
	if s.status != Pending {
		return errs.Conflict(codeTwice, "The run %s has already begun.", s.id)
	}
	var wanted []bool
	if len(s.options.Targets) > 0 {
		var err error
		if wanted, err = s.graph.ancestors(s.options.Targets); err != nil {
			return err
		}
	}
	s.status, s.started = Running, e.At
	s.timers()
	// What nobody asked for is settled first: whatever it leads to is not asked for either.
	for i := range wanted {
		if !wanted[i] {
			s.settle(ref{s.root, i}, Skipped, e.At)
		}
	}
	s.decide = s.decide[:0]
	s.enter(s.root)
	return nil
}

// timers orders those of the run as a whole.
func (s *State) timers() {
	if s.graph.timeout > 0 {
		s.emit(SetTimer{Timer{Kind: DeadlineTimer}, s.started.Add(s.graph.timeout)})
	}
	if s.graph.sla > 0 && !s.late {
		s.emit(SetTimer{Timer{Kind: AgreementTimer}, s.started.Add(s.graph.sla)})
	}
}

func (s *State) stepStarted(e StepStarted) error {
	r, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live || step.Status != Queued {
		return err
	}
	step.Status, step.Began = Running, e.At
	s.touch(r)
	s.armTimeout(r)
	return nil
}

// armTimeout lets the attempt's time run from when it began.
func (s *State) armTimeout(r ref) {
	if t := r.node().timeout; t > 0 {
		s.emit(SetTimer{Timer{TimeoutTimer, r.path(), r.step().Attempt}, r.step().Began.Add(t)})
	}
}

func (s *State) stepSucceeded(e StepSucceeded) error {
	r, step, live, err := s.awaited(e.Path, e.Attempt)
	if err != nil || !live || (step.out && step.phase == Next) {
		return err
	}
	s.answered(step)
	s.stopWait(r)
	s.endAttempt(r, e.Began)
	step.Outputs, step.Err = e.Outputs, nil
	step.tell(e.Details)
	s.settle(r, Succeeded, e.At)
	return nil
}

func (s *State) stepFailed(e StepFailed) error {
	r, step, live, err := s.awaited(e.Path, e.Attempt)
	if err != nil || !live {
		return err
	}
	s.answered(step)
	s.stopWait(r)
	s.endAttempt(r, e.Began)
	step.tell(e.Details)
	s.fail(r, e.Err, e.At)
	return nil
}

// tell adds facts to those known of the step; what a later part of its work says stands beside what an earlier one did.
func (s *Step) tell(details map[string]json.RawMessage) {
	if s.scope == nil && s.Wait == nil {
		s.Details = details
		return
	}
	for k, v := range details {
		if s.Details == nil {
			s.Details = make(map[string]json.RawMessage, len(details))
		}
		s.Details[k] = v
	}
}

// endAttempt notes when the attempt began, if only its outcome says so, and takes back its timeout.
func (s *State) endAttempt(r ref, began Instant) {
	step := r.step()
	if r.node().timeout > 0 && (step.Status == Running || step.suspended()) && step.Began != 0 {
		s.emit(StopTimer{Timer{TimeoutTimer, r.path(), step.Attempt}})
	}
	if began != 0 && step.scope == nil && step.Wait == nil {
		step.Began = began
	}
}

// fail ends an attempt badly: the step waits for the next one, or that was it.
func (s *State) fail(r ref, cause *errs.Error, at Instant) {
	step, n := r.step(), r.node()
	if cause == nil {
		cause = errs.Internal(nil)
	}
	step.Err = cause
	if n.retry.again(step.Attempt, cause.Code) && step.scope == nil {
		step.Status, step.Wait = Waiting, nil
		step.RetryAt = at.Add(n.retry.wait(s.id, r.path(), step.Attempt))
		s.touch(r)
		s.emit(SetTimer{Timer{RetryTimer, r.path(), step.Attempt}, step.RetryAt})
		return
	}
	s.failed(r, cause, at)
}

// failed ends a step badly, whatever its retry policy says.
func (s *State) failed(r ref, cause *errs.Error, at Instant) {
	step, n := r.step(), r.node()
	step.Err = cause
	if n.onError == errorToPort {
		step.Outputs = value.Outputs{errorPort: errorValue(n.id, step.Attempt, cause)}
	}
	s.settle(r, Failed, at)
}

func (s *State) timerFired(e TimerFired) {
	switch e.Timer.Kind {
	case DeadlineTimer:
		s.end(e.At, Failed, errs.New(statusTimeout, CodeDeadline, "The run took longer than the flow's timeout of %s.", s.graph.timeout).
			WithHint("Raise the timeout in the flow's settings, or look which step took the time."))
		return
	case AgreementTimer:
		s.late = true
		return
	}
	r, err := s.find(e.Timer.Path)
	if err != nil || r.step().Status.Final() {
		return
	}
	step, n := r.step(), r.node()
	if e.Timer.Kind == StepTimer {
		s.withdraw(r, e.At)
		s.failed(r, errs.New(statusTimeout, CodeStepTime, "All attempts together took longer than the node's deadline of %s.", n.deadline).
			WithHint("Raise the node's deadline, or see why its attempts fail or wait."), e.At)
		return
	}
	if step.Attempt != e.Timer.Attempt {
		return
	}
	switch {
	case e.Timer.Kind == RetryTimer && step.Status == Waiting && step.Wait == nil:
		s.order(r, step.Attempt+1, e.At)
	case e.Timer.Kind == TimeoutTimer && (step.Status == Running || step.suspended()):
		s.withdraw(r, e.At)
		s.fail(r, errs.New(statusTimeout, CodeTimeout, "The attempt took longer than the node's timeout of %s.", n.timeout).
			WithHint("Raise the node's timeout, or give it less to do."), e.At)
	case e.Timer.Kind == WaitTimer && step.suspended():
		s.waitOver(r, e.At)
	case e.Timer.Kind == EscalateTimer && step.suspended() && !step.Wait.Escalated:
		step.Wait.Escalated = true
		s.touch(r)
	}
}

// order asks for an attempt, or keeps it back while the run is paused.
func (s *State) order(r ref, attempt int, at Instant) {
	step, n := r.step(), r.node()
	step.Attempt, step.Queued, step.Began, step.RetryAt, step.Wait = attempt, at, 0, 0, nil
	if step.first == 0 {
		step.first = at
		if n.deadline > 0 {
			s.emit(SetTimer{Timer{StepTimer, r.path(), 0}, at.Add(n.deadline)})
		}
	}
	if s.paused != "" {
		s.hold(r)
		return
	}
	s.touch(r)
	s.begin(r, at)
}

// begin orders an attempt for which everything is there.
func (s *State) begin(r ref, at Instant) {
	step := r.step()
	step.Held = false
	switch r.node().kind {
	case notContainer:
		step.Status = Queued
		s.execute(r, Action, 0)
	case tryContainer:
		step.Status, step.Began = Running, at
		s.armTimeout(r)
		s.tryOpened(r)
	default:
		step.Status = Queued
		s.execute(r, Open, 0)
	}
}

// execute orders a part of a step's work.
func (s *State) execute(r ref, phase Phase, index int) {
	step := r.step()
	if !step.out {
		step.out = true
		s.busy++
	}
	step.phase = phase
	s.emit(Execute{r.path(), step.Attempt, phase, index})
}

// answered says that what was ordered has come to something.
func (s *State) answered(step *Step) {
	if step.out {
		step.out = false
		s.busy--
	}
}

// withdraw takes back whatever is under way for a step that will not go on with it.
func (s *State) withdraw(r ref, at Instant) {
	step := r.step()
	if step.out {
		s.answered(step)
		s.emit(Abort{r.path(), step.Attempt})
	}
	s.endAttempt(r, 0)
	switch {
	case step.suspended():
		s.stopWait(r)
		if step.Wait.Kind == WaitChild {
			s.emit(CancelChild{step.Wait.Child})
		}
	case step.Status == Waiting && step.RetryAt != 0:
		s.emit(StopTimer{Timer{RetryTimer, r.path(), step.Attempt}})
		step.RetryAt = 0
	}
	step.Held = false
	if step.scope != nil {
		s.abandon(step.scope, at)
	}
}

func (s *State) emit(c Command) { s.commands = append(s.commands, c) }

func (s *State) touch(r ref) { s.changed = append(s.changed, r) }

func errorValue(id string, attempt int, cause *errs.Error) value.Value {
	data, err := json.Marshal(struct {
		Node    string        `json:"node"`
		Attempt int           `json:"attempt,omitempty"`
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Hint    string        `json:"hint,omitempty"`
		Details []errs.Detail `json:"details,omitempty"`
	}{id, attempt, cause.Code, cause.Message, cause.Hint, cause.Details})
	if err != nil { // strings and numbers always marshal
		data = []byte("null")
	}
	return value.Value{Kind: value.JSON, Data: data}
}
