package auth

import (
	"sync"
	"time"
)

// cacheLife is how long a principal is believed without asking the database. What this process changes itself takes
// effect at once; another process's changes take this long.
const cacheLife = 10 * time.Second

const maxCached = 10_000

// cache keeps the principals of recently used sessions and tokens by the hash of their secret.
type cache struct {
	mu      sync.RWMutex
	entries map[secretHash]cached
	// epoch counts forgettings, so that a lookup that began before one does not put back what was forgotten.
	epoch uint64
}

type cached struct {
	principal Principal
	until     time.Time
}

func newCache() *cache { return &cache{entries: map[secretHash]cached{}} }

func (c *cache) get(h secretHash, now time.Time) (Principal, bool) {
	c.mu.RLock()
	e, ok := c.entries[h]
	c.mu.RUnlock()
	return e.principal, ok && now.Before(e.until)
}

func (c *cache) begin() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.epoch
}

func (c *cache) put(epoch uint64, h secretHash, p Principal, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return
	}
	if len(c.entries) >= maxCached {
		clear(c.entries)
	}
	c.entries[h] = cached{p, until}
}

// forget drops everything: changes are rare, and each entry costs one query to find again.
func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.entries)
}
