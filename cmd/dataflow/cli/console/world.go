// Package console is what all commands share: the outside world of one invocation, exit codes, settings, and how to speak
// to people.
package console

import (
	"context"
	"io"
	"os"
	"path/filepath"

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

// UntilSignal gives a context that ends with the first signal. The second one ends the process.
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
			<-w.Signals
			w.Exit(ExitCanceled)
		}()
	}
	return ctx, func() { cancel(context.Canceled) }
}
