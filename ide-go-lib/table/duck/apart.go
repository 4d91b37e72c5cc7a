package duck

import (
	"context"
	"errors"
	"time"
)

// leaveAfter is how long work is waited for that was told to end. DuckDB looks whether it is to end between vectors of 2048 rows, and a
// function at work on long texts may take many seconds for one.
const leaveAfter = 500 * time.Millisecond

// errLeft is of work that was told to end and has not.
var errLeft = errors.New("it is still at its end")

// apart does work on the session's connection and waits for it, but when ctx has ended not for long: then nobody waits, and the session can do nothing more but
// be closed. Its place and its memory are counted until the work has ended, too.
func (s *session) apart(ctx context.Context, work func() error) error {
	if s.left != nil {
		return errLeft
	}
	if s.waits {
		return work()
	}
	over := make(chan error, 1)
	panicked := make(chan any, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				panicked <- p
			}
		}()
		over <- work()
	}()
	ended := ctx.Done()
	var enough <-chan time.Time
	for {
		select {
		case err := <-over:
			return err
		case p := <-panicked:
			panic(p)
		case <-ended:
			ended = nil
			t := time.NewTimer(leaveAfter)
			defer t.Stop()
			enough = t.C
		case <-enough:
			s.left = make(chan struct{})
			go func() {
				defer close(s.left)
				select {
				case <-over: //nolint:errcheck // nobody waits for what came of it
				case <-panicked:
				}
			}()
			return errLeft
		}
	}
}
