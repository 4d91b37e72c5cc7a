package connector

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// OneStatement takes what ends a statement off a query, so that it can be put into another one.
func OneStatement(text string) (string, error) {
	text = strings.TrimRight(text, "; \t\r\n")
	if strings.TrimSpace(text) == "" {
		return "", errs.Invalid(CodeSQL, "The query is empty.").WithHint("Write a SELECT, or name a table.")
	}
	return text, nil
}

// ArgText gives a bound value as text; nil is null.
func ArgText(arg any) *string {
	var out string
	switch v := arg.(type) {
	case nil:
		return nil
	case string:
		out = v
	case json.Number:
		out = v.String()
	case bool:
		out = strconv.FormatBool(v)
	case float64:
		out = strconv.FormatFloat(v, 'g', -1, 64)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			out = fmt.Sprint(v)
			break
		}
		out = string(raw)
	}
	return &out
}

// Index finds a column by its name.
func Index(name string, names []string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, errs.Invalid(CodeColumn, "There is no column %q.", name).WithHint("%s", near.Say(name, names))
}
