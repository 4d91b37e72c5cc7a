package clock

import (
	"container/heap"
	"sync"
	"time"
)

// Fake is a clock that stands still until it is moved. It is safe for concurrent use.
type Fake struct {
	mu      sync.Mutex
	changed *sync.Cond
	now     time.Time
	pending timers
	seq     uint64
}

// NewFake gives a clock that shows start.
func NewFake(start time.Time) *Fake {
	f := &Fake{now: start.UTC()}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// Now gives the time to which the clock was moved.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// AfterFunc calls g once the clock has been moved by d. Unlike with the system's clock the call is made by Advance
// itself, so that everything due has happened when Advance returns. With d of 0 or less g is called at the next Advance,
// even by 0.
func (f *Fake) AfterFunc(d time.Duration, g func()) Timer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	t := &fakeTimer{clock: f, at: f.now.Add(max(d, 0)), seq: f.seq, call: g}
	heap.Push(&f.pending, t)
	f.changed.Broadcast()
	return t
}

// Advance moves the clock by d, which must not be negative, and makes the calls that become due, the earliest first and
// with the clock at their time; also those that these calls ask for.
func (f *Fake) Advance(d time.Duration) {
	if d < 0 {
		panic("clock: time does not go backwards")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	end := f.now.Add(d)
	for len(f.pending) > 0 && !f.pending[0].at.After(end) {
		t := heap.Pop(&f.pending).(*fakeTimer)
		if t.at.After(f.now) {
			f.now = t.at
		}
		f.changed.Broadcast()
		f.mu.Unlock()
		t.call()
		f.mu.Lock()
	}
	if end.After(f.now) {
		f.now = end
	}
}

// Pending gives the number of calls that wait.
func (f *Fake) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pending)
}

// BlockUntil waits until at least n calls wait: the way for a test to know that other goroutines have come to their
// timers.
func (f *Fake) BlockUntil(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.pending) < n {
		f.changed.Wait()
	}
}

type fakeTimer struct {
	clock *Fake
	at    time.Time
	seq   uint64 // of those at the same time the first made is called first
	call  func()
	index int // in pending; -1 once it has left
}

func (t *fakeTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.clock.pending, t.index)
	return true
}

type timers []*fakeTimer

func (p timers) Len() int { return len(p) }

func (p timers) Less(i, j int) bool {
	if p[i].at.Equal(p[j].at) {
		return p[i].seq < p[j].seq
	}
	return p[i].at.Before(p[j].at)
}

func (p timers) Swap(i, j int) {
	p[i], p[j] = p[j], p[i]
	p[i].index, p[j].index = i, j
}

func (p *timers) Push(x any) {
	t := x.(*fakeTimer)
	t.index = len(*p)
	*p = append(*p, t)
}

func (p *timers) Pop() any {
	last := len(*p) - 1
	t := (*p)[last]
	(*p)[last] = nil
	*p = (*p)[:last]
	t.index = -1
	return t
}
