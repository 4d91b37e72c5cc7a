package run

import (
	"encoding/json"
	"slices"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// scope is what a container has under way.
type scope struct {
	count int // items of a map; rounds of a loop so far
	next  int // the next item or round to begin
	limit int
	ended int
	item  value.Value // the list of a map's items, or what a loop carries on

	counted bool // has items or rounds, of which people want to know how many
	collect bool
	results []value.Value // of a map, by item
	errors  []ItemError   // ascending by index once closed

	caught *errs.Error // what the body of a try failed with
	ending *errs.Error // what the container fails with when all is over
	given  value.Value // what a try gives

	open []*frame // instances under way
	kept []*frame // ended instances that stay known, in order
}

// ItemError says why an item of a map failed.
type ItemError struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

var null = value.Value{Kind: value.JSON, Data: json.RawMessage("null")}

// instance finds the instance with that number; of a try, which has none, the one that holds the node named next.
func (c *scope) instance(index int, rest string) *frame {
	is := func(f *frame) bool { return f.index == index && (index >= 0 || f.level.has(rest)) }
	for _, f := range c.open {
		if is(f) {
			return f
		}
	}
	for i := c.place(index, mainBody); i < len(c.kept) && c.kept[i].index == index; i++ {
		if is(c.kept[i]) {
			return c.kept[i]
		}
	}
	return nil
}

// place is where an instance is among those kept, or would be. They may be very many, so they are in order.
func (c *scope) place(index int, body bodyKind) int {
	i, _ := slices.BinarySearchFunc(c.kept, rank(index, body), func(f *frame, want int) int { return rank(f.index, f.body) - want })
	return i
}

// rank orders the instances of a container.
func rank(index int, body bodyKind) int { return index<<2 + int(body) }

// has says whether the level has the node that the path begins with.
func (l *level) has(path string) bool {
	id, _, _, inside := segment(path)
	if !inside {
		id = path
	}
	_, ok := l.index[id]
	return ok
}

// known gives the instances that can be looked at, in order.
func (c *scope) known() []*frame {
	all := slices.Concat(c.kept, c.open)
	slices.SortStableFunc(all, func(a, b *frame) int { return rank(a.index, a.body) - rank(b.index, b.body) })
	return all
}

// opened hands a container's items to its body.
func (s *State) opened(e Opened) error {
	r, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live || step.phase != Open {
		return err
	}
	if e.Count < 0 {
		return errs.Conflict(codeBadCount, "The container %q cannot have %d items.", e.Path, e.Count)
	}
	s.answered(step)
	if step.Status == Queued {
		step.Status, step.Began = Running, e.At
		if e.Began != 0 {
			step.Began = e.Began
		}
		s.armTimeout(r)
	}
	step.tell(e.Details)
	c := &scope{counted: true, item: e.Item, limit: max(e.Limit, 1), collect: e.Collect}
	step.scope = c
	s.touch(r)
	if r.node().kind == loopContainer {
		s.execute(r, Next, 0)
		return nil
	}
	c.count = e.Count
	c.results = make([]value.Value, e.Count)
	s.total += e.Count * len(r.node().bodies[mainBody].nodes)
	s.fill(r)
	return nil
}

// fill begins as many items of a map as may be under way, and closes it when all have ended.
func (s *State) fill(r ref) {
	c := r.step().scope
	for c.next < c.count && len(c.open) < c.limit {
		s.open(r, mainBody, c.next)
		c.next++
	}
	if c.ended == c.count && !r.step().out {
		slices.SortFunc(c.errors, func(a, b ItemError) int { return a.Index - b.Index })
		s.execute(r, Close, 0)
	}
}

// decided begins the next round of a loop, or closes it.
func (s *State) decided(e Decided) error {
	r, step, live, err := s.current(e.Path, e.Attempt)
	if err != nil || !live || step.phase != Next || e.Index != step.scope.next {
		return err
	}
	s.answered(step)
	if !e.Again {
		s.execute(r, Close, 0)
		return nil
	}
	c := step.scope
	c.count++
	s.total += len(r.node().bodies[mainBody].nodes)
	s.open(r, mainBody, c.next)
	c.next++
	s.touch(r)
	return nil
}

// tryOpened begins the body of a try, which needs no preparation.
func (s *State) tryOpened(r ref) {
	r.step().scope = &scope{count: 1}
	s.tryBody(r, mainBody)
}

func (s *State) tryBody(r ref, kind bodyKind) {
	s.total += len(r.node().bodies[kind].nodes)
	s.open(r, kind, -1)
}

// frameEnded goes on with a container one of whose instances has ended.
func (s *State) frameEnded(f *frame, at Instant) {
	r := f.container()
	c := r.step().scope
	failure := f.failure()
	given := null
	if failure == nil {
		given = f.result()
	}
	index, body := f.index, f.body
	c.ended++
	s.closed(f)
	s.touch(r)
	switch r.node().kind {
	case mapContainer:
		s.itemEnded(r, index, given, failure, at)
	case loopContainer:
		if failure != nil {
			s.withdraw(r, at)
			s.fail(r, within(failure, "Round %d: %s", index+1, failure.Message), at)
			return
		}
		c.item = given
		s.execute(r, Next, c.next)
	default:
		s.tryEnded(r, body, given, failure, at)
	}
}

func (s *State) itemEnded(r ref, index int, given value.Value, failure *errs.Error, at Instant) {
	c := r.step().scope
	c.results[index] = given
	if failure != nil {
		if !c.collect {
			s.withdraw(r, at)
			s.fail(r, within(failure, "Item %d: %s", index, failure.Message), at)
			return
		}
		c.errors = append(c.errors, ItemError{index, failure.Code, failure.Message})
	}
	s.fill(r)
}

// tryEnded goes from the body of a try to its catch if the body failed, and from either to its finally.
func (s *State) tryEnded(r ref, body bodyKind, given value.Value, failure *errs.Error, at Instant) {
	c, n := r.step().scope, r.node()
	switch {
	case body == mainBody && failure != nil && n.bodies[catchBody] != nil:
		c.caught = failure
		s.tryBody(r, catchBody)
		return
	case body == finallyBody:
		if failure != nil { // it hides what was before, as in every language
			c.ending = failure
		}
	default:
		c.ending, c.given = failure, given
		if n.bodies[finallyBody] != nil {
			s.tryBody(r, finallyBody)
			return
		}
	}
	s.endAttempt(r, 0)
	step := r.step()
	if c.ending != nil {
		s.fail(r, within(c.ending, "%s", c.ending.Message), at)
		return
	}
	step.Outputs, step.Err = value.Outputs{valuePort: c.given}, nil
	if c.caught != nil {
		step.Outputs[errorPort] = errorValue(n.id, 0, c.caught)
	}
	s.settle(r, Succeeded, at)
}

// within is the error of a container because of one in it.
func within(cause *errs.Error, format string, args ...any) *errs.Error {
	e := errs.New(cause.Status, cause.Code, format, args...)
	e.Hint, e.Details = cause.Hint, cause.Details
	return e
}

// abandon cancels whatever a container has under way.
func (s *State) abandon(c *scope, at Instant) {
	s.total -= c.unbegun()
	for len(c.open) > 0 {
		f := c.open[len(c.open)-1]
		s.cancel(f, at)
		s.closed(f)
	}
	s.decide = slices.DeleteFunc(s.decide, func(r ref) bool { return r.f.orphan() })
	s.full = slices.DeleteFunc(s.full, func(f *frame) bool { return f.orphan() })
	s.held = slices.DeleteFunc(s.held, func(r ref) bool { return r.f.orphan() })
	c.count = min(c.count, c.next)
}

// unbegun is how many steps of a map were counted and will never be.
func (c *scope) unbegun() int {
	if c.results == nil || c.next >= c.count || len(c.open)+len(c.kept) == 0 {
		return 0
	}
	var f *frame
	if len(c.open) > 0 {
		f = c.open[0]
	} else {
		f = c.kept[0]
	}
	return (c.count - c.next) * len(f.level.nodes)
}

// orphan says whether the frame is no longer among those that its container has under way, nor any around it.
func (f *frame) orphan() bool {
	for ; f.owner != nil; f = f.owner {
		c := f.container().step().scope
		if c == nil || !slices.Contains(c.open, f) {
			return true
		}
	}
	return false
}

// cancel ends all steps of a frame that have not ended.
func (s *State) cancel(f *frame, at Instant) {
	for i := range f.steps {
		r := ref{f, i}
		step := r.step()
		if step.Status.Final() {
			continue
		}
		s.withdraw(r, at)
		s.stopDeadline(r)
		step.Status, step.Ended = Canceled, at
		f.done++
		s.done++
		s.touch(r)
	}
}

// Results gives what the items of a map have come to, in order, with the failed ones as null, and their errors; for
// whoever carries out Close. What a loop carries on is one result.
func (s *State) Results(p Path) (results []value.Value, failed []ItemError) {
	r, err := s.find(p)
	if err != nil || r.step().scope == nil {
		return nil, nil
	}
	c := r.step().scope
	if r.node().kind == loopContainer {
		return []value.Value{c.item}, nil
	}
	return c.results, c.errors
}

// Carried gives what a loop carries on at present, for whoever carries out Next.
func (s *State) Carried(p Path) value.Value {
	if r, err := s.find(p); err == nil && r.step().scope != nil {
		return r.step().scope.item
	}
	return null
}
