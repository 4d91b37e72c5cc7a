package local

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/telemetry"
)

const (
	// jumpLeast is by how much a clock has to be set to be worth telling.
	jumpLeast = 5 * time.Second
	// calm is how long after it was set nothing is removed for its age: the clock may have been set wrongly.
	calm = time.Hour
)

// clockWatch knows whether the clock was set lately. Time limits and retries go by the time that really passes, so they do
// not care; waits for a moment are set anew.
type clockWatch struct {
	mu   sync.Mutex
	by   time.Duration
	at   time.Time
	stop func()
	met  prometheus.Counter
	over clock.Timer
}

func newClockWatch(to prometheus.Registerer) *clockWatch {
	w := &clockWatch{met: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "dataflow_clock_jumps_total", Help: "How often the machine's clock was set by more than a few seconds.",
	})}
	if to != nil {
		to.MustRegister(w.met)
	}
	return w
}

// watchClock begins to watch, where the clock is one that can be set.
func (e *Engine) watchClock() error {
	c, ok := e.clock.(clock.Jumper)
	if !ok {
		return nil
	}
	stop, err := c.OnJump(e.clockJumped)
	if err != nil {
		return err
	}
	e.clockWatch.mu.Lock()
	e.clockWatch.stop = stop
	e.clockWatch.mu.Unlock()
	return nil
}

// clockJumped sets waits for a moment anew.
func (e *Engine) clockJumped(by time.Duration) {
	if by.Abs() < jumpLeast {
		return
	}
	w := e.clockWatch
	e.logger.Warn("the clock was set; waits for a moment go by what it shows now, and nothing is removed for its age for a while", "by", by.Round(time.Second), "calm", calm)
	w.met.Inc()
	w.mu.Lock()
	w.by, w.at = by, e.clock.Now()
	if w.over != nil {
		w.over.Stop()
	}
	w.over = e.clock.AfterFunc(calm, func() {
		w.mu.Lock()
		w.by = 0
		w.mu.Unlock()
	})
	w.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.adm.clockSet(by, e.now())
	for _, r := range e.byNo {
		r.inbox.put(clockSet{})
	}
}

func (w *clockWatch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
	if w.over != nil {
		w.over.Stop()
	}
}

// steady says whether the clock was not set lately.
func (e *Engine) steady() bool {
	e.clockWatch.mu.Lock()
	defer e.clockWatch.mu.Unlock()
	return e.clockWatch.by == 0
}

// Clock is the machine's clock as a health check: degraded for a while after it was set.
func (e *Engine) Clock(context.Context) (telemetry.Status, string) {
	w := e.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == 0 {
		return telemetry.OK, ""
	}
	return telemetry.Degraded, fmt.Sprintf("was set by %s at %s; nothing is removed for its age until it has been steady for %s",
		w.by.Round(time.Second), w.at.Format(time.RFC3339), calm)
}

// clockSet says that the clock was set. It is no event of the run: the run's goroutine sets its timers anew.
type clockSet struct{ run.Event }

// forMoment says whether a timer is for a moment; all others are for a time that has to pass.
func forMoment(t run.Timer) bool { return t.Kind == run.WaitTimer || t.Kind == run.EscalateTimer }

// rearm sets the timers anew that are for a moment.
func (r *live) rearm() {
	for t, known := range r.timers {
		if forMoment(t) {
			r.setTimer(run.SetTimer{Timer: t, At: known.at})
		}
	}
}

// early says whether a timer came before its moment, as it does when the clock has just been set back, and sets it anew.
func (r *live) early(e run.TimerFired) bool {
	known, ok := r.timers[e.Timer]
	if !ok || !forMoment(e.Timer) || e.At >= known.at {
		return false
	}
	r.setTimer(run.SetTimer{Timer: e.Timer, At: known.at})
	return true
}
