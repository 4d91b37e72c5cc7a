package local

import (
	"encoding/json"
	"maps"
	"slices"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

// priorSteps bounds the steps of an earlier run that are looked at within containers.
const priorSteps = 20_000

// prior is an earlier run whose steps are taken over where they would do the same again.
type prior struct {
	*live
	fresh map[string]bool // nodes of the new run that are carried out in any case
	same  map[run.Path]bool
}

// earlier reads the run that this one reuses; what cannot be read is simply done again.
func (r *live) earlier() *prior {
	if r.prior != nil {
		return r.prior
	}
	r.prior = &prior{fresh: map[string]bool{}, same: map[run.Path]bool{}}
	row, _, err := r.e.find(r.ctx, r.head.Tenant, r.head.Reuse)
	if err != nil {
		r.e.logger.Warn("an earlier run cannot be read, so nothing of it is reused", "run", r.head.ID, "earlier", r.head.Reuse, "error", err)
		return r.prior
	}
	keep := func(run.Path) bool { return row.total <= priorSteps }
	h, state, doc, err := r.e.replay(r.ctx, row.no, keep)
	if err != nil {
		r.e.logger.Warn("an earlier run cannot be read, so nothing of it is reused", "run", r.head.ID, "earlier", r.head.Reuse, "error", err)
		return r.prior
	}
	old, err := r.e.newLive(row.no, &h.head, doc, state)
	if err != nil {
		return r.prior
	}
	r.prior.live = old
	r.prior.fresh = following(r.doc.flow.Spec.Nodes, r.head.Fresh)
	return r.prior
}

// following gives the named nodes and all that comes after them, at every level.
func following(nodes []flow.Node, fresh []string) map[string]bool {
	all := map[string]bool{}
	var walk func(nodes []flow.Node, inside bool) bool
	walk = func(nodes []flow.Node, inside bool) (any bool) {
		ancestors := flow.Ancestors(nodes)
		order, _ := flow.Order(nodes)
		byID := make(map[string]*flow.Node, len(nodes))
		for i := range nodes {
			byID[nodes[i].ID] = &nodes[i]
		}
		for _, id := range order {
			is := inside || slices.Contains(fresh, id)
			for up := range ancestors[id] {
				is = is || all[up]
			}
			for _, body := range byID[id].Bodies() {
				if walk(body.Nodes, is) {
					is = true
				}
			}
			if is {
				all[id], any = true, true
			}
		}
		return any
	}
	walk(nodes, false)
	return all
}

// adopts says whether the ordered step would do what it did in the run that this one reuses.
func (r *live) adopts(x run.Execute) bool {
	if r.head.Reuse == "" || (x.Phase != run.Action && x.Phase != run.Open) {
		return false
	}
	p := r.earlier()
	if p.live == nil {
		return false
	}
	if known, ok := p.same[x.Path]; ok {
		return known
	}
	same := r.sameAsBefore(p, x)
	p.same[x.Path] = same
	return same
}

func (r *live) sameAsBefore(p *prior, x run.Execute) bool {
	_, id := x.Path.Split()
	before, ok := p.state.Step(x.Path)
	if !ok || before.Status != run.Succeeded || p.fresh[id] || (r.kind(x.Path).answer && !r.adoptedBefore(x.Path)) {
		return false
	}
	mine, err := r.task(x)
	if err != nil {
		return false
	}
	theirs, err := p.task(x)
	if err != nil {
		return false
	}
	// What an expression sees of the run itself, such as when it began, is no reason to do a thing again.
	theirs.Scope.Run, theirs.Details = mine.Scope.Run, before.Details
	return r.e.executor.Same(r.ctx, mine, theirs)
}

// adopt gives the outcome that the step had in the run that this one reuses; nil when it has to be carried out.
func (r *live) adopt(x run.Execute) run.Event {
	if !r.adopts(x) {
		return nil
	}
	before, _ := r.prior.state.Step(x.Path)
	details := maps.Clone(before.Details)
	if details == nil {
		details = map[string]json.RawMessage{}
	}
	if _, already := details["adopted"]; !already { // the run that did the work is named, not each that took it over
		from, err := json.Marshal(map[string]string{"run": r.head.Reuse})
		if err != nil {
			return nil
		}
		details["adopted"] = from
	}
	now := r.e.now()
	return run.StepSucceeded{At: now, Began: now, Path: x.Path, Attempt: x.Attempt, Outputs: before.Outputs, Details: details}
}
