package expr

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
)

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

// write gives the text with each value as JSON; within a string it is a part of that string. A name that begins with $ is an
// operator to whoever reads the text, so that what comes from outside could change a query: it is refused.
func (t *Template) write(scope *Scope) (any, error) {
	var b []byte
	quoted := false
	for i, p := range t.parts {
		if p.program == nil {
			b = append(b, p.text...)
			quoted, _ = inString(p.text, quoted)
			continue
		}
		v, err := p.program.run(scope)
		if err != nil {
			return nil, err
		}
		start := len(b)
		name := ""
		if quoted {
			text, failed := appendText(nil, v, scope.budget)
			err = failed
			escaped := appendString(nil, string(text))
			b = append(b, escaped[1:len(escaped)-1]...)
			if i+1 < len(t.parts) && closesName.MatchString(t.parts[i+1].text) && strings.HasPrefix(string(text), "$") {
				name = string(text)
			}
		} else if b, err = appendJSON(b, v, scope.budget, 0); err == nil {
			name = operator(b[start:])
		}
		if err != nil {
			return nil, p.program.failed(err, 0)
		}
		if name != "" {
			return nil, errs.Invalid(CodeFailed, "The value of {{ %s }} holds the name %q, which would be an operator here", brief(p.program.text), name).
				WithHint("Write the operator into the text itself, and let the expression give its value alone.")
		}
	}
	return string(b), nil
}

var closesName = regexp.MustCompile(`^"\s*:`)

// operator finds a name in JSON that begins with $.
func operator(raw []byte) string {
	if bytes.IndexByte(raw, '{') < 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return "" // whoever reads the text finds out
	}
	return operatorIn(v)
}

func operatorIn(v any) string {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if name := operatorIn(item); name != "" {
				return name
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if strings.HasPrefix(name, "$") {
				return name
			}
			if inner := operatorIn(v[name]); inner != "" {
				return inner
			}
		}
	}
	return ""
}
