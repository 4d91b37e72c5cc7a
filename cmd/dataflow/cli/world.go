// Package cli is the command line of Dataflow: it reads arguments, wires services and speaks to people. All that it needs
// of the outside comes in through World, so that the whole of it runs in a test.
package cli

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
	Clock          clock.Clock
	Signals        <-chan os.Signal // requests to end; may be nil
	Exit           func(code int)   // ends the process at once, on a second signal
	// OnReady, when set, is told the address that a server listens on.
	OnReady func(addr string)
}

// path makes a path that a person gave usable from anywhere.
func (w *World) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(w.Dir, name)
}

// untilSignal gives a context that ends with the first signal. The second one ends the process.
func (w *World) untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if w.Signals != nil {
		go func() {
			select {
			case <-w.Signals:
				cancel(errSignal)
			case <-ctx.Done():
				return
			}
			<-w.Signals
			w.Exit(exitCanceled)
		}()
	}
	return ctx, func() { cancel(context.Canceled) }
}
