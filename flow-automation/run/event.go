package run

import (
	"encoding/json"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Event is something that happened to a run. The set is closed: the types of this file.
type Event interface {
	when() Instant
}

// Started opens a run.
type Started struct {
	At Instant
}

// StepStarted says that an attempt is being carried out. It is optional for attempts that may be repeated after a
// crash; their outcome then says when they began.
type StepStarted struct {
	At      Instant
	Path    Path
	Attempt int
}

// StepSucceeded ends an attempt well. A port that is absent from Outputs was not taken.
type StepSucceeded struct {
	At      Instant
	Began   Instant
	Path    Path
	Attempt int
	Outputs value.Outputs
	Details map[string]json.RawMessage
}

// StepFailed ends an attempt badly; whether that ends the step is decided by its policy.
type StepFailed struct {
	At      Instant
	Began   Instant
	Path    Path
	Attempt int
	Err     *errs.Error
	Details map[string]json.RawMessage
}

// TimerFired says that a timer set by SetTimer is due.
type TimerFired struct {
	At    Instant
	Timer Timer
}

// CancelRequested ends the run on someone's wish.
type CancelRequested struct {
	At Instant
	By string
}

// Recovered says that the process carrying out the run is a new one, so nothing is under way any more. The steps in
// Interrupted may not be repeated blindly; all others that were under way are ordered again.
type Recovered struct {
	At          Instant
	Interrupted []Path
}

// Broken says that the run cannot go on, for a reason that lies outside its flow.
type Broken struct {
	At  Instant
	Err *errs.Error
}

func (e Started) when() Instant         { return e.At }
func (e StepStarted) when() Instant     { return e.At }
func (e StepSucceeded) when() Instant   { return e.At }
func (e StepFailed) when() Instant      { return e.At }
func (e TimerFired) when() Instant      { return e.At }
func (e CancelRequested) when() Instant { return e.At }
func (e Recovered) when() Instant       { return e.At }
func (e Broken) when() Instant          { return e.At }

// TimerKind says what a timer is for.
type TimerKind uint8

// The kinds of timers. Their numbers are in the journal.
const (
	RetryTimer    TimerKind = 1 // the wait before the next attempt is over
	TimeoutTimer  TimerKind = 2 // the attempt has had its time
	DeadlineTimer TimerKind = 3 // the whole run has had its time
)

// String names the kind in scripts and logs.
func (k TimerKind) String() string {
	switch k {
	case RetryTimer:
		return "retry"
	case TimeoutTimer:
		return "timeout"
	case DeadlineTimer:
		return "deadline"
	}
	return "unknown"
}

// Timer names one timer of a run; Path and Attempt are empty for the run's own.
type Timer struct {
	Kind    TimerKind
	Path    Path
	Attempt int
}

// Command is something the driver has to do. The set is closed: the types below.
type Command interface {
	command()
}

// Execute orders one attempt at a step.
type Execute struct {
	Path    Path
	Attempt int
}

// Abort ends an attempt whose outcome no longer matters.
type Abort struct {
	Path    Path
	Attempt int
}

// SetTimer orders a TimerFired at a moment.
type SetTimer struct {
	Timer Timer
	At    Instant
}

// StopTimer says that a timer is no longer needed; one that fires all the same does no harm.
type StopTimer struct {
	Timer Timer
}

// Finish says that the run has ended; nothing follows it.
type Finish struct {
	Status Status
	Err    *errs.Error
}

func (Execute) command()   {}
func (Abort) command()     {}
func (SetTimer) command()  {}
func (StopTimer) command() {}
func (Finish) command()    {}

// Status is that of a run or a step.
type Status uint8

// The statuses. A run uses Pending (not begun), Running and the final ones except Skipped.
const (
	Pending   Status = iota // its inputs have not settled
	Queued                  // ordered, not known to have begun
	Running                 // begun
	Waiting                 // for its next attempt
	Succeeded               //
	Failed                  //
	Skipped                 // an input it needs was not taken
	Canceled                // the run ended before it did
)

var statusNames = [...]string{"pending", "queued", "running", "waiting", "succeeded", "failed", "skipped", "canceled"}

// String is the word for the status that the product uses everywhere.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Final says whether the status never changes again.
func (s Status) Final() bool { return s >= Succeeded }
