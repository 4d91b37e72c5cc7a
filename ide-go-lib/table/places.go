package table

import "context"

// Places is told what places a piece of work waits for and has, so that people can be told who holds what they wait for.
type Places interface {
	// Await is called before a place is waited for. Full says whether none is free now.
	Await(seat Seat, full func() bool) Place
}

// Seat says where places are.
type Seat struct {
	Kind       string // those with the same kind are taken from one another
	Connection string // by name; "" is the table engine
}

// Place is one that is waited for, then taken, then left; or left without having been taken.
type Place interface {
	// Rest lets who carries out the work do other work until the place is taken or left. It is called before a wait that may be long.
	Rest()
	Take()
	Leave()
}

type placesKey struct{}

// WithPlaces gives the context of work whose places somebody wants to know.
func WithPlaces(ctx context.Context, p Places) context.Context {
	return context.WithValue(ctx, placesKey{}, p)
}

// AwaitPlace tells whoever wants to know; it is called before a place is waited for.
func AwaitPlace(ctx context.Context, seat Seat, full func() bool) Place {
	if p, ok := ctx.Value(placesKey{}).(Places); ok {
		return p.Await(seat, full)
	}
	return nowhere{}
}

type nowhere struct{}

func (nowhere) Rest()  {}
func (nowhere) Take()  {}
func (nowhere) Leave() {}
