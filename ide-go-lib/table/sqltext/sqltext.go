// Package sqltext reads and builds SQL text: it knows strings, identifiers, comments and parameters, and nothing of
// grammar. It is pure.
package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote makes an identifier of any name.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal makes a string literal of any text.
func Literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

type kind int

const (
	other   kind = iota // a run of anything else
	param               // $1
	named               // $name or ?
	str                 // 'text', E'text' or $tag$text$tag$
	ident               // "name"
	comment             // -- line or /* block */
	punct               // one of ( ) [ ] { } ;
)

type token struct {
	kind       kind
	start, end int
	closed     bool // of strings, identifiers and comments
}

// scan splits text into tokens, without gaps.
func scan(text string) []token {
	var tokens []token
	i, run := 0, 0
	flush := func() {
		if i > run {
			tokens = append(tokens, token{other, run, i, true})
		}
	}
	for i < len(text) {
		k, end, closed := next(text, i)
		if k == other {
			i = end
			continue
		}
		flush()
		tokens = append(tokens, token{k, i, end, closed})
		i, run = end, end
	}
	flush()
	return tokens
}

func next(text string, i int) (k kind, end int, closed bool) {
	rest := text[i:]
	switch c := text[i]; {
	case c == '\'':
		escapes := i > 0 && (text[i-1] == 'e' || text[i-1] == 'E') && (i == 1 || !isWord(rune(text[i-2])))
		end, closed = quoted(text, i, '\'', escapes)
		return str, end, closed
	case c == '"':
		end, closed = quoted(text, i, '"', false)
		return ident, end, closed
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexAny(rest, "\n\r"); n >= 0 {
			return comment, i + n, true
		}
		return comment, len(text), true
	case strings.HasPrefix(rest, "/*"):
		end, closed = block(text, i)
		return comment, end, closed
	case c == '$':
		return dollar(text, i)
	case c == '?':
		return named, i + 1, true
	case strings.IndexByte("()[]{};", c) >= 0:
		return punct, i + 1, true
	}
	r, size := utf8.DecodeRuneInString(rest)
	if !isWord(r) {
		return other, i + size, true
	}
	for i < len(text) { // a whole word, so that the $ in a$1 is part of it
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isWord(r) && r != '$' {
			break
		}
		i += size
	}
	return other, i, true
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func quoted(text string, i int, quote byte, escapes bool) (end int, closed bool) {
	for i++; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1, true
		}
	}
	return len(text), false
}

// block finds the end of a comment; comments nest.
func block(text string, i int) (end int, closed bool) {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i, true
			}
		default:
			i++
		}
	}
	return len(text), false
}

func dollar(text string, i int) (k kind, end int, closed bool) {
	j := i + 1
	for j < len(text) && text[j] >= '0' && text[j] <= '9' {
		j++
	}
	if j > i+1 {
		return param, j, true
	}
	for j < len(text) {
		r, size := utf8.DecodeRuneInString(text[j:])
		if !isWord(r) {
			break
		}
		j += size
	}
	if j < len(text) && text[j] == '$' {
		tag := text[i : j+1]
		if n := strings.Index(text[j+1:], tag); n >= 0 {
			return str, j + 1 + n + len(tag), true
		}
		return str, len(text), false
	}
	if j == i+1 {
		return other, j, true
	}
	return named, j, true
}

// Error is a mistake at a byte offset of a text.
type Error struct {
	Offset  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// CheckExpression finds what would let text escape from the parentheses that it is put into: an open string or comment,
// an unbalanced bracket, a semicolon, nothing at all.
func CheckExpression(text string) error {
	var open []token
	empty := true
	for _, t := range scan(text) {
		if !t.closed {
			return &Error{t.start, map[kind]string{str: "this text is not closed by '", ident: `this name is not closed by "`, comment: "this comment is not closed by */"}[t.kind]}
		}
		if t.kind != comment && strings.TrimSpace(text[t.start:t.end]) != "" {
			empty = false
		}
		if t.kind != punct {
			continue
		}
		switch c := text[t.start]; c {
		case ';':
			return &Error{t.start, "an expression has no semicolon"}
		case '(', '[', '{':
			open = append(open, t)
		default:
			if len(open) == 0 || !pairs(text[open[len(open)-1].start], c) {
				return &Error{t.start, fmt.Sprintf("this %c closes nothing", c)}
			}
			open = open[:len(open)-1]
		}
	}
	if empty {
		return &Error{0, "an expression is needed"}
	}
	if len(open) > 0 {
		t := open[len(open)-1]
		return &Error{t.start, fmt.Sprintf("this %s is not closed", text[t.start:t.end])}
	}
	return nil
}

// statements are words that begin what changes something.
var statements = []string{"ALTER", "ATTACH", "CALL", "COPY", "CREATE", "DELETE", "DROP", "EXPORT", "IMPORT", "INSERT", "INSTALL", "LOAD", "MERGE", "PRAGMA", "SET", "TRUNCATE", "UPDATE", "VACUUM"}

// Changes gives the word with which a text begins that is no query but changes something; "" when it does not.
func Changes(text string) string {
	for _, t := range scan(text) {
		word, _, _ := strings.Cut(strings.TrimSpace(text[t.start:t.end]), " ")
		switch word = strings.ToUpper(word); {
		case t.kind == comment || word == "":
			continue
		case t.kind == other:
			if first := strings.Fields(word); slices.Contains(statements, first[0]) {
				return first[0]
			}
		}
		return ""
	}
	return ""
}

// CheckStatement finds what can be seen of a whole SELECT without its grammar: that it is none, or two, an open string or
// comment, an unbalanced bracket, nothing at all.
func CheckStatement(text string) error {
	if word := Changes(text); word != "" {
		return &Error{strings.Index(strings.ToUpper(text), word), "only a SELECT may stand here; " + word + " is not possible"}
	}
	trimmed := TrimStatement(text)
	if trimmed == "" {
		return &Error{0, "a SELECT is needed"}
	}
	err := CheckExpression(trimmed)
	var at *Error
	if errors.As(err, &at) && at.Offset < len(trimmed) && trimmed[at.Offset] == ';' {
		return &Error{at.Offset, "a semicolon ends the statement, but only one statement may stand here"}
	}
	return err
}

func pairs(open, closing byte) bool {
	return open == '(' && closing == ')' || open == '[' && closing == ']' || open == '{' && closing == '}'
}

// Params rewrites every $n of text by replace, and refuses parameters of another form and those beyond count. Strings,
// names and comments are left alone.
func Params(text string, count int, replace func(n int) string) (string, error) {
	if !strings.ContainsAny(text, "$?") {
		return text, nil
	}
	var b strings.Builder
	for _, t := range scan(text) {
		switch t.kind {
		case param:
			n, err := strconv.Atoi(text[t.start+1 : t.end])
			if err != nil || n < 1 || n > count {
				return "", &Error{t.start, fmt.Sprintf("the parameter %s has no value; write {{ an expression }} in its place", text[t.start:t.end])}
			}
			b.WriteString(replace(n))
		case named:
			return "", &Error{t.start, fmt.Sprintf("the parameter %s has no value; write {{ an expression }} in its place", text[t.start:t.end])}
		default:
			b.WriteString(text[t.start:t.end])
		}
	}
	return b.String(), nil
}

// TrimStatement removes the semicolon, white space and comments at the end of a statement.
func TrimStatement(text string) string {
	tokens := scan(text)
	for len(tokens) > 0 {
		t := tokens[len(tokens)-1]
		switch s := text[t.start:t.end]; {
		case t.kind == comment && t.closed, s == ";", t.kind == other && strings.TrimSpace(s) == "":
			tokens = tokens[:len(tokens)-1]
			text = text[:t.start]
			continue
		}
		break
	}
	return strings.TrimRightFunc(text, unicode.IsSpace)
}

// HasLineComment says whether text ends within the reach of a -- comment, so that what follows needs a new line.
func HasLineComment(text string) bool {
	tokens := scan(text)
	if len(tokens) == 0 {
		return false
	}
	t := tokens[len(tokens)-1]
	return t.kind == comment && strings.HasPrefix(text[t.start:], "--")
}

// Position gives line and column, both from 1 and the column in characters, of a byte offset.
func Position(text string, offset int) (line, column int) {
	before := text[:max(0, min(offset, len(text)))]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}
