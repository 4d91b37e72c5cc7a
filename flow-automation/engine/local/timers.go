package local

import "dataflow/flow-automation/run"

func (r *live) setTimer(c run.SetTimer) {
	if r.timers == nil {
		r.timers = map[run.Timer]timer{}
	}
	r.stopTimer(c.Timer)
	wait := c.At.Sub(r.e.now())
	r.timers[c.Timer] = timer{c.At, r.e.clock.AfterFunc(max(wait, 0), func() {
		r.inbox.put(run.TimerFired{At: r.e.now(), Timer: c.Timer})
	})}
}

func (r *live) stopTimer(t run.Timer) {
	if known, ok := r.timers[t]; ok {
		known.Stop()
		delete(r.timers, t)
	}
}
