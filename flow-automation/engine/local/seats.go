package local

import (
	"slices"
	"sync"

	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/table"
)

// seats are what attempts have of the table engine and of connections, and what they wait for.
type seats struct {
	mu   sync.Mutex
	of   map[*attempt][]*place
	held map[string][]*place // by kind, in the order in which they were taken
}

type place struct {
	in    *seats
	of    *attempt
	seat  table.Seat
	full  func() bool
	since run.Instant // it is held; 0 while it is waited for
	seen  bool        // somebody was told that it is waited for
	rests bool        // the worker was lent for it
}

// Await implements table.Places.
func (a *attempt) Await(seat table.Seat, full func() bool) table.Place {
	in := &a.r.e.seats
	p := &place{in: in, of: a, seat: seat, full: full}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.of == nil {
		in.of, in.held = map[*attempt][]*place{}, map[string][]*place{}
	}
	in.of[a] = append(in.of[a], p)
	return p
}

// Rest implements table.Place.
func (p *place) Rest() {
	p.in.mu.Lock()
	p.rests = true
	p.in.mu.Unlock()
	p.of.rest()
	p.of.r.publishStep(p.of.ctx, p.of.path) // why it does not go on
}

// Take implements table.Place.
func (p *place) Take() {
	p.in.mu.Lock()
	p.since = p.of.r.e.now()
	p.in.held[p.seat.Kind] = append(p.in.held[p.seat.Kind], p)
	seen, rests := p.seen, p.rests
	p.in.mu.Unlock()
	if rests { // whoever takes another place, such as one of the table engine, must not wait for a worker with it
		p.of.goOn()
	}
	if seen {
		p.of.r.publishStep(p.of.ctx, p.of.path)
	}
}

// Leave implements table.Place.
func (p *place) Leave() {
	p.in.mu.Lock()
	without(p.in.of, p.of, p)
	without(p.in.held, p.seat.Kind, p)
	waited := p.since == 0 && p.rests
	p.in.mu.Unlock()
	if waited {
		p.of.goOn()
	}
}

// without takes a place out of a list.
func without[K comparable](lists map[K][]*place, of K, p *place) {
	left := slices.DeleteFunc(lists[of], func(o *place) bool { return o == p })
	if lists[of] = left; len(left) == 0 {
		delete(lists, of)
	}
}

// wanted gives the place that the attempt waits for, or nil, and who has those.
func (in *seats) wanted(a *attempt) (waits *place, held []holder) {
	in.mu.Lock()
	defer in.mu.Unlock()
	at := slices.IndexFunc(in.of[a], func(p *place) bool { return p.since == 0 && p.full() })
	if at < 0 {
		return nil, nil
	}
	waits = in.of[a][at]
	waits.seen = true
	for _, p := range in.held[waits.seat.Kind] {
		held = append(held, holder{p.of, p.since})
	}
	return waits, held
}
