package expr

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

var (
	placeholder = pattern.Of(`\$\d+|\?`)
	dollarQuote = pattern.Of(`^\$[A-Za-z_]*\$`)
)

// sqlState is where in SQL a stretch of text ends.
type sqlState struct {
	quote string // what ends the present quote or comment; "" outside
}

// step reads SQL text onwards and says whether it holds a placeholder of its own.
func (s *sqlState) step(text string) (placeholders bool) {
	for i := 0; i < len(text); {
		rest := text[i:]
		if s.quote != "" {
			at := strings.Index(rest, s.quote)
			if at < 0 {
				return placeholders
			}
			i += at + len(s.quote)
			s.quote = ""
			continue
		}
		switch {
		case rest[0] == '\'' || rest[0] == '"':
			s.quote = rest[:1] // a doubled quote closes and opens again
		case strings.HasPrefix(rest, "--"):
			s.quote = "\n"
			i++
		case strings.HasPrefix(rest, "/*"):
			s.quote = "*/"
			i++
		case dollarQuote.MatchString(rest):
			s.quote = dollarQuote.FindString(rest)
			i += len(s.quote) - 1
		default:
			if loc := placeholder.FindStringIndex(rest); loc != nil && loc[0] == 0 {
				placeholders = true
			}
		}
		i++
	}
	return placeholders
}

func (s *sqlState) comment() bool { return s.quote == "\n" || s.quote == "*/" }

// bindable checks that every expression stands where SQL takes a value. Those in comments are left out.
func bindable(pieces []piece) ([]piece, error) {
	state := sqlState{}
	var kept []piece
	for _, p := range pieces {
		switch {
		case !p.expression:
			if state.step(p.text) {
				return nil, errs.Invalid(CodeInvalid, "SQL with expressions cannot have placeholders ($1 or ?) of its own; write a value as {{ params.name }}")
			}
			kept = append(kept, p)
		case state.comment():
		case state.quote == "'":
			return nil, errs.Invalid(CodeInvalid, "The expression {{ %s }} stands in quotes; remove the quotes, its value is bound as it is", brief(p.text))
		case state.quote != "":
			return nil, errs.Invalid(CodeInvalid, "The expression {{ %s }} stands where SQL has a name; an expression gives a value and cannot name a column or table", brief(p.text))
		default:
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// bind gives the SQL with a bound value for each expression.
func (t *Template) bind(scope *Scope) (any, error) {
	if t.Static() {
		return table.SQL{Text: t.parts[0].text}, nil
	}
	var text strings.Builder
	var args []any
	for _, p := range t.parts {
		if p.program == nil {
			text.WriteString(p.text)
			continue
		}
		v, err := p.program.run(scope)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
		fmt.Fprintf(&text, "$%d", len(args))
	}
	return table.SQL{Text: text.String(), Args: args}, nil
}

// unbound is bind with a null in the place of each value.
func (t *Template) unbound() table.SQL {
	var text strings.Builder
	out := table.SQL{}
	for _, p := range t.parts {
		if p.program == nil {
			text.WriteString(p.text)
			continue
		}
		out.Args = append(out.Args, nil)
		fmt.Fprintf(&text, "$%d", len(out.Args))
	}
	out.Text = text.String()
	return out
}
