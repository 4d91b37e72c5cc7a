package local_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/telemetry"
)

// settable is the machine's clock, but it can be set.
type settable struct {
	clock.System
	mu     sync.Mutex
	offset time.Duration
	told   []func(time.Duration)
}

func (s *settable) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.System.Now().Add(s.offset)
}

func (s *settable) OnJump(f func(by time.Duration)) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, f)
	return func() {}, nil
}

func (s *settable) set(by time.Duration) {
	s.mu.Lock()
	s.offset += by
	told := s.told
	s.mu.Unlock()
	for _, f := range told {
		f(by)
	}
}

// A clock that is set by hours is said to have been; runs go on, and what waits for a moment goes by what the clock shows.
func TestClockIsSetByHours(t *testing.T) {
	c := &settable{}
	h := buildTidy(t, func(cfg *local.Config) {
		cfg.Clock = c
		cfg.Housekeeping.Default = local.Retention{Age: time.Hour}
	})
	health := func() telemetry.Status {
		status, _ := h.Clock(t.Context())
		return status
	}
	old := h.ends(bigResult, map[string]any{"mark": "o"})
	until := c.Now().Add(3 * time.Hour).Format(time.RFC3339)
	waits := h.start(engine.StartRequest{Document: h.doc("waits", fmt.Sprintf(`nodes: [{id: wait, type: control.wait, with: {until: %q}}]`, until))})
	h.until(waits.ID, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Waiting })
	gate := h.probe.hold("busy")
	busy := h.start(engine.StartRequest{Document: h.doc("busy", `nodes: [{id: work, type: test.probe, with: {name: busy}, timeout: 1h}]`)})
	h.until(busy.ID, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Running })
	h.want(string(health()), "ok")

	c.set(-5 * time.Hour)
	h.want(string(health()), "degraded")
	h.status(h.ends(bigResult, map[string]any{"mark": "b"}), engine.Succeeded)
	if got, err := h.Run(t.Context(), "t", waits.ID); err != nil || got.Status.Final() {
		t.Errorf("a wait ended before its time: %+v, %v", got, err)
	}
	c.set(9 * time.Hour)
	h.status(h.wait(waits.ID), engine.Succeeded)
	if got, err := h.Run(t.Context(), "t", busy.ID); err != nil || got.Status.Final() {
		t.Errorf("a step that had an hour was given up after moments: %+v, %v", got, err)
	}
	close(gate)
	h.status(h.wait(busy.ID), engine.Succeeded)
	h.tidy()
	if _, err := h.Run(t.Context(), "t", old.ID); err != nil {
		t.Error("a run was removed for its age when the clock had just been set:", err)
	}
	h.want(h.counted("t", ""), "map[succeeded:4]")
}

// What a flow may begin in some time is not withheld for as long as the clock was set back.
func TestRatesGoByTheTimeThatPasses(t *testing.T) {
	c := &settable{}
	h := build(t, func(cfg *local.Config) { cfg.Clock = c })
	begin := func() engine.Run {
		return h.start(engine.StartRequest{Document: h.doc("f", `
rate: {limit: 1, per: 1s}
nodes: [{id: v, type: value.set, with: {value: 1}}]
`)})
	}
	h.status(h.wait(begin().ID), engine.Succeeded)
	c.set(-2 * time.Hour)
	h.status(h.wait(begin().ID), engine.Succeeded)
	c.mu.Lock()
	c.offset -= 2 * time.Hour // while the server is away, so that nobody tells it
	c.mu.Unlock()
	h.restart()
	h.status(h.wait(begin().ID), engine.Succeeded)
}
