package run

import (
	"slices"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// frame is one instance of a level: the steps of the run's top, or of one round of a container's body.
type frame struct {
	level *level
	path  string // what the paths of its steps begin with: "" at the top, else such as each[3]/
	index int    // which item or round; -1 at the top and in a try
	body  bodyKind
	owner *frame // the frame that the container's step is in
	at    int    // the container's node in owner

	steps     []Step
	unsettled []int32 // by node: upstream nodes beside it that may still change
	done      int
	visible   map[string]value.Outputs
}

func (f *frame) reset() {
	n := len(f.level.nodes)
	if cap(f.steps) < n {
		f.steps, f.unsettled = make([]Step, n), make([]int32, n)
		f.visible = make(map[string]value.Outputs, n)
	} else {
		clear(f.steps)
		clear(f.visible)
	}
	for i := range f.level.nodes {
		f.unsettled[i] = int32(f.level.nodes[i].upstream) //nolint:gosec // a flow has far fewer nodes
	}
	f.done = 0
}

// container is the step whose body the frame is an instance of.
func (f *frame) container() ref { return ref{f.owner, f.at} }

// ref is one step.
type ref struct {
	f *frame
	i int
}

func (r ref) step() *Step { return &r.f.steps[r.i] }
func (r ref) node() *node { return &r.f.level.nodes[r.i] }
func (r ref) path() Path  { return Path(r.f.path + r.f.level.nodes[r.i].id) }

// enter decides on the steps of a fresh frame that wait for nothing beside them.
func (s *State) enter(f *frame) {
	for i := range f.steps {
		if f.unsettled[i] == 0 && f.steps[i].Status == Pending {
			s.decide = append(s.decide, ref{f, i})
		}
	}
}

// open makes a frame for one more instance of a container's body.
func (s *State) open(container ref, kind bodyKind, index int) {
	l := container.node().bodies[kind]
	var f *frame
	if spare := s.spare[l]; len(spare) > 0 {
		f = spare[len(spare)-1]
		s.spare[l] = spare[:len(spare)-1]
	} else {
		f = &frame{level: l}
	}
	f.owner, f.at, f.body, f.index = container.f, container.i, kind, index
	f.path = instance(container.f.path, container.node().id, index)
	f.reset()
	c := container.step().scope
	c.open = append(c.open, f)
	s.enter(f)
}

// keepFirst is how many ended instances of a container's body stay known, and keepAll how many of the whole run.
const (
	keepFirst = 100
	keepAll   = 2000
)

// closed lets go of a frame that has ended, unless somebody may want to look at it.
func (s *State) closed(f *frame) {
	c := f.container().step().scope
	for k, open := range c.open {
		if open == f {
			c.open = append(c.open[:k], c.open[k+1:]...)
			break
		}
	}
	keep := len(c.kept) < keepFirst && s.kept < keepAll
	if s.options.Keep != nil {
		keep = s.options.Keep(Path(f.path[:len(f.path)-1]))
	}
	if keep {
		s.kept++
		c.kept = slices.Insert(c.kept, c.place(f.index, f.body), f)
		return
	}
	s.spent = append(s.spent, f)
}

// recycle makes the frames that the Apply before has closed available again; until now somebody may have looked at them
// through Changed.
func (s *State) recycle() {
	if len(s.spent) == 0 {
		return
	}
	if s.spare == nil {
		s.spare = map[*level][]*frame{}
	}
	for _, f := range s.spent {
		if len(s.spare[f.level]) < keepFirst {
			s.spare[f.level] = append(s.spare[f.level], f)
		}
	}
	clear(s.spent)
	s.spent = s.spent[:0]
}

// find gives the step with that path. Within a container it is found while its instance is under way or kept.
func (s *State) find(p Path) (ref, error) {
	f, rest := s.root, string(p)
	for {
		id, index, deeper, inside := segment(rest)
		if !inside {
			if i, ok := f.level.index[rest]; ok {
				return ref{f, i}, nil
			}
			break
		}
		i, ok := f.level.index[id]
		if !ok || f.steps[i].scope == nil {
			break
		}
		next := f.steps[i].scope.instance(index, deeper)
		if next == nil {
			break
		}
		f, rest = next, deeper
	}
	return ref{}, errs.NotFound(codeUnknownStep, "The flow has no step %q.", p)
}

// current finds the step and says whether the attempt is the one ordered; a later number was never ordered. A step of a
// container's instance that is gone has ended.
func (s *State) current(p Path, attempt int) (r ref, step *Step, live bool, err error) {
	r, err = s.find(p)
	if err != nil {
		if s.gone(p) {
			err = nil
		}
		return ref{}, nil, false, err
	}
	step = r.step()
	if attempt > step.Attempt || attempt < 1 {
		return ref{}, nil, false, errs.Conflict(codeNotOrdered, "Attempt %d at step %q was not ordered.", attempt, p)
	}
	return r, step, attempt == step.Attempt && step.out, nil
}

// awaited is as current, and takes the outcome of another run for live, too.
func (s *State) awaited(p Path, attempt int) (r ref, step *Step, live bool, err error) {
	r, step, live, err = s.current(p, attempt)
	if err == nil && step != nil && !live {
		live = attempt == step.Attempt && step.suspended() && step.Wait.Kind == WaitChild
	}
	return r, step, live, err
}

// gone says whether the path names a step of a container's instance that has ended and is not kept.
func (s *State) gone(p Path) bool {
	outer, id := p.Split()
	if outer == "" || s.graph.byID[id] == nil {
		return false
	}
	f, rest := s.root, string(p)
	for {
		at, index, deeper, inside := segment(rest)
		if !inside {
			return false
		}
		i, ok := f.level.index[at]
		if !ok || f.steps[i].scope == nil {
			return ok && f.steps[i].Status.Final()
		}
		c := f.steps[i].scope
		next := c.instance(index, deeper)
		if next == nil {
			return index < c.next
		}
		f, rest = next, deeper
	}
}

// Step gives one step as it is now.
func (s *State) Step(p Path) (Step, bool) {
	r, err := s.find(p)
	if err != nil {
		return Step{}, false
	}
	return *r.step(), true
}

// Live says whether the attempt is ordered or under way.
func (s *State) Live(p Path, attempt int) bool {
	_, _, live, err := s.current(p, attempt)
	return err == nil && live
}

// Each calls f for every step that is known, in the order of the document; those in a container follow it by instance.
func (s *State) Each(f func(p Path, n *flow.Node, step *Step)) { s.root.each(f) }

func (f *frame) each(visit func(p Path, n *flow.Node, step *Step)) {
	for i := range f.steps {
		r := ref{f, i}
		visit(r.path(), r.node().doc, r.step())
		if c := r.step().scope; c != nil {
			for _, inner := range c.known() {
				inner.each(visit)
			}
		}
	}
}

// Changed calls f for every step that the latest Apply changed; a step may come twice.
func (s *State) Changed(f func(p Path, n *flow.Node, step *Step)) {
	for _, r := range s.changed {
		f(r.path(), r.node().doc, r.step())
	}
}

// View is what a step can see of the outputs of others. It is the state's own: the next Apply changes it, and nobody
// else may.
type View struct{ f *frame }

// View gives what the step sees.
func (s *State) View(p Path) View {
	r, err := s.find(p)
	if err != nil {
		return View{s.root}
	}
	return View{r.f}
}

// Outputs gives what a node beside the step, or around the container it is in, has given.
func (v View) Outputs(id string) value.Outputs {
	for f := v.f; f != nil; f = f.owner {
		if _, here := f.level.index[id]; here {
			return f.visible[id]
		}
	}
	return nil
}

// Place says where in its containers a step is: the innermost instance, and what is handed to it. Item is the list of
// all items for a map, and the thing itself for a loop or a catch; ok is false at the top.
type Place struct {
	Container Path // of which the step is in the body
	Index     int
	Item      value.Value
	List      bool // Item is a list, of which the step sees the one at Index
}

// Place gives the place of a step. A try adds nothing to what is seen around it, except in its catch.
func (s *State) Place(p Path) (place Place, ok bool) {
	r, err := s.find(p)
	if err != nil || r.f.owner == nil {
		return Place{}, false
	}
	f := r.f
	owner := f.container()
	place = Place{Container: owner.path(), Index: max(f.index, 0)}
	c := owner.step().scope
	switch {
	case owner.node().kind == mapContainer:
		place.Item, place.List = c.item, true
	case f.body == catchBody:
		place.Item = errorValue(owner.node().id, 0, c.caught)
	case owner.node().kind == tryContainer: // a try adds nothing: what is around it is seen
		return s.Place(owner.path())
	default:
		place.Item = c.item
	}
	return place, true
}

// Out says whether something is ordered for the step that has not come to anything yet.
func (s *Step) Out() bool { return s.out }
