package crash

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// receiver is the outside world: a server that notes every effect that reaches it.
type receiver struct {
	server *http.Server
	addr   string

	mu    sync.Mutex
	calls []call
	busy  map[string]int // how often a path was refused
}

type call struct {
	method, path, key string
}

func newReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		return nil, err
	}
	r := &receiver{addr: l.Addr().String(), busy: map[string]int{}}
	r.server = &http.Server{Handler: http.HandlerFunc(r.handle), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(l) }() // ends with close
	return r, nil
}

func (r *receiver) close() { _ = r.server.Close() }

func (r *receiver) handle(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(req.URL.Path, "/flaky/") {
		if r.busy[req.URL.Path]++; r.busy[req.URL.Path] == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	r.calls = append(r.calls, call{req.Method, req.URL.Path, req.Header.Get("Idempotency-Key")})
	w.WriteHeader(http.StatusOK)
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// judge checks the effects against their classes: one that may not be repeated came once, and every step's calls bear
// one key that no other step has.
func (r *receiver) judge(report *Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, owners, unsafe := map[string]string{}, map[string]string{}, map[string]int{}
	for _, c := range r.calls {
		if c.method == http.MethodPost {
			if unsafe[c.path]++; unsafe[c.path] == 2 {
				report.fault(&report.Repeated, "%s came twice", c.path)
			}
		}
		if c.method == http.MethodGet {
			continue
		}
		if known, seen := keys[c.path]; seen && known != c.key {
			report.fault(&report.Unstable, "%s came with the keys %s and %s", c.path, known, c.key)
		}
		keys[c.path] = c.key
		if owner, seen := owners[c.key]; seen && owner != c.path {
			report.fault(&report.Unstable, "%s and %s bear the same key", owner, c.path)
		}
		owners[c.key] = c.path
	}
}
