package duck

import (
	"testing"
	"time"
)

// TestLately: each query asks what the machine has, and only what is old is looked up again.
func TestLately(t *testing.T) {
	now, found := time.Unix(0, 0), 0
	get := lately(time.Second, func() time.Time { return now }, func() int { found++; return found })
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {time.Second - 1, 1}, {time.Second, 2}, {2*time.Second - 1, 2}, {5 * time.Second, 3}} {
		now = time.Unix(0, 0).Add(c.at)
		if got := get(); got != c.want {
			t.Errorf("after %v: looked up %d times, expected %d", c.at, got, c.want)
		}
	}
}
