package step

import "sync"

// knownMost bounds how much is remembered of what a document alone decides; it is analysed at every change, and is mostly
// as it was.
const knownMost = 1000

// known remembers what is costly to find out and never changes. When it is full it begins anew.
type known[V any] struct {
	mu sync.Mutex
	m  map[string]V
}

// get gives what is known under the key, or finds it out; what could not be is asked for again.
func (k *known[V]) get(key string, find func() (V, error)) (V, error) {
	k.mu.Lock()
	v, ok := k.m[key]
	k.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := find()
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) >= knownMost {
		k.m = map[string]V{}
	}
	k.m[key] = v
	return v, nil
}
