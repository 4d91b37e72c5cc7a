package local

import (
	"context"
	"database/sql"

	"dataflow/ide-go-lib/lease"
)

// own makes the engine an owner of its store: the token of its term is checked in every transaction of the journal, and
// once another process owns the store everything that is under way is given up.
func (e *Engine) own(ctx context.Context, term *lease.Term) error {
	if term == nil {
		return nil
	}
	fence, err := term.Fence(ctx, e.db.Write)
	if err != nil {
		return err
	}
	e.writer.fence = fence
	go func() {
		select {
		case <-term.Lost():
			e.mu.Lock()
			e.open = false
			e.mu.Unlock()
			e.writer.hurry()
			e.kill()
		case <-e.hard.Done():
		}
	}()
	return nil
}

// fenced checks that the store is still ours, for as long as tx lasts. committed has to be called when it is committed.
func (w *writer) fenced(ctx context.Context, tx *sql.Tx) (committed func(), err error) {
	if w.fence == nil {
		return func() {}, nil
	}
	return w.fence.Check(ctx, tx)
}

// unfence frees what own has prepared.
func (w *writer) unfence() error {
	if w.fence == nil {
		return nil
	}
	return w.fence.Close()
}
