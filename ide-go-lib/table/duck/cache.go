package duck

import "sync"

// cache keeps what is expensive to find out and never changes. When full it is emptied, which is simple and rare.
type cache[V any] struct {
	mu    sync.Mutex
	limit int
	m     map[string]V
}

func newCache[V any](limit int) *cache[V] { return &cache[V]{limit: limit, m: map[string]V{}} }

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.m[key]
	return v, ok
}

func (c *cache[V]) put(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= c.limit {
		clear(c.m)
	}
	c.m[key] = v
}
