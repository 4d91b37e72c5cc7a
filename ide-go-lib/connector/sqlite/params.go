package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// reading are the words that queries begin with which read.
var reading = pattern.Of(`(?is)^[\s(]*(?:/\*.*?\*/\s*|--[^\n]*\n\s*)*(select|with|values)\b`)

// bind turns $1, $2, … into the ?1, ?2, … of SQLite and makes sure that there is one statement: the driver would carry
// out several. What looks like either within a text, a name or a comment is none.
func bind(query string, args []any) (string, []any, error) {
	refuse := func(format string, values ...any) (string, []any, error) {
		return "", nil, errs.Invalid(connector.CodeSQL, format, values...)
	}
	if !reading.MatchString(query) {
		return refuse("Only queries that read are run here, such as SELECT.")
	}
	var out strings.Builder
	depth := 0
	for i := 0; i < len(query); {
		end := i + 1
		switch c := query[i]; {
		case c == '\'' || c == '"' || c == '`':
			end = until(query, i+1, string(c)) // one that is doubled ends and begins again
		case c == '[':
			end = until(query, i+1, "]")
		case strings.HasPrefix(query[i:], "--"):
			end = until(query, i, "\n")
		case strings.HasPrefix(query[i:], "/*"):
			end = until(query, i+2, "*/")
		case c == ';':
			return refuse("There is more than one statement in the query.")
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return refuse("The query closes a bracket that it has not opened.")
			}
		case c == '$' && i+1 < len(query) && query[i+1] >= '1' && query[i+1] <= '9':
			for end < len(query) && query[end] >= '0' && query[end] <= '9' {
				end++
			}
			n, err := strconv.Atoi(query[i+1 : end])
			if err != nil || n > len(args) {
				return refuse("The query names the value %s, of which there are %d.", query[i:end], len(args))
			}
			fmt.Fprintf(&out, "?%d", n)
			i = end
			continue
		}
		out.WriteString(query[i:end])
		i = end
	}
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = argument(a)
	}
	return out.String(), bound, nil
}

// argument keeps numbers as such: SQLite tells 1 from '1'.
func argument(a any) any {
	text := connector.ArgText(a)
	if text == nil {
		return nil
	}
	if _, isText := a.(string); isText {
		return *text
	}
	if n, err := strconv.ParseInt(*text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(*text, 64); err == nil {
		return f
	}
	if yes, is := a.(bool); is {
		return yes
	}
	return *text
}

func until(query string, from int, what string) int {
	if n := strings.Index(query[from:], what); n >= 0 {
		return from + n + len(what)
	}
	return len(query)
}
