package node

import (
	"encoding/json"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// Known leaves out what a check says of fields whose values are not known yet, for there stand expressions.
func Known(check func(json.RawMessage) []errs.Detail) func(json.RawMessage) []errs.Detail {
	return func(config json.RawMessage) []errs.Detail {
		var with any
		if err := json.Unmarshal(config, &with); err != nil {
			return nil // the schema says so
		}
		var found []errs.Detail
		for _, d := range check(config) {
			if !expression(with, d.Field) {
				found = append(found, d)
			}
		}
		return found
	}
}

// expression says whether one stands in the way to a field such as with.values[0].column.
func expression(at any, field string) bool {
	for _, step := range strings.FieldsFunc(strings.TrimPrefix(field, "with."), func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return false
			}
			at = v[i]
		}
		if text, ok := at.(string); ok {
			return strings.Contains(text, "{{")
		}
	}
	return false
}
