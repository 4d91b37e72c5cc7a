// Package pattern compiles the regular expressions that people write into nodes. They take time in proportion to the
// text, whatever the text.
package pattern

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// Code is the code of a pattern that cannot be read.
const Code = "pattern_invalid"

// MaxMatches bounds how often a pattern may match in one text where every match is kept.
const MaxMatches = 1_000_000

// Options say how a pattern is taken.
type Options struct {
	IgnoreCase bool
	// Lines lets ^ and $ match at every line.
	Lines bool
}

// Compile reads the pattern of a field.
func Compile(field, text string, o Options) (*regexp.Regexp, error) {
	flags := ""
	if o.IgnoreCase {
		flags += "i"
	}
	if o.Lines {
		flags += "m"
	}
	prefix := ""
	if flags != "" {
		prefix = "(?" + flags + ")"
	}
	re, err := regexp.Compile(prefix + text)
	if err == nil {
		return re, nil
	}
	return nil, node.FieldError(Code, field, "The pattern %q is not a regular expression: %s", text, reason(err))
}

// Check finds what is wrong with the pattern of a field; one with expressions is looked at when the step runs.
func Check(field, text string) []errs.Detail {
	if text == "" || strings.Contains(text, "{{") {
		return nil
	}
	if _, err := Compile(field, text, Options{}); err != nil {
		return errs.From(err).Details
	}
	return nil
}

// reason says what is wrong in words of its own where the library's would not help.
func reason(err error) string {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	switch e.Code {
	case syntax.ErrInvalidPerlOp:
		if strings.HasPrefix(e.Expr, "(?=") || strings.HasPrefix(e.Expr, "(?!") || strings.HasPrefix(e.Expr, "(?<") {
			return "look-around such as " + e.Expr + " is not supported, for it can take for ever"
		}
	case syntax.ErrInvalidEscape:
		if len(e.Expr) == 2 && e.Expr[1] >= '1' && e.Expr[1] <= '9' {
			return "a back-reference such as " + e.Expr + " is not supported, for it can take for ever"
		}
	case syntax.ErrMissingRepeatArgument:
		return "there is nothing in front of " + e.Expr + " that could be repeated"
	}
	return strings.TrimSuffix(e.Code.String()+": "+e.Expr, ": ")
}
