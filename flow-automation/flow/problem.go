package flow

import (
	"cmp"
	"fmt"
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
	Node     string `json:"node,omitempty" doc:"Identifier of the node"`
	Field    string `json:"field,omitempty" doc:"Path within the node, such as with.where, or within the document, such as spec.params.min"`
	Line     int    `json:"line,omitempty" doc:"In the YAML, from 1"`
	Column   int    `json:"column,omitempty" doc:"In the YAML, from 1"`
}

// Errorf makes an error problem.
func Errorf(code, node, field, format string, args ...any) Problem {
	return Problem{Severity: Error, Code: code, Node: node, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a warning.
func Warnf(code, node, field, format string, args ...any) Problem {
	p := Errorf(code, node, field, format, args...)
	p.Severity = Warning
	return p
}

// HasErrors says whether any problem keeps the flow from running.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// Detail is the problem as a part of an error.
func (p Problem) Detail() errs.Detail {
	return errs.Detail{Code: p.Code, Message: p.Message, Place: errs.Place{
		Node: p.Node, Field: p.Field, Line: p.Line, Column: p.Column,
	}}
}

// CodeInvalid is the code of the error that a flow with problems gives.
const CodeInvalid = "flow_invalid"

// AsError gives the errors among the problems as one error, or nil.
func AsError(problems []Problem) *errs.Error {
	e := errs.Invalid(CodeInvalid, "The flow is not valid")
	for _, p := range problems {
		if p.Severity == Error {
			e = e.With(p.Detail())
		}
	}
	if len(e.Details) == 0 {
		return nil
	}
	return e
}

// SortProblems puts errors before warnings, and each in the order of the document.
func SortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
