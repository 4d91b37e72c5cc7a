// Package clock is time as a dependency, so that tests can move it. Only this package, main and adapters at the edge
// call time.Now.
package clock

import "time"

// Clock tells the time and wakes.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed, unless stopped before.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending call.
type Timer interface {
	// Stop prevents the call; it says whether it still could.
	Stop() bool
}

// System is the machine's own clock.
type System struct{}

// Now gives the current time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// AfterFunc is time.AfterFunc.
func (System) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
