package auth

import (
	"sync"
	"time"

	"dataflow/ide-go-lib/clock"
)

// throttle makes guessing slow: after some free failures under a key each further one doubles the wait before the next
// attempt.
type throttle struct {
	clock clock.Clock
	free  int
	first time.Duration
	most  time.Duration

	mu   sync.Mutex
	keys map[string]*failures
}

type failures struct {
	count   int
	pending int       // attempts whose outcome is not known yet
	until   time.Time // no attempt before
}

const (
	// forgetAfter is how long after its last wait a key is remembered.
	forgetAfter = 15 * time.Minute
	// maxKeys bounds the memory that strangers can take.
	maxKeys = 20_000
	// maxPending is how many attempts under one key may be under way at once, as long as few have failed; after that
	// there is one at a time, so that many at once cannot pass together.
	maxPending = 16
)

func newThrottle(c clock.Clock, free int, most time.Duration) *throttle {
	return &throttle{clock: c, free: free, first: time.Second, most: most, keys: map[string]*failures{}}
}

// attempt gives how long to wait before the next attempt; 0 lets it through, and then its outcome must be told to end.
func (t *throttle) attempt(key string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	f := t.entry(key, now)
	if wait := f.until.Sub(now); wait > 0 {
		return wait
	}
	allowed := maxPending
	if f.count >= t.free {
		allowed = 1
	}
	if f.pending >= allowed {
		return t.first
	}
	f.pending++
	return 0
}

// outcome is how an attempt ended.
type outcome int

const (
	undecided outcome = iota // neither right nor wrong: the request ended, or the database did not answer
	failed
	succeeded
)

// end tells the outcome of an attempt that was let through. Success forgets the failures.
func (t *throttle) end(key string, o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	f := t.entry(key, now)
	f.pending = max(f.pending-1, 0)
	switch o {
	case succeeded:
		f.count, f.until = 0, now
		if f.pending == 0 {
			delete(t.keys, key)
		}
	case failed:
		f.count++
		f.until = now
		if over := f.count - t.free; over >= 0 {
			f.until = now.Add(min(t.first<<min(over, 20), t.most))
		}
	case undecided:
	}
}

// entry finds the failures under key, or begins anew when they are long ago.
func (t *throttle) entry(key string, now time.Time) *failures {
	f := t.keys[key]
	if f == nil || (f.pending == 0 && now.Sub(f.until) > forgetAfter) {
		t.makeRoom(now)
		f = &failures{until: now}
		t.keys[key] = f
	}
	return f
}

func (t *throttle) makeRoom(now time.Time) {
	if len(t.keys) < maxKeys {
		return
	}
	for key, f := range t.keys {
		if f.pending == 0 && now.Sub(f.until) > forgetAfter {
			delete(t.keys, key)
		}
	}
	for key := range t.keys { // any, when all are fresh
		if len(t.keys) < maxKeys {
			return
		}
		delete(t.keys, key)
	}
}
