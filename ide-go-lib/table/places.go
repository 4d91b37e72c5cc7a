package table

import "context"

// Places is told what places of the engine a piece of work waits for and has, so that people can be told who holds what they wait for.
type Places interface {
	// Await is called before a place is waited for. Those with the same kind are taken from one another; full says whether none is free now.
	Await(kind string, full func() bool) Place
}

// Place is one that is waited for, then taken, then left; or left without having been taken.
type Place interface {
	Take()
	Leave()
}

type placesKey struct{}

// WithPlaces gives the context of work whose places somebody wants to know.
func WithPlaces(ctx context.Context, p Places) context.Context {
	return context.WithValue(ctx, placesKey{}, p)
}

// AwaitPlace tells whoever wants to know; an engine calls it before it waits for a place.
func AwaitPlace(ctx context.Context, kind string, full func() bool) Place {
	if p, ok := ctx.Value(placesKey{}).(Places); ok {
		return p.Await(kind, full)
	}
	return nowhere{}
}

type nowhere struct{}

func (nowhere) Take()  {}
func (nowhere) Leave() {}
