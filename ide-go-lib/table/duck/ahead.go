package duck

import "context"

// Ahead opens the instance of the first query while the caller does something else. Call it once, and only when there will be a
// query; that waits for the instance.
func (e *Engine) Ahead() {
	e.ahead.Go(func() {
		inst, err := e.pool.open(context.Background(), e.pool.share())
		if err != nil {
			return // the query opens its own and tells what is wrong
		}
		e.pool.mu.Lock()
		defer e.pool.mu.Unlock()
		e.pool.spare = inst
	})
}
