package local

import (
	"context"
	"math"
	"slices"
	"sync"

	"dataflow/flow-automation/run"
)

// pool bounds how many attempts of one kind are carried out at once. A slot is held as long as a goroutine that the pool
// started is alive, but for when the attempt has lent it.
type pool struct {
	now func() run.Instant

	mu      sync.Mutex
	free    int // less than 0 while attempts that are to end have none of their own
	size    int
	closed  bool
	waiting fair[job]
	held    []holder // of slots, in the order in which they were taken
	alive   *sync.WaitGroup
}

// job is work for a slot and whose it is.
type job struct {
	of   *attempt
	work func()
	back *comeback // of an attempt that has lent its slot; nil for work that has not begun
}

// comeback is the wait of an attempt for a slot after it has lent its own. The pool's mu guards it.
type comeback struct {
	free chan struct{} // closed when it has one
	gone bool          // it waits no longer
}

// holder is who has a slot, or a place of the table engine.
type holder struct {
	of    *attempt
	since run.Instant
}

// enter takes a slot now if one is free and nobody waits; the caller then calls start or leave.
func (p *pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.free <= 0 || p.waiting.size > 0 {
		return false
	}
	p.free--
	p.alive.Add(1)
	return true
}

// start carries out work in a slot taken by enter.
func (p *pool) start(j job) {
	p.mu.Lock()
	p.begin(j)
	p.mu.Unlock()
}

// begin carries out work in a slot that is taken. mu is held.
func (p *pool) begin(j job) {
	p.held = append(p.held, holder{j.of, p.now()})
	if j.back != nil {
		close(j.back.free)
		return
	}
	go func() {
		defer p.finish(j)
		j.work()
	}()
}

// submit carries out work once a slot is free.
func (p *pool) submit(tenant string, priority int, j job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.free <= 0 || p.waiting.size > 0 {
		p.waiting.push(tenant, priority, j)
		return
	}
	p.free--
	p.alive.Add(1)
	p.begin(j)
}

// finish is the end of work in a slot.
func (p *pool) finish(j job) {
	p.mu.Lock()
	p.held = slices.DeleteFunc(p.held, func(h holder) bool { return h.of == j.of })
	p.mu.Unlock()
	p.leave()
}

// leave gives the slot to the next who waits, or back.
func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free++
	p.next()
	p.alive.Done()
}

// next lets in who waits, as far as slots are free. mu is held.
func (p *pool) next() {
	for !p.closed && p.free > 0 {
		j, ok := p.waiting.pop()
		switch {
		case !ok:
			return
		case j.back == nil:
			p.alive.Add(1)
		case j.back.gone:
			continue
		}
		p.free--
		p.begin(j)
	}
}

// lend gives the attempt's slot to others while it only waits. It stays alive.
func (p *pool) lend(a *attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = slices.DeleteFunc(p.held, func(h holder) bool { return h.of == a })
	p.free++
	p.next()
}

// again waits for a slot for an attempt that has lent its own. Within its tenant it goes before those that have not begun,
// since others may wait for what it has. It has one at once when ctx ends or the pool is closed: then it is to end, too.
func (p *pool) again(ctx context.Context, a *attempt) {
	j := job{of: a, back: &comeback{free: make(chan struct{})}}
	p.mu.Lock()
	if p.closed || p.free > 0 {
		p.free--
		p.begin(j)
	} else {
		p.waiting.push(a.r.head.Tenant, math.MaxInt, j)
	}
	p.mu.Unlock()
	select {
	case <-j.back.free:
		return
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-j.back.free:
	default:
		j.back.gone = true
		p.free--
		p.begin(j)
	}
}

// close lets nobody in any more; whoever is in may finish.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for j, ok := p.waiting.pop(); ok; j, ok = p.waiting.pop() {
		if j.back != nil && !j.back.gone {
			p.free--
			p.begin(j)
		}
	}
}

// load gives how many workers there are when all are busy, else 0, how many wait for one, and who keeps them busy.
func (p *pool) load() (busy, waiting int, held []holder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free > 0 {
		return 0, 0, nil
	}
	return p.size, p.waiting.size, slices.Clone(p.held)
}

func (p *pool) depth() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.size
}
