package duck

import (
	"slices"
	"sync"
	"testing"

	"dataflow/ide-go-lib/table"
)

// watched is table.Places that notes what it is told.
type watched struct {
	mu      sync.Mutex
	told    []string
	awaited chan func() bool
}

func (w *watched) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, what)
}

func (w *watched) Await(seat table.Seat, full func() bool) table.Place {
	w.note("await " + seat.Kind)
	w.awaited <- full
	return w
}

func (w *watched) Rest()  { w.note("rest") }
func (w *watched) Take()  { w.note("take") }
func (w *watched) Leave() { w.note("leave") }

// TestPlacesAreTold: whoever is at work for a step lets it be seen that it waits for others.
func TestPlacesAreTold(t *testing.T) {
	e := newEngine(t)
	var others []*session
	for range cap(e.pool.slots) {
		s, err := e.session(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, s)
	}
	w := &watched{awaited: make(chan func() bool, 1)}
	ended := make(chan error, 1)
	go func() {
		_, err := e.Run(table.WithPlaces(t.Context(), w), tenant, sqlPlan("SELECT 1 AS n"), nil)
		ended <- err
	}()
	full := <-w.awaited
	if !full() {
		t.Error("no place is free, and that is not said")
	}
	others[0].close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if full() {
		t.Error("a place is free, and that is not said")
	}
	for _, s := range others[1:] {
		s.close()
	}
	if want := []string{"await query", "take", "leave"}; !slices.Equal(w.told, want) {
		t.Errorf("told %q, not %q", w.told, want)
	}
}
