package backfill

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// Range gives one set of parameters for each value of a parameter from the first to the last, both included.
type Range struct {
	Param string `json:"param" doc:"Parameter of type date, datetime, integer or number"`
	From  string `json:"from" example:"2026-01-01"`
	To    string `json:"to" example:"2026-01-31"`
	Step  string `json:"step,omitempty" doc:"A duration such as 1d or 6h for dates, a number otherwise; absent is 1d or 1"`
}

// Sets spreads the range out.
func (r Range) Sets(params flow.Params) ([]map[string]any, error) {
	p := params.Get(r.Param)
	if p == nil {
		return nil, wrong("param", "The flow has no parameter %q%s", r.Param, flow.DidYouMean(r.Param, params.Names()))
	}
	switch p.Type {
	case "date":
		return r.times(time.DateOnly, 24*time.Hour)
	case "datetime":
		return r.times(time.RFC3339, 24*time.Hour)
	case "integer", "number":
		return r.numbers(p.Type == "integer")
	}
	return nil, wrong("param", "The parameter %s is of type %s; a range goes over dates and numbers", r.Param, p.Type)
}

func (r Range) times(layout string, fallback time.Duration) ([]map[string]any, error) {
	from, err := time.Parse(layout, r.From)
	if err != nil {
		return nil, wrong("from", "%q is not such as %s", r.From, layout)
	}
	to, err := time.Parse(layout, r.To)
	if err != nil {
		return nil, wrong("to", "%q is not such as %s", r.To, layout)
	}
	step, err := flow.Duration(r.Step).Parse()
	if err != nil {
		return nil, wrong("step", "%v", err)
	}
	if r.Step == "" {
		step = fallback
	}
	if step <= 0 {
		return nil, wrong("step", "The step must be above 0")
	}
	if layout == time.DateOnly && step%(24*time.Hour) != 0 {
		return nil, wrong("step", "A range of dates goes in whole days, such as 1d or 7d, not %s", r.Step)
	}
	if to.Before(from) {
		return nil, wrong("to", "The range ends before it begins")
	}
	var sets []map[string]any
	for at := from; !at.After(to); at = at.Add(step) {
		if len(sets) == MaxRuns { // a duration ends with 292 years, so the time between does not tell
			return nil, tooMany()
		}
		sets = append(sets, map[string]any{r.Param: at.Format(layout)})
	}
	return sets, nil
}

func (r Range) numbers(whole bool) ([]map[string]any, error) {
	bounds := [3]float64{0, 0, 1}
	for i, text := range []string{r.From, r.To, r.Step} {
		if text == "" && i == 2 {
			continue
		}
		n, err := strconv.ParseFloat(text, 64)
		// NaN and Inf are numbers to ParseFloat; nothing would ever be beyond them.
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || (whole && n != float64(int64(n))) {
			return nil, wrong([]string{"from", "to", "step"}[i], "%q is not a number that fits the parameter", text)
		}
		bounds[i] = n
	}
	from, to, step := bounds[0], bounds[1], bounds[2]
	switch {
	case step <= 0:
		return nil, wrong("step", "The step must be above 0")
	case to < from:
		return nil, wrong("to", "The range ends before it begins")
	}
	// A hair more, since steps such as 0.1 do not add up exactly.
	n := math.Floor((to-from)/step+1e-9) + 1
	if n > MaxRuns {
		return nil, tooMany()
	}
	sets := make([]map[string]any, 0, int(n))
	for i := range int(n) {
		at := min(from+float64(i)*step, to)
		sets = append(sets, map[string]any{r.Param: json.Number(strconv.FormatFloat(at, 'f', -1, 64))})
	}
	return sets, nil
}

func tooMany() error {
	return wrong("step", "These would be more than %d runs, which is the most that a backfill has", MaxRuns)
}

func wrong(field, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return errs.Invalid("range_invalid", "%s.", message).With(errs.Detail{Code: "range_invalid", Message: message, Place: errs.Place{Field: "body.range." + field}})
}
