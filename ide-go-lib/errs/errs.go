// Package errs is the one error type that leaves a Dataflow service: a stable code, an HTTP status and a message that a
// person can act on. On the wire it is an RFC 9457 problem document.
package errs

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Place says where in the user's own material a problem lies. Only the parts that are known are set; Row, Line and
// Column count from 1.
type Place struct {
	Node   string `json:"node,omitempty" doc:"Identifier of the node"`
	Field  string `json:"field,omitempty" doc:"Path of the field within the node or document, such as with.where or spec.nodes[2].type"`
	File   string `json:"file,omitempty" doc:"File the problem is in"`
	Line   int    `json:"line,omitempty" doc:"Line, from 1"`
	Column int    `json:"column,omitempty" doc:"Column, from 1"`
	Row    int64  `json:"row,omitempty" doc:"Row of data, from 1, headers not counted"`
}

// Detail is one problem among several, with its place.
type Detail struct {
	Code    string `json:"code,omitempty" doc:"Stable code of this problem"`
	Message string `json:"message" doc:"What is wrong and what to do"`
	Said
	Place
}

// Error is what a user is told. Cause is for logs only and never leaves the process.
type Error struct {
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Said
	Hint     string   `json:"hint,omitempty"`
	HintForm string   `json:"hint_form,omitempty" doc:"As form, of the hint"`
	HintArgs []string `json:"hint_args,omitempty" doc:"As args, of the hint"`
	Details  []Detail `json:"details,omitempty"`
	Cause    error    `json:"-"`
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for _, d := range e.Details {
		b.WriteString("; ")
		b.WriteString(d.String())
	}
	if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, other) compare codes when other is an *Error that has only a code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == ""
}

// String names the place before the message: "node costly, with.where: …".
func (d Detail) String() string {
	if p := d.Place.String(); p != "" {
		return p + ": " + d.Message
	}
	return d.Message
}

// String renders the known parts, most general first; "" when nothing is known.
func (p Place) String() string {
	var parts []string
	if p.Node != "" {
		parts = append(parts, "node "+p.Node)
	}
	if p.Field != "" {
		parts = append(parts, p.Field)
	}
	if p.File != "" {
		parts = append(parts, p.File)
	}
	if p.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", p.Line))
	}
	if p.Column > 0 {
		parts = append(parts, fmt.Sprintf("column %d", p.Column))
	}
	if p.Row > 0 {
		parts = append(parts, fmt.Sprintf("row %d", p.Row))
	}
	return strings.Join(parts, ", ")
}

// New makes an error. Code is snake_case and never changes once released.
func New(status int, code, format string, args ...any) *Error {
	message, said := say(format, args)
	return &Error{Code: code, Status: status, Message: message, Said: said}
}

// Invalid is 422: the request was understood and its content is wrong.
func Invalid(code, format string, args ...any) *Error {
	return New(http.StatusUnprocessableEntity, code, format, args...)
}

// NotFound is 404, also for what the principal may not know about.
func NotFound(code, format string, args ...any) *Error {
	return New(http.StatusNotFound, code, format, args...)
}

// Conflict is 409: the state of the thing does not allow this now.
func Conflict(code, format string, args ...any) *Error {
	return New(http.StatusConflict, code, format, args...)
}

// Unauthorized is 401: nobody is logged in.
func Unauthorized(code, format string, args ...any) *Error {
	return New(http.StatusUnauthorized, code, format, args...)
}

// Forbidden is 403: somebody is logged in and may not.
func Forbidden(code, format string, args ...any) *Error {
	return New(http.StatusForbidden, code, format, args...)
}

// Unavailable is 503: try again later.
func Unavailable(code, format string, args ...any) *Error {
	return New(http.StatusServiceUnavailable, code, format, args...)
}

// Internal is 500. The message is fixed so that nothing of the cause can leak.
func Internal(cause error) *Error {
	return (&Error{Code: "internal", Status: http.StatusInternalServerError, Message: "Something went wrong on the server; its log says more."}).Wrap(cause)
}

// With adds details and gives the same error.
func (e *Error) With(d ...Detail) *Error { e.Details = append(e.Details, d...); return e }

// WithHint says what to do about it.
func (e *Error) WithHint(format string, args ...any) *Error {
	var said Said
	e.Hint, said = say(format, args)
	e.HintForm, e.HintArgs = said.Form, said.Args
	return e
}

// Wrap keeps the cause for the log. A cause that has io.EOF in its chain is kept as a text only: an error that a reader gives
// must not be taken for the end of what is read, or what is missing would be missing silently.
func (e *Error) Wrap(cause error) *Error {
	if errors.Is(cause, io.EOF) {
		cause = errors.New(cause.Error()) //nolint:err113 // a text on purpose
	}
	e.Cause = cause
	return e
}

// From finds the *Error in err's chain; any other error becomes Internal. nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal(err)
}
