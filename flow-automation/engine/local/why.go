package local

import (
	"fmt"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/words"
)

// why says why the run does not go on by itself, or "". mu is held.
func (r *live) why() string {
	s := r.state
	switch {
	case s.Status() != run.Running:
		return ""
	case s.PausedBy() != "":
		return fmt.Sprintf("Paused by %s.", s.PausedBy())
	case !s.Resting():
		return r.e.whyStuck()
	}
	var reasons []string
	s.Each(func(p run.Path, _ *flow.Node, step *run.Step) {
		if step.Status == run.Waiting && len(reasons) < 3 {
			reasons = append(reasons, string(p)+": "+whyWaiting(step))
		}
	})
	return strings.Join(reasons, " ")
}

// whyQueued says why a run that is not in memory has not begun, or does not go on.
func (e *Engine) whyQueued(r *row) string {
	if r.status.Final() {
		return ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.adm.queued[r.no]
	switch {
	case w == nil:
		return ""
	case w.why != "":
		return w.why
	case w.began:
		return "It goes on when its turn comes after the start of the server."
	}
	return fmt.Sprintf("%s carried out at once, and %s.", words.Number(e.maximum, "run is", "runs are"), words.Number(len(e.adm.queued), "waits", "wait"))
}

// whyWaiting says what a step waits for.
func whyWaiting(s *run.Step) string {
	switch {
	case s.Held:
		return "The run is paused."
	case s.Wait == nil:
		return fmt.Sprintf("Attempt %d begins at %s.", s.Attempt+1, clockTime(s.RetryAt))
	}
	until := ""
	if s.Wait.Until != 0 {
		until = fmt.Sprintf(", until %s at most", clockTime(s.Wait.Until))
	}
	switch s.Wait.Kind {
	case run.WaitTime:
		return fmt.Sprintf("Waits until %s.", clockTime(s.Wait.Until))
	case run.WaitCallback:
		return "Waits for a call" + until + "."
	case run.WaitApproval:
		if s.Wait.Escalated {
			return "Waits for an approval, of further people by now" + until + "."
		}
		return "Waits for an approval" + until + "."
	case run.WaitChild:
		return fmt.Sprintf("Waits for the run %s.", s.Wait.Child)
	}
	return "Waits."
}

func clockTime(i run.Instant) string { return i.Time().Format(time.DateTime) + " UTC" }

// whyStep says why a step has not begun or does not go on. mu is held.
func (r *live) whyStep(p run.Path, n *flow.Node, s *run.Step) string {
	switch s.Status {
	case run.Pending:
		return r.awaited(p, n)
	case run.Queued:
		return r.whyNoWorker(p)
	case run.Running:
		a, ok := r.attempts.Load(p)
		if !ok {
			return ""
		}
		waits, held := r.e.seats.wanted(a.(*attempt))
		switch {
		case waits != nil && waits.seat.Connection != "":
			return fmt.Sprintf("Waits for a place at the connection %q.%s", waits.seat.Connection, r.holding(held))
		case waits != nil:
			return fmt.Sprintf("Waits for a place of the table engine.%s", r.holding(held))
		case a.(*attempt).returning():
			return r.whyNoWorker(p)
		}
	case run.Waiting:
		return whyWaiting(s)
	}
	return ""
}

// whyNoWorker says who has the workers that the step waits for, or "" when there is one.
func (r *live) whyNoWorker(p run.Path) string {
	_, id := p.Split()
	name := r.doc.kinds[id].pool
	busy, before, held := r.e.pool(name).load()
	if busy == 0 {
		return ""
	}
	all := fmt.Sprintf("All %d workers for %s are busy", busy, name)
	if busy == 1 {
		all = fmt.Sprintf("The only worker for %s is busy", name)
	}
	return fmt.Sprintf("%s; %s.%s", all, words.Number(before, "step waits", "steps wait"), r.holding(held))
}

// awaited names the nodes that the step waits for.
func (r *live) awaited(p run.Path, n *flow.Node) string {
	scope, _ := p.Split()
	prefix := ""
	if scope != "" {
		prefix = string(scope) + "/"
	}
	var names []string
	for _, id := range n.Upstream() {
		if s, ok := r.state.Step(run.Path(prefix + id)); ok && !s.Status.Final() {
			names = append(names, id)
		}
	}
	if len(names) == 0 {
		return "Waits for the run to begin."
	}
	return "Waits for " + strings.Join(names, ", ") + "."
}

// waitView is what callers see of a wait.
func waitView(s *run.Step) *engine.Wait {
	w := s.Wait
	if w == nil {
		return nil
	}
	return &engine.Wait{
		Kind: w.Kind.String(), Until: moment(w.Until), Escalate: moment(w.Escalate), Escalated: w.Escalated, Child: w.Child, Data: w.Data,
	}
}
