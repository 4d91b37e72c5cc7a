package run_test

import (
	"math"
	"testing"
	"time"

	"dataflow/flow-automation/run"
)

func TestTimeBetweenMoments(t *testing.T) {
	at := run.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	far := run.At(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		from, to run.Instant
		want     time.Duration
	}{
		{at, at.Add(time.Hour), time.Hour},
		{at.Add(time.Hour), at, -time.Hour},
		{at, far, (math.MaxInt64 / time.Microsecond) * time.Microsecond},
		{far, at, -(math.MaxInt64 / time.Microsecond) * time.Microsecond},
	} {
		if got := c.to.Sub(c.from); got != c.want {
			t.Errorf("from %s to %s is %s, want %s", c.from.Time(), c.to.Time(), got, c.want)
		}
	}
}
