package connector

import "sync"

// Shared is what all that is opened by one name has in common, as long as its configuration is the same: the count of
// requests in a second, a token, connections that are kept.
type Shared struct {
	mu  sync.Mutex
	all map[string]any
}

// SharedOf gives the thing of a name, made by the first who asks. Without a Shared each has its own.
func SharedOf[T any](s *Shared, name string, make func() T) T {
	if s == nil {
		return make()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.all[name].(T); ok {
		return have
	}
	made := make()
	if s.all == nil {
		s.all = map[string]any{}
	}
	s.all[name] = made
	return made
}
