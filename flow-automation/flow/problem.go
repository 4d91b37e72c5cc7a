package flow

import (
	"cmp"
	"slices"

	"dataflow/ide-go-lib/errs"
)

// The severities of problems. A flow with an error does not run.
const (
	Error   = "error"
	Warning = "warning"
)

// Problem is one thing that is wrong with a document, and where.
type Problem struct {
	Severity string `json:"severity" enum:"error,warning"`
	Code     string `json:"code"`
	Message  string `json:"message" doc:"What is wrong and what to do"`
	// MessageZH is left out where the message is somebody else's, such as that of a database.
	MessageZH string `json:"message_zh,omitempty" doc:"The same in Chinese, where there is one"`
	errs.Said
	Node   string `json:"node,omitempty" doc:"Identifier of the node"`
	Field  string `json:"field,omitempty" doc:"Path within the node, such as with.where, or within the document, such as spec.params.min"`
	Line   int    `json:"line,omitempty" doc:"In the YAML, from 1"`
	Column int    `json:"column,omitempty" doc:"In the YAML, from 1"`
	// Unpublishable marks a warning about what may still come into being, such as a connection.
	Unpublishable bool `json:"unpublishable,omitempty" doc:"Until this is mended the flow can be published only by force, although it is a warning"`
}

// Errorf makes an error problem.
func Errorf(code, node, field, format string, args ...any) Problem {
	d := errs.At(errs.Place{Node: node, Field: field}, code, format, args...)
	return Problem{Severity: Error, Code: code, Node: node, Field: field, Message: d.Message, Said: d.Said}
}

// Warnf makes a warning.
func Warnf(code, node, field, format string, args ...any) Problem {
	p := Errorf(code, node, field, format, args...)
	p.Severity = Warning
	return p
}

// In gives the problem with its message in Chinese, too.
func (p Problem) In(zh string) Problem {
	p.MessageZH = zh
	return p
}

// HasErrors says whether any problem keeps the flow from running.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// Detail is the problem as a part of an error. A message that is in Chinese as a whole is a label of its own.
func (p Problem) Detail() errs.Detail {
	said := p.Said
	if p.MessageZH != "" {
		said = errs.Said{Form: "{0}", Args: []string{p.Message}, Labels: map[string]string{p.Message: p.MessageZH}}
	}
	return errs.Detail{Code: p.Code, Message: p.Message, Said: said, Place: errs.Place{
		Node: p.Node, Field: p.Field, Line: p.Line, Column: p.Column,
	}}
}

// CodeInvalid is the code of the error that a flow with problems gives, and CodeForce that of one whose publishing can be forced.
const (
	CodeInvalid = "flow_invalid"
	CodeForce   = "publish_needs_force"
)

// AsError gives the errors among the problems as one error, or nil.
func AsError(problems []Problem) *errs.Error {
	return invalid(problems, "The flow is not valid", func(p Problem) bool { return p.Severity == Error })
}

// Unpublishable gives what keeps a flow from being published as one error, or nil. By force only errors do.
func Unpublishable(problems []Problem, force bool) *errs.Error {
	e := invalid(problems, "The flow cannot be published", func(p Problem) bool { return p.Severity == Error || p.Unpublishable && !force })
	if e == nil || HasErrors(problems) {
		return e
	}
	e.Code = CodeForce
	return e.WithHint("Mend this first, or publish anyway: with force in the API, --force on the command line.")
}

func invalid(problems []Problem, message string, counts func(Problem) bool) *errs.Error {
	e := errs.Invalid(CodeInvalid, "%s", message)
	for _, p := range problems {
		if counts(p) {
			e = e.With(p.Detail())
		}
	}
	if len(e.Details) == 0 {
		return nil
	}
	return e
}

// Merge puts problems together in their order. What is an error at a field is said once, by who has found it first.
func Merge(first []Problem, more ...[]Problem) []Problem {
	for _, list := range more {
		before := first
		for _, p := range list {
			if !slices.ContainsFunc(before, func(o Problem) bool {
				return o.Severity == Error && o.Node == p.Node && o.Field == p.Field && p.Field != ""
			}) {
				first = append(first, p)
			}
		}
	}
	SortProblems(first)
	return first
}

// SortProblems puts errors before warnings, and each in the order of the document.
func SortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
