package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Group is several services as one: started in order, stopped in reverse. The zero value is empty; Add before Start.
type Group struct {
	mu      sync.Mutex
	members []member
	started []member
	state   state
}

type member struct {
	name    string
	service Service
}

type state int

const (
	fresh state = iota
	running
	ended
)

// Add puts a service at the end. The name is for errors.
func (g *Group) Add(name string, s Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state != fresh {
		panic("lifecycle: " + name + " added to a group that has been started or stopped")
	}
	g.members = append(g.members, member{name, s})
}

// Start starts one service after the other. When one fails, those before it are stopped again, and the group is over.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch g.state {
	case running:
		return errors.New("started already")
	case ended:
		return errors.New("stopped already")
	}
	g.state = running
	for _, m := range g.members {
		err := ctx.Err()
		if err == nil {
			err = m.service.Start(ctx)
		}
		if err != nil {
			g.state = ended
			// The start's context may be what ended; stopping needs one that has not.
			return errors.Join(fmt.Errorf("start %s: %w", m.name, err), g.stopAll(context.WithoutCancel(ctx)))
		}
		g.started = append(g.started, m)
	}
	return nil
}

// Stop stops all services, the last first, and gives all their errors. One that fails does not keep the others from
// being stopped.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = ended
	return g.stopAll(ctx)
}

func (g *Group) stopAll(ctx context.Context) error {
	var failed []error
	for _, m := range slices.Backward(g.started) {
		if err := m.service.Stop(ctx); err != nil {
			failed = append(failed, fmt.Errorf("stop %s: %w", m.name, err))
		}
	}
	g.started = nil
	return errors.Join(failed...)
}
