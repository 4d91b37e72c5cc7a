package local

import "sync"

// rest is whether an attempt has lent its worker to others while it waits for something.
type rest struct {
	mu   sync.Mutex
	lent bool
	back bool // it has what it has waited for and waits for a worker
}

// rest lends the attempt's worker to others.
func (a *attempt) rest() {
	a.resting.mu.Lock()
	defer a.resting.mu.Unlock()
	if !a.resting.lent {
		a.resting.lent = true
		a.r.e.pool(a.kind.pool).lend(a)
	}
}

// goOn waits for a worker if the attempt has lent its own. An attempt that is to end gets one at once.
func (a *attempt) goOn() {
	a.resting.mu.Lock()
	lent := a.resting.lent && !a.resting.back
	if lent {
		a.resting.back = true
	}
	a.resting.mu.Unlock()
	if !lent {
		return
	}
	a.r.e.pool(a.kind.pool).again(a.ctx, a)
	a.resting.mu.Lock()
	a.resting.lent, a.resting.back = false, false
	a.resting.mu.Unlock()
}

// returning says whether the attempt waits for a worker to go on.
func (a *attempt) returning() bool {
	a.resting.mu.Lock()
	defer a.resting.mu.Unlock()
	return a.resting.back
}
