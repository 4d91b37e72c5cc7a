package local

import "context"

// gate is a mutex that one need not wait for.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

// Lock waits as long as it takes.
func (g gate) Lock() { g <- struct{}{} }

// Unlock lets the next one in.
func (g gate) Unlock() { <-g }

// enter waits until ctx ends or giveUp is closed; ok says that the gate is held.
func (g gate) enter(ctx context.Context, giveUp <-chan struct{}) (ok bool, err error) {
	select {
	case g <- struct{}{}: // also when there would be a reason to give up
		return true, nil
	default:
	}
	select {
	case g <- struct{}{}:
		return true, nil
	case <-giveUp:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
