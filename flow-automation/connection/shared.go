package connection

import (
	"crypto/sha256"
	"slices"
	"sync"

	"dataflow/ide-go-lib/connector"
)

// shared is what the connections of one name have in common while their configuration is the same.
type shared struct {
	mu  sync.Mutex
	all map[gateKey][]configured // the one that was used last comes last
}

type configured struct {
	config [sha256.Size]byte
	shared *connector.Shared
}

// mostConfigured is how many configurations of a name are kept: the saved one, and one that somebody tries.
const mostConfigured = 2

func (s *shared) of(key gateKey, config []byte) *connector.Shared {
	sum := sha256.Sum256(config)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[gateKey][]configured{}
	}
	list := s.all[key]
	found := configured{sum, &connector.Shared{}}
	if i := slices.IndexFunc(list, func(c configured) bool { return c.config == sum }); i >= 0 {
		found = list[i]
		list = slices.Delete(list, i, i+1)
	}
	list = append(list, found)
	s.all[key] = list[max(0, len(list)-mostConfigured):]
	return found.shared
}

// forget drops what the connections of a name had in common.
func (s *shared) forget(key gateKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, key)
}
