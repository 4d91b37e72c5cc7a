// Command dataflow serves, runs and checks data flows. Everything it does is in package cli; this file only hands it the
// outside world.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"dataflow/cmd/dataflow/cli"
	"dataflow/ide-go-lib/clock"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	os.Exit(cli.Main(context.Background(), cli.World{
		Args: os.Args[1:], Env: os.LookupEnv, Dir: dir, Executable: executable,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: isTerminal(os.Stderr), TerminalIn: isTerminal(os.Stdin), TerminalOut: isTerminal(os.Stdout),
		Clock: clock.System{}, Signals: signals, Exit: os.Exit, ReadSecret: readSecret,
	}))
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// readSecret reads a line from the terminal that is not shown.
func readSecret() (string, error) {
	line, err := term.ReadPassword(int(os.Stdin.Fd()))
	return string(line), err
}
