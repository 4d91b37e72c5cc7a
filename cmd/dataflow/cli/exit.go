package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// The exit codes, which are part of the interface and documented in `dataflow --help`.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitFailed      = 4
	exitCanceled    = 5
	exitUnreachable = 6
)

// exitError says with which code an error ends the process.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

var (
	errSignal = errors.New("interrupted")
	// errReported ends the process without a further message, for everything has been said.
	errReported = errors.New("reported")
)

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

func usagef(format string, args ...any) error {
	return withCode(exitUsage, fmt.Errorf(format, args...))
}

// codeOf finds the exit code of an error.
func codeOf(err error) int {
	var coded *exitError
	var e *errs.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, context.Canceled), errors.Is(err, errSignal):
		return exitCanceled
	case errors.As(err, &e) && (e.Status == 422 || e.Status == 400):
		return exitInvalid
	}
	return exitInternal
}

// report says what went wrong, so that a person can act on it: the message, each place, and the hint.
func report(w io.Writer, err error) {
	if errors.Is(err, errReported) {
		return
	}
	var e *errs.Error
	if !errors.As(err, &e) {
		say(w, "Error: %s\n", sentence(err.Error()))
		return
	}
	message := strings.TrimSuffix(e.Message, ".")
	if e.Code == "internal" && e.Cause != nil {
		message = e.Cause.Error() // on the terminal there is no log to look into
	}
	say(w, "Error: %s\n", sentence(message))
	for _, d := range e.Details {
		say(w, "  %s\n", d)
	}
	if e.Hint != "" {
		say(w, "%s\n", sentence(e.Hint))
	}
}

func sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?:") {
		return s
	}
	return s + "."
}

// say prints; a terminal that has gone away is nobody to tell.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
