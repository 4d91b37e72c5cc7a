package mysql

import (
	"strconv"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// reading are the words that queries begin with which read.
var reading = pattern.Of(`(?is)^[\s(]*(?:/\*.*?\*/\s*|--[^\n]*\n\s*|#[^\n]*\n\s*)*(select|with|values|table|show|describe|desc|explain)\b`)

// dashes begin a comment when a space or a character such as a tab follows them.
var dashes = pattern.Of(`^--(?:[\x00-\x20\x7f]|$)`)

// into is the word by which a query makes files on the server, also in a transaction that only reads. It may stand right behind a number.
var into = pattern.Of(`(?i)^(?:\d+(?:e\d+)?)?into$`)

// letter says whether words are made of c.
func letter(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// bind turns $1, $2, … into the ? of MySQL, with a value for each: there they are told apart by their order. What looks
// like one within a text, a name or a comment is none.
func bind(query string, args []any) (string, []any, error) {
	if !reading.MatchString(query) {
		return "", nil, errs.Invalid(connector.CodeSQL, "Only queries that read are run here, such as SELECT.")
	}
	var out strings.Builder
	var bound []any
	for i := 0; i < len(query); {
		end := i + 1
		switch c := query[i]; {
		case c == '\'' || c == '"' || c == '`':
			end = quoted(query, i)
		case c == '#', dashes.MatchString(query[i:]):
			end = until(query, i, "\n")
		case strings.HasPrefix(query[i:], "/*!"), strings.HasPrefix(query[i:], "/*M!"):
			return "", nil, errs.Invalid(connector.CodeSQL, "The query has a comment that the server carries out (/*! … */), which is not done here.").WithHint("Write what it says without the comment, or leave it out.")
		case strings.HasPrefix(query[i:], "/*"):
			end = until(query, i+2, "*/")
		case letter(c):
			for end < len(query) && letter(query[end]) {
				end++
			}
			if into.MatchString(query[i:end]) {
				return "", nil, errs.Invalid(connector.CodeSQL, "The query writes what it finds elsewhere (INTO), which is not done here.").WithHint("Leave INTO out: the rows become the node's table. A name that is called so needs quotes, as in `into`.")
			}
		case c == '$' && i+1 < len(query) && query[i+1] >= '1' && query[i+1] <= '9':
			for end < len(query) && query[end] >= '0' && query[end] <= '9' {
				end++
			}
			n, err := strconv.Atoi(query[i+1 : end])
			if err != nil || n > len(args) {
				return "", nil, errs.Invalid(connector.CodeSQL, "The query names the value %s, of which there are %d.", query[i:end], len(args))
			}
			if text := connector.ArgText(args[n-1]); text != nil {
				bound = append(bound, *text)
			} else {
				bound = append(bound, nil)
			}
			out.WriteByte('?')
			i = end
			continue
		}
		out.WriteString(query[i:end])
		i = end
	}
	return out.String(), bound, nil
}

func until(query string, from int, what string) int {
	if n := strings.Index(query[from:], what); n >= 0 {
		return from + n + len(what)
	}
	return len(query)
}

func quoted(query string, start int) int {
	q := query[start]
	for i := start + 1; i < len(query); i++ {
		switch {
		case query[i] == '\\' && q != '`':
			i++
		case query[i] == q && i+1 < len(query) && query[i+1] == q:
			i++
		case query[i] == q:
			return i + 1
		}
	}
	return len(query)
}
