// Package console is what all commands share: the outside world of one invocation, exit codes, settings, and how to speak
// to people.
package console

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"dataflow/ide-go-lib/clock"
)

// World is the ambient state of one invocation.
type World struct {
	Args           []string // without the name of the program
	Env            func(name string) (string, bool)
	Dir            string // that relative paths start from
	Executable     string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       bool // Stderr is a terminal that lines can be redrawn on
	TerminalIn     bool // Stdin is a terminal: a person can be asked
	TerminalOut    bool // Stdout is a terminal: a person reads it
	Clock          clock.Clock
	Signals        <-chan os.Signal // requests to end; may be nil
	Exit           func(code int)   // ends the process at once, on a second signal
	// ReadSecret reads a line from the terminal without showing it; nil reads from Stdin.
	ReadSecret func() (string, error)
	// OnReady, when set, is told the address that a server listens on.
	OnReady func(addr string)
}

// Path makes a path that a person gave usable from anywhere.
func (w *World) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(w.Dir, name)
}

// oneRequest is within which time several signals are one request to end: timeout(1) sends its own to the process and to
// the group of processes that it is in, and so do other programs that start one.
const oneRequest = time.Second

// UntilSignal gives a context that ends with the first signal. A later one ends the process at once.
func (w *World) UntilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if w.Signals != nil {
		go func() {
			select {
			case <-w.Signals:
				cancel(ErrSignal)
			case <-ctx.Done():
				return
			}
			first := w.Clock.Now()
			for range w.Signals {
				if w.Clock.Now().Sub(first) >= oneRequest {
					w.Exit(ExitCanceled)
				}
			}
		}()
	}
	return ctx, func() { cancel(context.Canceled) }
}

// answerGrace is how long the answer to a beginning is waited for after a signal.
const answerGrace = 15 * time.Second

// UntilAnswered gives a context for beginning something on a server: a signal does not end it before the answer had time
// to come. Who gives up on the answer does not know what to cancel.
func (w *World) UntilAnswered(ctx context.Context) (context.Context, context.CancelFunc) {
	answer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unlink := context.AfterFunc(ctx, func() {
		t := w.Clock.AfterFunc(answerGrace, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(answer, func() { t.Stop() })
	})
	return answer, func() {
		unlink()
		cancel(context.Canceled)
	}
}
