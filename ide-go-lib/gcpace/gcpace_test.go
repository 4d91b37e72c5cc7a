package gcpace

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		live, room uint64
		want       int
	}{{0, 64 * mib, most}, {1 * mib, 64 * mib, most}, {16 * mib, 64 * mib, 400}, {64 * mib, 64 * mib, least}, {1024 * mib, 64 * mib, least}} {
		if got := percent(c.live, c.room); got != c.want {
			t.Errorf("a heap of %d with room for %d grows by %d %%, not %d %%", c.live, c.room, got, c.want)
		}
	}
}

// The growth follows the heap from one collection to the next.
func TestGrowthFollowsTheHeap(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	watch(64 << 20)
	follows := func(wanted func(percent int) bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			runtime.GC()
			now := debug.SetGCPercent(100)
			debug.SetGCPercent(now)
			if wanted(now) {
				return
			}
		}
		t.Fatal("the growth did not change")
	}
	follows(func(p int) bool { return p > 300 })
	held := make([]byte, 256<<20)
	follows(func(p int) bool { return p == least })
	runtime.KeepAlive(held)
}
