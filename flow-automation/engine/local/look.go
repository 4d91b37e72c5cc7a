package local

import (
	"context"
	"fmt"
)

// enter takes mu for one who only reads; ok is false while the journal cannot be written, which may hold mu for as long.
func (r *live) enter(ctx context.Context) (ok bool, err error) {
	return r.mu.enter(ctx, r.e.writer.trouble.stuck())
}

// look calls f with the run as it is. While the journal cannot be written f gets the run as the journal has it: what has
// happened since is not certain.
func (r *live) look(ctx context.Context, f func(r *live)) error {
	ok, err := r.enter(ctx)
	if err != nil {
		return err
	}
	if ok {
		defer r.mu.Unlock()
		f(r)
		return nil
	}
	h, state, doc, err := r.e.replay(ctx, r.no, nil)
	if err != nil {
		return fmt.Errorf("read run %s as it was when the journal could be written: %w", r.head.ID, err)
	}
	f(&live{e: r.e, no: r.no, head: &h.head, doc: doc, state: state})
	return nil
}
