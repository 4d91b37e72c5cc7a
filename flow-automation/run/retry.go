package run

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"

	"dataflow/flow-automation/flow"
)

// What a retry policy means where it says nothing.
const (
	defaultInitial = time.Second
	defaultFactor  = 2
	defaultMax     = time.Minute
)

type retryPolicy struct {
	attempts int
	initial  time.Duration
	factor   float64
	max      time.Duration
	on       []string
}

func compileRetry(r *flow.Retry) retryPolicy {
	p := retryPolicy{attempts: 1, initial: defaultInitial, factor: defaultFactor, max: defaultMax}
	if r == nil {
		return p
	}
	p.attempts, p.on = max(r.Attempts, 1), r.On
	if b := r.Backoff; b != nil {
		p.initial = b.Initial.Std(defaultInitial)
		p.max = b.Max.Std(max(defaultMax, p.initial))
		if b.Factor >= 1 {
			p.factor = b.Factor
		}
	}
	return p
}

// again says whether a failure with that code is followed by another attempt.
func (p retryPolicy) again(attempt int, code string) bool {
	return attempt < p.attempts && (len(p.on) == 0 || slices.Contains(p.on, code))
}

// wait is the time between the failed attempt and the next: exponential, within a quarter more or less so that runs
// which failed together do not come back together. The chance is drawn from the step's name, so a replay waits alike.
func (p retryPolicy) wait(runID string, path Path, attempt int) time.Duration {
	base := math.Min(float64(p.initial)*math.Pow(p.factor, float64(attempt-1)), float64(p.max))
	h := fnv.New64a()
	_, _ = h.Write([]byte(runID + "/" + string(path) + "#" + strconv.Itoa(attempt)))
	x := h.Sum64()
	// FNV leaves the high bits of short texts alike; a finaliser spreads them.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	u := float64(x>>11) / (1 << 53)
	return time.Duration(math.Min(base*(0.75+0.5*u), float64(p.max))).Truncate(time.Microsecond)
}
