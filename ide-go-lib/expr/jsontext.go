package expr

import "dataflow/ide-go-lib/errs"

// inString reads JSON text onwards and says whether it ends within a string, and whether a backslash is left open there.
func inString(text string, quoted bool) (still, escaped bool) {
	for i := range len(text) {
		switch {
		case escaped:
			escaped = false
		case quoted && text[i] == '\\':
			escaped = true
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return quoted, escaped
}

// writable checks that no expression stands behind a backslash, which would take off the escape of what is written.
func writable(pieces []piece) error {
	quoted, escaped := false, false
	for _, p := range pieces {
		switch {
		case !p.expression:
			quoted, escaped = inString(p.text, quoted)
		case escaped:
			return errs.Invalid(CodeInvalid, "The expression {{ %s }} stands behind a backslash; write two of them", brief(p.text))
		}
	}
	return nil
}

// write gives the text with each value as JSON; within a string it is a part of that string. What comes from outside could
// change a query by more than its value: that is refused.
func (t *Template) write(scope *Scope) (any, error) {
	var b []byte
	read := shape{filter: t.mode == Filter}
	var last *program
	for _, p := range t.parts {
		start := len(b)
		if p.program == nil {
			b = append(b, p.text...)
		} else {
			last = p.program
			v, err := last.run(scope)
			if err != nil {
				return nil, err
			}
			if b, err = appendValue(b, v, scope.budget, read.quoted); err != nil {
				return nil, last.failed(err, 0)
			}
		}
		if wrong := read.read(b[start:], p.program != nil); wrong != "" {
			return nil, errs.Invalid(CodeFailed, "The value of {{ %s }} %s", brief(last.text), wrong).
				WithHint("Write operators, fields and code into the text itself, and let the expression give its value alone; where something is computed, {\"$literal\": {{ … }}} takes any.")
		}
	}
	return string(b), nil
}

func appendValue(b []byte, v any, budget *budget, quoted bool) ([]byte, error) {
	if !quoted {
		return appendJSON(b, v, budget, 0)
	}
	text, err := appendText(nil, v, budget)
	if err != nil {
		return b, err
	}
	escaped := appendString(nil, string(text))
	return append(b, escaped[1:len(escaped)-1]...), nil
}
