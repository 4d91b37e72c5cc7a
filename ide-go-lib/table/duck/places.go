package duck

import (
	"context"

	"dataflow/ide-go-lib/table"
)

// getter is a way to a session of a pool.
type getter struct {
	pool *pool
	get  func(ctx context.Context, a access) (*session, error)
	full func() bool // says whether one has to wait now
}

// one is the way to a session with one slot.
func (p *pool) one() getter {
	return getter{p, p.get, func() bool { return len(p.slots) == cap(p.slots) }}
}

// all is the way to a session with all slots.
func (p *pool) all() getter {
	return getter{p, p.alone, func() bool { return len(p.slots) > 0 || len(p.whole) > 0 }}
}

// kind tells the places of the engine's pools apart.
func (e *Engine) kind(p *pool) string {
	switch p {
	case e.looks:
		return "look"
	case e.streams:
		return "stream"
	}
	return "query"
}

// take waits for a session, and lets whoever wants to know see that it does.
func (e *Engine) take(ctx context.Context, from getter, a access) (*session, error) {
	place := table.AwaitPlace(ctx, table.Seat{Kind: e.kind(from.pool)}, from.full)
	s, err := from.get(ctx, a)
	if err != nil {
		place.Leave()
		return nil, err
	}
	place.Take()
	s.place = place
	return s, nil
}
