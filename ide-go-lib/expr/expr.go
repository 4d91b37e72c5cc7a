// Package expr is the {{ expressions }} in the texts of a configuration. A text is compiled once and evaluated often;
// compiled texts are safe for concurrent use. Evaluation always ends: its steps and its memory are bounded.
//
// Expressions see params, trigger, nodes.<id>.<port>, vars, run and, inside containers, item and index. Integers stay
// integers: an overflow is an error, and an integer beyond 64 bits passes through unchanged. The language is that of
// expr-lang; Functions lists what this package adds.
package expr

import (
	"context"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// The codes of errors.
const (
	CodeInvalid = "expression_invalid" // at compilation
	CodeFailed  = "expression_failed"  // at evaluation
	CodeLimit   = "expression_limit"   // evaluation took too many steps or too much memory
)

// Mode says what the expressions of a text turn into.
type Mode int

// The modes.
const (
	// Text is for plain fields: one whole expression keeps its type, otherwise values are written into the text.
	Text Mode = iota
	// SQL is for fields of SQL: values are bound and never become part of the text.
	SQL
	// JSON is for texts of JSON: values are written as JSON and can become nothing but values.
	JSON
	// Filter is for texts of JSON that ask for documents: as JSON, but a value may begin with $, which is nothing but a text there.
	Filter
	// Literal is for fields that are never interpreted, such as code.
	Literal
	// Item is for fields whose expressions are evaluated later, once for each item: they are checked, and stay as they are.
	Item
)

const maxTemplate = 1 << 20

// Template is one compiled text.
type Template struct {
	text  string
	mode  Mode
	parts []part
	whole bool // one expression and nothing else
}

// part is a piece of text or, when program is set, an expression.
type part struct {
	text    string
	program *program
}

// Has says whether a text holds an expression.
func Has(text string) bool { return strings.Contains(text, "{{") }

// Compile compiles a text. The error is an *errs.Error with the code expression_invalid that names the expression and
// the column in it.
func Compile(text string, mode Mode) (*Template, error) {
	t := &Template{text: text, mode: mode}
	if mode == Literal || !Has(text) {
		t.parts = []part{{text: text}}
		return t, nil
	}
	if len(text) > maxTemplate {
		return nil, errs.Invalid(CodeInvalid, "The text has expressions and %d bytes; at most %d are read", len(text), maxTemplate)
	}
	pieces, err := cut(text)
	if err != nil {
		return nil, err
	}
	switch mode {
	case SQL:
		pieces, err = bindable(pieces)
	case JSON, Filter:
		err = writable(pieces)
	}
	if err != nil {
		return nil, err
	}
	for _, piece := range pieces {
		if !piece.expression {
			t.parts = append(t.parts, part{text: piece.text})
			continue
		}
		p, err := compile(piece.text)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{program: p})
	}
	t.whole = mode == Text && alone(t.parts)
	return t, nil
}

// alone says whether the parts are one expression with nothing but white space around it.
func alone(parts []part) bool {
	n := 0
	for _, p := range parts {
		switch {
		case p.program != nil:
			n++
		case strings.TrimSpace(p.text) != "":
			return false
		}
	}
	return n == 1
}

// Mode gives the mode in which the text was compiled.
func (t *Template) Mode() Mode { return t.mode }

// Static says whether the text has no expressions.
func (t *Template) Static() bool { return len(t.parts) == 1 && t.parts[0].program == nil }

// Refs gives what the expressions refer to.
func (t *Template) Refs() []Ref {
	var refs []Ref
	for _, p := range t.parts {
		if p.program != nil {
			refs = append(refs, p.program.refs...)
		}
	}
	return refs
}

// Calls says whether an expression of the text may call the function of that name; it errs on the side of yes.
func (t *Template) Calls(function string) bool {
	for _, p := range t.parts {
		if p.program != nil && strings.Contains(p.program.text, function) {
			return true
		}
	}
	return false
}

// Eval gives the value of the text: of any type for one whole expression, else a string, or a table.SQL in SQL mode.
func (t *Template) Eval(ctx context.Context, scope *Scope) (any, error) {
	scope.begin(ctx)
	return t.eval(scope)
}

func (t *Template) eval(scope *Scope) (any, error) {
	switch {
	case t.mode == SQL:
		return t.bind(scope)
	case t.mode == Item:
		return t.text, nil
	case t.Static():
		return t.parts[0].text, nil
	case t.mode == JSON, t.mode == Filter:
		return t.write(scope)
	case t.whole && scope.Escape == nil:
		for _, p := range t.parts {
			if p.program != nil {
				return p.program.run(scope)
			}
		}
	}
	var b []byte
	for _, p := range t.parts {
		if p.program == nil {
			b = append(b, p.text...)
			continue
		}
		v, err := p.program.run(scope)
		if err != nil {
			return nil, err
		}
		start := len(b)
		if b, err = appendText(b, v, scope.budget); err != nil {
			return nil, p.program.failed(err, 0)
		}
		if scope.Escape != nil {
			b = append(b[:start], scope.Escape(string(b[start:]))...)
		}
	}
	return string(b), nil
}

// Eval compiles and evaluates one text in text mode; for a text that is used once.
func Eval(ctx context.Context, text string, scope *Scope) (any, error) {
	t, err := Compile(text, Text)
	if err != nil {
		return nil, err
	}
	return t.Eval(ctx, scope)
}

func invalid(expression string, column int, format string, args ...any) *errs.Error {
	return errs.Invalid(CodeInvalid, "The expression {{ %s }} is not valid", brief(expression)).
		With(errs.At(errs.Place{Column: column}, CodeInvalid, format, args...))
}

func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
