package node

import (
	"encoding/json"
	"slices"
	"testing"

	"dataflow/ide-go-lib/errs"
)

func TestFieldsWithExpressionsAreNotJudged(t *testing.T) {
	fields := []string{"with.on", "with.on[0].left", "with.values[0].column", "with.values[1].column", "with.values[7].column", "with.order"}
	check := Known(func(json.RawMessage) []errs.Detail {
		var all []errs.Detail
		for _, f := range fields {
			all = append(all, errs.Detail{Place: errs.Place{Field: f}})
		}
		return all
	})
	var left []string
	for _, d := range check(json.RawMessage(`{"on": "{{ params.keys }}", "values": [{"column": "a {{ params.b }}"}, {"column": "c"}]}`)) {
		left = append(left, d.Field)
	}
	if want := fields[3:]; !slices.Equal(left, want) {
		t.Errorf("%v, want %v", left, want)
	}
}
