package backfill_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

var params = flow.Params{
	{Name: "day", Type: "date"}, {Name: "at", Type: "datetime"}, {Name: "n", Type: "integer"}, {Name: "x", Type: "number"}, {Name: "text", Type: "string"},
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		r    backfill.Range
		want string
	}{
		{backfill.Range{Param: "day", From: "2024-02-28", To: "2024-03-01"}, "2024-02-28 2024-02-29 2024-03-01"},
		{backfill.Range{Param: "day", From: "2024-01-01", To: "2024-01-14", Step: "7d"}, "2024-01-01 2024-01-08"},
		{backfill.Range{Param: "at", From: "2024-01-01T00:00:00Z", To: "2024-01-01T12:00:00Z", Step: "6h"}, "2024-01-01T00:00:00Z 2024-01-01T06:00:00Z 2024-01-01T12:00:00Z"},
		{backfill.Range{Param: "n", From: "-1", To: "2"}, "-1 0 1 2"},
		{backfill.Range{Param: "n", From: "5", To: "5", Step: "10"}, "5"},
		{backfill.Range{Param: "x", From: "0", To: "0.3", Step: "0.1"}, "0 0.1 0.2 0.3"}, // what does not add up exactly
	} {
		sets, err := c.r.Sets(params)
		require.NoError(t, err, "%+v", c.r)
		got := make([]string, len(sets))
		for i, s := range sets {
			got[i] = fmt.Sprint(s[c.r.Param])
		}
		require.Equal(t, c.want, strings.Join(got, " "), "%+v", c.r)
	}
}

func TestRangesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ param, from, to, step, field string }{
		{"nobody", "1", "2", "", "param"},
		{"text", "a", "b", "", "param"},
		{"x", "NaN", "2", "", "from"},
		{"x", "1", "nan", "", "to"},
		{"x", "1", "2", "NaN", "step"},
		{"x", "-Inf", "2", "", "from"},
		{"x", "1", "Infinity", "", "to"},
		{"x", "1", "2", "+Inf", "step"},
		{"x", "1", "2", "0", "step"},
		{"x", "2", "1", "", "to"},
		{"x", "-1e308", "1e308", "", "step"},
		{"n", "1", "100001", "", "step"},
		{"n", "1.5", "2", "", "from"},
		{"day", "2024-01-01", "2024-01-02", "6h", "step"},
		{"day", "2024-01-02", "2024-01-01", "", "to"},
		{"day", "0001-01-01", "9999-12-31", "2d", "step"}, // more time between than a duration can say
		{"at", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.9Z", "1ns", "step"},
	} {
		r := backfill.Range{Param: c.param, From: c.from, To: c.to, Step: c.step}
		_, err := r.Sets(params)
		e := errs.From(err)
		require.NotNil(t, e, "%+v", r)
		require.Equal(t, "range_invalid", e.Code, "%+v", r)
		require.Equal(t, "body.range."+c.field, e.Details[0].Field, "%+v: %v", r, e)
	}
}
