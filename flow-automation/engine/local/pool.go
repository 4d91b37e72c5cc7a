package local

import (
	"slices"
	"sync"

	"dataflow/flow-automation/run"
)

// pool bounds how many attempts of one kind are carried out at once. A slot is held exactly as long as a goroutine that
// the pool started is alive.
type pool struct {
	now func() run.Instant

	mu      sync.Mutex
	free    int
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
	if p.closed || p.free == 0 || p.waiting.size > 0 {
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
	go func() {
		defer p.finish(j)
		j.work()
	}()
}

// submit carries out work once a slot is free.
func (p *pool) submit(tenant string, priority int, j job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.free == 0 || p.waiting.size > 0 {
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
	if !p.closed {
		if next, ok := p.waiting.pop(); ok {
			p.begin(next)
			return
		}
	}
	p.free++
	p.alive.Done()
}

// close lets nobody in any more; whoever is in may finish.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
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
