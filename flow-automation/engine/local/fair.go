package local

import "sync"

// fair is a queue that serves tenants in turn, so that the many runs of one do not hold up another's few; of each tenant
// a higher priority goes first, and otherwise who came first. It is not safe for concurrent use.
type fair[T any] struct {
	byTenant map[string]*line[T]
	turn     []*line[T] // those that have something, in order of their turn
	size     int
}

type line[T any] struct {
	tenant string
	items  []ranked[T]
}

type ranked[T any] struct {
	priority int
	item     T
}

func (f *fair[T]) push(tenant string, priority int, item T) {
	if f.byTenant == nil {
		f.byTenant = map[string]*line[T]{}
	}
	l := f.byTenant[tenant]
	if l == nil {
		l = &line[T]{tenant: tenant}
		f.byTenant[tenant] = l
		f.turn = append(f.turn, l)
	}
	l.items = append(l.items, ranked[T]{priority, item})
	for i := len(l.items) - 1; i > 0 && l.items[i-1].priority < priority; i-- {
		l.items[i-1], l.items[i] = l.items[i], l.items[i-1]
	}
	f.size++
}

func (f *fair[T]) pop() (item T, ok bool) {
	if f.size == 0 {
		return item, false
	}
	l := f.turn[0]
	f.turn = f.turn[1:]
	item, l.items = l.items[0].item, l.items[1:]
	f.size--
	if len(l.items) == 0 {
		delete(f.byTenant, l.tenant)
	} else {
		f.turn = append(f.turn, l)
	}
	return item, true
}

// pool bounds how many attempts of one kind are carried out at once. A slot is held exactly as long as a goroutine that
// the pool started is alive.
type pool struct {
	mu      sync.Mutex
	free    int
	size    int
	closed  bool
	waiting fair[func()]
	alive   *sync.WaitGroup
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
func (p *pool) start(work func()) {
	go func() {
		defer p.leave()
		work()
	}()
}

// submit carries out work once a slot is free.
func (p *pool) submit(tenant string, priority int, work func()) {
	p.mu.Lock()
	if p.closed || p.free == 0 || p.waiting.size > 0 {
		p.waiting.push(tenant, priority, work)
		p.mu.Unlock()
		return
	}
	p.free--
	p.alive.Add(1)
	p.mu.Unlock()
	p.start(work)
}

// leave gives the slot to the next who waits, or back.
func (p *pool) leave() {
	p.mu.Lock()
	next, ok := func() {}, false
	if !p.closed {
		next, ok = p.waiting.pop()
	}
	if !ok {
		p.free++
		p.mu.Unlock()
		p.alive.Done()
		return
	}
	p.mu.Unlock()
	p.start(next)
}

// close lets nobody in any more; whoever is in may finish.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// load gives how many workers there are when all are busy, else 0, and how many wait for one.
func (p *pool) load() (busy, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free > 0 {
		return 0, 0
	}
	return p.size, p.waiting.size
}

func (p *pool) depth() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.size
}
