// Package cli is the command line of Dataflow: it reads arguments, wires services and speaks to people. All that it needs
// of the outside comes in through World, so that the whole of it runs in a test. What commands share is in console; those
// that speak to a server are in flows and runs.
package cli

import (
	"io"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
)

// World is the ambient state of one invocation.
type World = console.World

// The words of package console under the short names that this package uses all over.
const (
	exitOK          = console.ExitOK
	exitInternal    = console.ExitInternal
	exitUsage       = console.ExitUsage
	exitInvalid     = console.ExitInvalid
	exitFailed      = console.ExitFailed
	exitCanceled    = console.ExitCanceled
	exitUnreachable = console.ExitUnreachable
	exitRefused     = console.ExitRefused
	exitDifferent   = console.ExitDifferent

	envPrefix = console.EnvPrefix
)

var (
	errSignal   = console.ErrSignal
	errReported = console.ErrReported
)

func withCode(code int, err error) error { return console.WithCode(code, err) }

func usagef(format string, args ...any) error { return console.Usagef(format, args...) }

func say(w io.Writer, format string, args ...any) { console.Say(w, format, args...) }

func applySettings(w *World, cmd *cobra.Command) error { return console.ApplySettings(w, cmd) }
