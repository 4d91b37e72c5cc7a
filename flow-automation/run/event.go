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

// Opened says what a container hands to its body: the items of a map, or what a loop begins with.
type Opened struct {
	At      Instant
	Began   Instant
	Path    Path
	Attempt int
	Item    value.Value // the list of a map's items; what a loop begins with
	Count   int         // of a map's items
	Limit   int         // how many items are under way at once; at least 1
	Collect bool        // items that fail do not fail the map
	Details map[string]json.RawMessage
}

// Decided says whether a loop goes round for the index-th time (from 0).
type Decided struct {
	At      Instant
	Path    Path
	Attempt int
	Index   int
	Again   bool
}

// Suspended says that a step waits for something outside and holds nothing meanwhile.
type Suspended struct {
	At      Instant
	Began   Instant
	Path    Path
	Attempt int
	Wait    Wait
	Details map[string]json.RawMessage
}

// Signaled brings what a suspended step waits for. One that comes before the step waits is kept until it does, and dropped
// when the step then waits for something else.
type Signaled struct {
	At      Instant
	Path    Path
	Kind    WaitKind // which waits it ends: of WaitCallback or WaitApproval; 0, in old journals, is either
	By      string
	Outputs value.Outputs
	Err     *errs.Error // in place of Outputs: the step fails
	Details map[string]json.RawMessage
}

// ends says whether the signal ends a wait of that kind.
func (e Signaled) ends(kind WaitKind) bool {
	return (kind == WaitCallback || kind == WaitApproval) && (e.Kind == 0 || e.Kind == kind)
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

// PauseRequested lets nothing further begin; what is under way goes on. The steps in Unbegun are ordered, and nobody has
// begun with them: they are taken back. The event names them since the journal does not know of every beginning.
type PauseRequested struct {
	At      Instant
	By      string
	Unbegun []Path
}

// ResumeRequested ends a pause.
type ResumeRequested struct {
	At Instant
	By string
}

// Refused ends a run that has not begun, since its flow lets no further one run.
type Refused struct {
	At  Instant
	Err *errs.Error
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
func (e Opened) when() Instant          { return e.At }
func (e Decided) when() Instant         { return e.At }
func (e Suspended) when() Instant       { return e.At }
func (e Signaled) when() Instant        { return e.At }
func (e TimerFired) when() Instant      { return e.At }
func (e CancelRequested) when() Instant { return e.At }
func (e PauseRequested) when() Instant  { return e.At }
func (e ResumeRequested) when() Instant { return e.At }
func (e Refused) when() Instant         { return e.At }
func (e Recovered) when() Instant       { return e.At }
func (e Broken) when() Instant          { return e.At }

// WaitKind says what a suspended step waits for.
type WaitKind uint8

// The kinds of waits. Their numbers are in the journal.
const (
	WaitTime     WaitKind = 1 // for a moment
	WaitCallback WaitKind = 2 // for somebody to call an address
	WaitApproval WaitKind = 3 // for a person's decision
	WaitChild    WaitKind = 4 // for another run
)

// String names the kind.
func (k WaitKind) String() string {
	switch k {
	case WaitTime:
		return "time"
	case WaitCallback:
		return "callback"
	case WaitApproval:
		return "approval"
	case WaitChild:
		return "run"
	}
	return "unknown"
}

// Wait is what a suspended step waits for.
type Wait struct {
	Kind     WaitKind
	Until    Instant // when waiting is over; 0 is never
	Escalate Instant // when further people are asked; 0 is never
	Child    string  // of WaitChild: the run
	// What the step comes to when Until is there: Err if it is set, else success with Outputs.
	Outputs value.Outputs
	Err     *errs.Error
	// Data is for those who show or end the wait, such as whom an approval asks and with which form.
	Data json.RawMessage

	Escalated bool // set by the machine
}
