package expr

import (
	"strings"

	"dataflow/ide-go-lib/errs"
)

// piece is a stretch of a text.
type piece struct {
	text       string
	expression bool
}

// cut separates a text from the expressions in it. An expression ends at the first }} that is neither in quotes nor in
// braces of its own.
func cut(text string) ([]piece, error) {
	var pieces []piece
	for {
		start := strings.Index(text, "{{")
		if start < 0 {
			break
		}
		if start > 0 {
			pieces = append(pieces, piece{text: text[:start]})
		}
		end := closing(text[start+2:])
		if end < 0 {
			return nil, errs.Invalid(CodeInvalid, "An expression is not closed with }}: %s", brief(text[start:]))
		}
		inner := strings.TrimSpace(text[start+2 : start+2+end])
		if inner == "" {
			return nil, errs.Invalid(CodeInvalid, `There is an empty expression {{ }}; write {{ "{{" }} for the braces themselves`)
		}
		pieces = append(pieces, piece{text: inner, expression: true})
		text = text[start+2+end+2:]
	}
	if text != "" {
		pieces = append(pieces, piece{text: text})
	}
	return pieces, nil
}

// closing finds the }} that ends an expression.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && c != '`' {
					i++
				}
			}
		case '{':
			depth++
		case '}':
			if depth == 0 {
				if strings.HasPrefix(s[i:], "}}") {
					return i
				}
				continue
			}
			depth--
		}
	}
	return -1
}
