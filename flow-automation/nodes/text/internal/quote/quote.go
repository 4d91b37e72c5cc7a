// Package quote writes texts so that they can stand within another language.
package quote

import (
	"net/url"
	"strings"

	"dataflow/ide-go-lib/expr"
)

// URL percent-encodes all that has a meaning in an address.
func URL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// JSON writes a text as it stands between the quotes of JSON.
func JSON(s string) string {
	quoted, err := expr.AppendJSON(nil, s)
	if err != nil { // a text is only refused for its size, and then whatever it becomes part of is refused too
		return s
	}
	return string(quoted[1 : len(quoted)-1])
}

// CSV puts a field into quotes where it needs them.
func CSV(s string) string {
	if !strings.ContainsAny(s, ",;\t\"\r\n") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
