package local

import (
	"context"
	"sync"
	"sync/atomic"

	"dataflow/flow-automation/engine"
)

// pendingLogs bounds the log lines that wait for a slow watcher; older ones are dropped, and can be read with Logs.
const pendingLogs = 1000

// hub tells watchers what happens.
type hub struct {
	count atomic.Int64 // of watchers, to make the common case of none cheap
	seq   atomic.Int64

	mu       sync.Mutex
	closed   bool
	watchers map[*watcher]bool
}

func newHub() *hub { return &hub{watchers: map[*watcher]bool{}} }

// watcher gathers events for one channel. Of a run and of a step only the latest state waits; a newer one takes the
// place of an older one that was not fetched.
type watcher struct {
	tenant, run string // run "" watches all runs of the tenant, without logs

	mu      sync.Mutex
	states  map[string]engine.Event // by run and step
	order   []string                // keys of states, oldest first
	logs    []engine.Event
	lastLog int64
	over    bool // the run has ended: nothing follows
	wake    chan struct{}
}

func (h *hub) add(tenant, run string) *watcher {
	w := &watcher{tenant: tenant, run: run, states: map[string]engine.Event{}, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		w.end()
		return w
	}
	h.watchers[w] = true
	h.count.Add(1)
	return w
}

func (h *hub) remove(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[w] {
		delete(h.watchers, w)
		h.count.Add(-1)
	}
}

// close ends all watching.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		w.end()
	}
}

// watched says whether anybody would be told of the run.
func (h *hub) watched(tenant, run string) bool {
	if h.count.Load() == 0 {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		if w.wants(tenant, run) {
			return true
		}
	}
	return false
}

func (h *hub) publish(tenant, run string, e engine.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		if w.wants(tenant, run) {
			w.put(e, false)
		}
	}
}

func (w *watcher) wants(tenant, run string) bool {
	return w.tenant == tenant && (w.run == "" || w.run == run)
}

// put adds an event. One of the present state, which was read after watching began, gives way to what came meanwhile.
func (w *watcher) put(e engine.Event, present bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over && !present {
		return
	}
	key := ""
	switch {
	case e.Log != nil:
		if w.run == "" || e.Log.Seq <= w.lastLog {
			return
		}
		w.lastLog = e.Log.Seq
		if w.logs = append(w.logs, e); len(w.logs) > pendingLogs {
			w.logs = w.logs[1:]
		}
	case e.Step != nil:
		key = e.Step.RunID + "/" + e.Step.NodeID
	case e.Run != nil:
		key = e.Run.ID
	}
	if key != "" {
		if _, waits := w.states[key]; !waits {
			w.order = append(w.order, key)
		} else if present {
			return
		}
		w.states[key] = e
	}
	// The run's end comes after all of its steps; nothing follows it.
	if e.Run != nil && w.run != "" && e.Run.Status.Final() {
		w.over = true
	}
	w.poke()
}

func (w *watcher) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.poke()
}

func (w *watcher) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest event that waits. Logs come before states, so that a step's lines precede its end, and the
// run's end is last.
func (w *watcher) next() (e engine.Event, ok, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.logs) > 0 {
		e, w.logs = w.logs[0], w.logs[1:]
		return e, true, false
	}
	if len(w.order) == 0 {
		return e, false, w.over
	}
	key := w.order[0]
	w.order = w.order[1:]
	if w.over && w.run != "" && key == w.run && len(w.order) > 0 {
		w.order = append(w.order, key)
		key, w.order = w.order[0], w.order[1:]
	}
	e = w.states[key]
	delete(w.states, key)
	return e, true, false
}

// pump hands events to the channel until ctx ends or the run has.
func (w *watcher) pump(ctx context.Context, h *hub, out chan<- engine.Event) {
	defer close(out)
	defer h.remove(w)
	for {
		e, ok, over := w.next()
		if over {
			return
		}
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		e.Seq = h.seq.Add(1)
		select {
		case out <- e:
		case <-ctx.Done():
			return
		}
	}
}
