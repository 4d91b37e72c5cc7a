package local

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

const codeConcurrency = "concurrency_limit"

// admission decides which runs are carried out: as many as the engine takes at once, of each group and rate no more than
// it lets, by priority and fairly between tenants. A place is held by a run's number in a set, never by a counter, so
// that none can be lost. The engine's mu guards all of it.
type admission struct {
	queue  fair[*waiting]
	queued map[int64]*waiting
	groups map[string]*group
	rates  map[string]*rate
}

// waiting is a run that is durable and not in memory.
type waiting struct {
	no       int64
	id       string
	tenant   string
	flow     string
	priority int
	limits   limits
	began    bool   // it has begun before the server was started, and holds its places already
	why      string // what it waits for, beyond its turn
}

// group is the runs of one key that are under way, those that only wait for something included.
type group struct {
	limit   int
	members map[int64]string // identifiers by number
	kept    map[int64]bool   // the members that no newer run replaces
	// replaceable are those that have no place yet and that a newer run replaces, where the flow wants the newest.
	replaceable map[int64]string
	line        []*waiting // those that wait for a place, by priority
}

// rate is when runs of one flow began lately.
type rate struct {
	starts []run.Instant // ascending; as many as the limit
	line   []*waiting
	timer  bool
}

func newAdmission() admission {
	return admission{queued: map[int64]*waiting{}, groups: map[string]*group{}, rates: map[string]*rate{}}
}

// enqueue makes the run wait for its turn.
func (a *admission) enqueue(w *waiting) {
	a.queued[w.no] = w
	a.queue.push(w.tenant, w.priority, w)
	for _, g := range w.limits.Groups {
		if g.OnLimit == cancelOlder && !w.began {
			a.group(w.tenant, g).replaceable[w.no] = w.id
		}
	}
}

func groupKey(tenant string, g engine.Group) string { return tenant + "\x00" + g.Key }

func (a *admission) group(tenant string, g engine.Group) *group {
	key := groupKey(tenant, g)
	known := a.groups[key]
	if known == nil {
		known = &group{members: map[int64]string{}, kept: map[int64]bool{}, replaceable: map[int64]string{}}
		a.groups[key] = known
	}
	known.limit = g.Limit
	return known
}

// full gives the first of the run's groups that has no place for it.
func (a *admission) full(tenant string, groups []engine.Group) (engine.Group, *group) {
	for _, g := range groups {
		if known := a.group(tenant, g); len(known.members) >= known.limit {
			return g, known
		}
	}
	return engine.Group{}, nil
}

func (a *admission) join(no int64, id, tenant string, groups []engine.Group) {
	for _, g := range groups {
		known := a.group(tenant, g)
		known.members[no] = id
		if g.Keep {
			known.kept[no] = true
		}
		delete(known.replaceable, no)
	}
}

// leave gives up the places of a run that has ended, and lets those in line wait for their turn.
func (a *admission) leave(no int64, tenant string, groups []engine.Group) {
	for _, g := range groups {
		key := groupKey(tenant, g)
		known := a.groups[key]
		if known == nil {
			continue
		}
		delete(known.members, no)
		delete(known.kept, no)
		delete(known.replaceable, no)
		a.wake(known)
		if len(known.members) == 0 && len(known.replaceable) == 0 && len(known.line) == 0 {
			delete(a.groups, key)
		}
	}
}

// wake lets as many of those in line as the group has room for wait for their turn.
func (a *admission) wake(g *group) {
	free := g.limit - len(g.members)
	for free > 0 && len(g.line) > 0 {
		w := g.line[0]
		g.line = g.line[1:]
		if a.queued[w.no] == w {
			w.why = ""
			a.queue.push(w.tenant, w.priority, w)
			free--
		}
	}
}

// pass lets others have the places that w cannot take, since it waits in the line of a full group. Those that need the same
// as w go there, too, so that a place is offered once to each kind of run and not to each run.
func (a *admission) pass(w *waiting, full *group) {
	for _, g := range w.limits.Groups {
		known := a.group(w.tenant, g)
		if len(known.members) >= known.limit {
			continue
		}
		known.line = slices.DeleteFunc(known.line, func(v *waiting) bool {
			same := slices.Equal(v.limits.Groups, w.limits.Groups)
			if same {
				v.why = w.why
				full.line = append(full.line, v)
			}
			return same
		})
		slices.SortFunc(full.line, byTurn)
		a.wake(known)
	}
}

// byTurn orders a line: one that comes back to it has its old place.
func byTurn(a, b *waiting) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.no, b.no))
}

func inLine(line []*waiting, w *waiting) []*waiting {
	i := len(line)
	for i > 0 && byTurn(line[i-1], w) > 0 {
		i--
	}
	return slices.Insert(line, i, w)
}

// admit lets queued runs begin as far as there is room.
func (e *Engine) admit() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.open && e.active < e.maximum {
		w, ok := e.adm.queue.pop()
		if !ok {
			return
		}
		if e.adm.queued[w.no] != w {
			continue // canceled meanwhile
		}
		if !w.began {
			if g, known := e.adm.full(w.tenant, w.limits.Groups); known != nil {
				w.why = whyFull(g)
				known.line = inLine(known.line, w)
				e.adm.pass(w, known)
				continue
			}
			if !e.inRate(w) {
				continue
			}
			e.adm.join(w.no, w.id, w.tenant, w.limits.Groups)
		}
		e.take(w)
		go e.resume(w.no, nil)
	}
}

// take counts a run that waited as one that is carried out. mu is held.
func (e *Engine) take(w *waiting) {
	delete(e.adm.queued, w.no)
	e.active++
	e.actors.Add(1)
}

// inRate says whether the rate of the run's flow lets it begin now, and notes that it does; otherwise it is put in line
// and a timer brings it back. mu is held.
func (e *Engine) inRate(w *waiting) bool {
	if w.limits.Rate == nil {
		return true
	}
	key, per := w.tenant+"\x00"+w.flow, w.limits.Rate.Per.Std(time.Minute)
	r := e.adm.rates[key]
	if r == nil {
		r = &rate{starts: e.lately(w, w.limits.Rate.Limit)}
		e.adm.rates[key] = r
	}
	now := e.now()
	if n := len(r.starts); n >= w.limits.Rate.Limit {
		if free := r.starts[n-w.limits.Rate.Limit].Add(per); free > now {
			w.why = fmt.Sprintf("At most %s within %s; the next may at %s.", words.Number(w.limits.Rate.Limit, "run of the flow begins", "runs of the flow begin"), w.limits.Rate.Per, free.Time().Format(time.TimeOnly))
			r.line = inLine(r.line, w)
			if !r.timer {
				r.timer = true
				e.clock.AfterFunc(free.Sub(now), func() { e.rateFree(key) })
			}
			return false
		}
	}
	r.starts = append(r.starts, now)
	if extra := len(r.starts) - w.limits.Rate.Limit; extra > 0 {
		r.starts = slices.Delete(r.starts, 0, extra)
	}
	return true
}

func (e *Engine) rateFree(key string) {
	e.mu.Lock()
	if r := e.adm.rates[key]; r != nil {
		r.timer = false
		for _, w := range r.line {
			if e.adm.queued[w.no] == w {
				w.why = ""
				e.adm.queue.push(w.tenant, w.priority, w)
			}
		}
		r.line = nil
	}
	e.mu.Unlock()
	e.admit()
}

// clockSet lets rates go by the time that really passes. None of their runs has begun after now.
func (a *admission) clockSet(by time.Duration, now run.Instant) {
	for _, r := range a.rates {
		for i, start := range r.starts {
			r.starts[i] = min(start.Add(by), now)
		}
	}
}

// rateMax bounds how many runs are looked at for a rate.
const rateMax = 10_000

// lately reads when the latest runs of the flow began, so that a restart gives nobody a second helping.
func (e *Engine) lately(w *waiting, limit int) (starts []run.Instant) {
	now := e.now()
	begun := []engine.Status{engine.Running, engine.Succeeded, engine.Failed, engine.Canceled}
	q := &listing{tenant: w.tenant, filter: engine.RunFilter{FlowID: w.flow, Statuses: begun}, by: newestFirst, limit: min(limit, rateMax)}
	err := e.reading(e.soft, func(tx *sql.Tx) error {
		parts, err := q.plan(e.soft, tx)
		if err != nil {
			return err
		}
		keys, err := q.merge(e.soft, tx, parts)
		if err != nil {
			return err
		}
		return rowsAt(e.soft, tx, keys, func(r *row) {
			if r.started > 0 && len(starts) < limit {
				starts = append(starts, min(r.started, now)) // the clock may have been set back since
			}
		})
	})
	if err != nil {
		e.logger.Error("the latest runs of a flow cannot be read, so its rate begins anew", "error", err)
	}
	slices.Sort(starts)
	return starts
}

func whyFull(g engine.Group) string {
	return fmt.Sprintf("%s under way, and no more are at once.", underWay(g))
}

// underWay says how many runs fill a group, as in: 2 runs of the flow with the key "north" are.
func underWay(g engine.Group) string {
	kind, rest, _ := strings.Cut(g.Key, ":")
	whose := " of the flow"
	if kind == "backfill" {
		whose = " of the backfill"
	} else if _, value, keyed := strings.Cut(rest, ":"); keyed {
		whose += fmt.Sprintf(" with the key %q", value)
	}
	return words.Number(g.Limit, "run"+whose+" is", "runs"+whose+" are")
}

// groupsOf gives what bounds a run: its flow's own concurrency, and what the request asks for.
func (e *Engine) groupsOf(ctx context.Context, req *engine.StartRequest, doc *document) ([]engine.Group, error) {
	groups := req.Groups
	c := doc.flow.Spec.Concurrency
	if c == nil {
		return groups, nil
	}
	key := "flow:" + req.FlowID
	if req.FlowID == "" {
		key = "name:" + doc.flow.Metadata.Name
	}
	if c.Key != "" {
		v, err := e.executor.Evaluate(ctx, req.Tenant, c.Key, engine.Scope{Params: req.Params, Vars: doc.flow.Spec.Vars, Trigger: req.Trigger})
		if err != nil {
			cause := errs.From(err)
			return nil, errs.Invalid("concurrency_key", "The key of the flow's concurrency cannot be evaluated: %s", cause.Message).
				With(errs.Detail{Code: "concurrency_key", Message: cause.Message, Place: errs.Place{Field: "spec.concurrency.key"}})
		}
		key += fmt.Sprintf(":%v", v)
	}
	own := engine.Group{Key: key, Limit: c.Limit, OnLimit: c.OnLimit}
	if req.Backfill != "" { // whoever asks for many runs at once wants each of them
		own.OnLimit, own.Keep = "queue", true
	}
	return append([]engine.Group{own}, groups...), nil
}

// refused is why a run was not begun.
func refused(g engine.Group) *errs.Error {
	return errs.Conflict(codeConcurrency, "%s under way already, and no more are at once.", underWay(g)).
		WithHint("Start it again later, or let the flow's concurrency queue runs.")
}
