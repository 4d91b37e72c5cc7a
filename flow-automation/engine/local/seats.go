package local

import (
	"slices"
	"sync"

	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/table"
)

// seats are what attempts have of the table engine, and what they wait for.
type seats struct {
	mu  sync.Mutex
	all []*place // in the order in which they were asked for
}

type place struct {
	in   *seats
	of   *attempt
	kind string
	full func() bool
	held run.Instant // since when; 0 while it is waited for
}

// Await implements table.Places.
func (a *attempt) Await(kind string, full func() bool) table.Place {
	in := &a.r.e.seats
	p := &place{in: in, of: a, kind: kind, full: full}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.all = append(in.all, p)
	return p
}

// Take implements table.Place.
func (p *place) Take() {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.held = p.of.r.e.now()
}

// Leave implements table.Place.
func (p *place) Leave() {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.in.all = slices.DeleteFunc(p.in.all, func(o *place) bool { return o == p })
}

// wanted says whether the attempt waits for a place, and who has those.
func (in *seats) wanted(a *attempt) (held []holder, waits bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	at := slices.IndexFunc(in.all, func(p *place) bool { return p.of == a && p.held == 0 && p.full() })
	if at < 0 {
		return nil, false
	}
	for _, p := range in.all {
		if p.held != 0 && p.kind == in.all[at].kind {
			held = append(held, holder{p.of, p.held})
		}
	}
	return held, true
}
