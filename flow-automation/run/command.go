package run

import "dataflow/ide-go-lib/errs"

// TimerKind says what a timer is for.
type TimerKind uint8

// The kinds of timers. Their numbers are in the journal.
const (
	RetryTimer     TimerKind = 1 // the wait before the next attempt is over
	TimeoutTimer   TimerKind = 2 // the attempt has had its time
	DeadlineTimer  TimerKind = 3 // the whole run has had its time
	StepTimer      TimerKind = 4 // all attempts at the step together have had their time
	WaitTimer      TimerKind = 5 // what a suspended step waits for is due, or too late
	EscalateTimer  TimerKind = 6 // further people are asked
	AgreementTimer TimerKind = 7 // the run takes longer than its flow's SLA
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
	case StepTimer:
		return "steptime"
	case WaitTimer:
		return "wait"
	case EscalateTimer:
		return "escalate"
	case AgreementTimer:
		return "sla"
	}
	return "unknown"
}

// Timer names one timer of a run; Path and Attempt are empty for the run's own.
type Timer struct {
	Kind    TimerKind
	Path    Path
	Attempt int
}

// Phase says which part of a step's work is ordered. All but Action are parts of a container's work.
type Phase uint8

// The phases.
const (
	Action Phase = iota // the node's own work
	Open                // find out what a container hands to its body: answered by Opened, or by StepSucceeded when the whole of it is taken over
	Next                // find out whether a loop goes round again: answered by Decided
	Close               // make outputs of what the body gave: answered by StepSucceeded
)

// String names the phase in scripts and logs.
func (p Phase) String() string { return [...]string{"action", "open", "next", "close"}[p&3] }

// Command is something the driver has to do. The set is closed: the types below.
type Command interface {
	command()
}

// Execute orders one attempt at a step, or one part of a container's work.
type Execute struct {
	Path    Path
	Attempt int
	Phase   Phase
	Index   int // of Next: how often the loop has gone round
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

// AwaitChild asks for the outcome of another run, as StepSucceeded or StepFailed of the step.
type AwaitChild struct {
	Path    Path
	Attempt int
	Child   string
}

// CancelChild ends another run, whose outcome no longer matters.
type CancelChild struct {
	Child string
}

// Finish says that the run has ended; nothing follows it.
type Finish struct {
	Status Status
	Err    *errs.Error
}

func (Execute) command()     {}
func (Abort) command()       {}
func (SetTimer) command()    {}
func (StopTimer) command()   {}
func (AwaitChild) command()  {}
func (CancelChild) command() {}
func (Finish) command()      {}

// Status is that of a run or a step.
type Status uint8

// The statuses. A run uses Pending (not begun), Running and the final ones; Skipped is one that its flow let not begin.
const (
	Pending   Status = iota // its inputs have not settled
	Queued                  // ordered, not known to have begun
	Running                 // begun
	Waiting                 // for its next attempt, for something outside, or for the end of a pause
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
