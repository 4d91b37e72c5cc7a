package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/pattern"
)

var days = pattern.Of(`^(\d+(?:\.\d+)?)d`)

// maxDuration keeps every deadline well inside what a clock can represent.
const maxDuration = 10 * 366 * 24 * time.Hour

// Parse gives the time that the text means; the empty text is 0. Days may come first, as in 1d12h.
func (d Duration) Parse() (time.Duration, error) {
	text := string(d)
	if text == "" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("the duration %q has no unit; write %ss for seconds", text, text)
	}
	var total time.Duration
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil || n > maxDuration.Hours()/24 {
			return 0, fmt.Errorf("the duration %q is longer than ten years", text)
		}
		total = time.Duration(n * 24 * float64(time.Hour))
		text = strings.TrimPrefix(text, m[0])
	}
	if text != "" {
		rest, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration; write one such as 30s, 5m, 1h30m or 2d", string(d))
		}
		total += rest
	}
	if total < 0 {
		return 0, fmt.Errorf("the duration %q is negative", string(d))
	}
	if total > maxDuration {
		return 0, fmt.Errorf("the duration %q is longer than ten years", string(d))
	}
	return total, nil
}

// Std gives the time that a validated duration means, and fallback for an empty or wrong one.
func (d Duration) Std(fallback time.Duration) time.Duration {
	t, err := d.Parse()
	if err != nil || t == 0 {
		return fallback
	}
	return t
}
