package connector

import (
	"context"
	"sync"
)

// waits is how many bytes may lie in an Inflow before somebody asks for them; one is let in however large it is.
const waits = 16 << 20

// Inflow hands what comes by itself to whoever asks with Next. Who brings it waits until there is room.
type Inflow[T any] struct {
	size func(T) int
	mu   sync.Mutex
	held int           // bytes that wait
	free chan struct{} // closed when some are taken
	come chan T
	over chan struct{} // closed when nobody brings any more
	gone chan struct{} // closed when nobody asks any more
	end  sync.Once
	stop sync.Once
	err  error
}

// NewInflow makes one that holds so many, whose bytes are counted by size.
func NewInflow[T any](room int, size func(T) int) *Inflow[T] {
	return &Inflow[T]{size: size, free: make(chan struct{}), come: make(chan T, room), over: make(chan struct{}), gone: make(chan struct{})}
}

// Put brings one; false says that nobody wants it any more.
func (f *Inflow[T]) Put(m T) bool {
	for n := f.size(m); ; {
		f.mu.Lock()
		fits, free := f.held == 0 || f.held+n <= waits, f.free
		if fits {
			f.held += n
		}
		f.mu.Unlock()
		if fits {
			break
		}
		select {
		case <-free:
		case <-f.gone:
			return false
		}
	}
	select {
	case f.come <- m:
		return true
	case <-f.gone:
		return false
	}
}

// End says that no more will come, and why. Only the first reason counts.
func (f *Inflow[T]) End(err error) {
	f.end.Do(func() { f.err = err; close(f.over) })
}

// Stop says that nobody asks any more.
func (f *Inflow[T]) Stop() { f.stop.Do(func() { close(f.gone) }) }

// Took makes room again for as much as m has.
func (f *Inflow[T]) Took(m T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held -= f.size(m)
	close(f.free)
	f.free = make(chan struct{})
}

// Come gives what was brought to who wants to wait for other things, too, and calls Took then.
func (f *Inflow[T]) Come() <-chan T { return f.come }

// Stopped is closed when nobody asks any more.
func (f *Inflow[T]) Stopped() <-chan struct{} { return f.gone }

// Reason is that of End, or nil before it.
func (f *Inflow[T]) Reason() error {
	select {
	case <-f.over:
		return f.err
	default:
		return nil
	}
}

// Next is that of a Subscription. Its error is that of End when all was given before, or that of Ended.
func (f *Inflow[T]) Next(ctx context.Context, most int) ([]T, error) {
	if err := Ended(ctx); err != nil {
		return nil, err
	}
	var out []T
	select {
	case m := <-f.come:
		f.Took(m)
		out = append(out, m)
	case <-ctx.Done():
		return nil, Ended(ctx)
	case <-f.over:
		select {
		case m := <-f.come:
			f.Took(m)
			out = append(out, m)
		default:
			return nil, f.err
		}
	}
	for len(out) < most {
		select {
		case m := <-f.come:
			f.Took(m)
			out = append(out, m)
		default:
			return out, nil
		}
	}
	return out, nil
}
