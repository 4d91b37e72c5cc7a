package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// The exit codes, which are part of the interface and documented in `dataflow --help`.
const (
	ExitOK          = 0
	ExitInternal    = 1
	ExitUsage       = 2
	ExitInvalid     = 3 // the flow or its parameters are invalid
	ExitFailed      = 4 // the run failed
	ExitCanceled    = 5 // a run was canceled, or a person said no
	ExitUnreachable = 6 // the server cannot be reached, or refused the login
	ExitRefused     = 7 // there is no such thing, or its state does not allow what was asked
	ExitDifferent   = 8 // a comparison found differences
	ExitUnsound     = 9 // doctor found something wrong
)

// exitError says with which code an error ends the process.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

var (
	// ErrSignal is the cause of a context that a signal has ended.
	ErrSignal = errors.New("interrupted")
	// ErrReported ends the process without a further message, for everything has been said.
	ErrReported = errors.New("reported")
)

// WithCode makes err end the process with a code; nil stays nil.
func WithCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// Usagef is an error of whoever typed the command.
func Usagef(format string, args ...any) error {
	return WithCode(ExitUsage, fmt.Errorf(format, args...))
}

// CodeOf finds the exit code of an error.
func CodeOf(err error) int {
	var coded *exitError
	var e *errs.Error
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, context.Canceled), errors.Is(err, ErrSignal):
		return ExitCanceled
	case !errors.As(err, &e):
		return ExitInternal
	}
	switch e.Status {
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		return ExitInvalid
	case http.StatusNotFound, http.StatusConflict:
		return ExitRefused
	}
	return ExitInternal
}

// Report says what went wrong, so that a person can act on it: the message, each place, and the hint.
func Report(w io.Writer, err error) {
	if errors.Is(err, ErrReported) {
		return
	}
	var e *errs.Error
	if !errors.As(err, &e) {
		Say(w, "Error: %s\n", Sentence(err.Error()))
		return
	}
	if e.Code == "internal" && e.Cause != nil { // on the terminal there is no log to look into
		Say(w, "Error: %s\n", Sentence(e.Cause.Error()))
		return
	}
	Describe(w, "", "Error", "", e)
}

// Describe writes an error behind its subject, such as the node that failed: what is wrong, each place, and what to do.
// A detail that only repeats the message adds nothing but its place. Node is named by the subject already; "" is none.
func Describe(w io.Writer, indent, subject, node string, e *errs.Error) {
	message, place := strings.TrimSuffix(e.Message, "."), ""
	details := make([]string, 0, len(e.Details))
	for _, d := range e.Details {
		if d.Node == node {
			d.Node = ""
		}
		switch {
		case strings.TrimSuffix(d.Message, ".") != message:
			details = append(details, d.String())
		case place == "" && d.Place.String() != "":
			place = " (" + d.Place.String() + ")"
		}
	}
	Say(w, "%s%s: %s\n", indent, subject, Sentence(message+place))
	for _, d := range details {
		Say(w, "%s  %s\n", indent, d)
	}
	if e.Hint != "" {
		if node != "" {
			indent += "  "
		}
		Say(w, "%s%s\n", indent, Sentence(e.Hint))
	}
}

// Sentence ends a text with a full stop, unless it has an end.
func Sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?:") {
		return s
	}
	return s + "."
}

// Say prints; a terminal that has gone away is nobody to tell.
func Say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
