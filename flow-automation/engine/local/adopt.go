package local

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

// prior is an earlier run whose steps are taken over where they would do the same again.
type prior struct {
	*live
	fresh map[string]bool // nodes of the new run that are carried out in any case
	same  map[run.Path]bool
}

// recall reads the run that this one reuses. What cannot be read just now is tried again until the run is canceled or the
// server stops: to go on without would repeat what was done already.
func (r *live) recall() error {
	for {
		err := r.readPrior()
		var known *errs.Error
		var never damaged
		if err == nil || errors.As(err, &known) || errors.As(err, &never) || r.e.db.Dialect.IsDamaged(err) {
			return err
		}
		r.e.logger.Error("an earlier run cannot be read just now, so the run that reuses it waits", "run", r.head.ID, "earlier", r.head.Reuse, "error", err)
		again := make(chan struct{})
		t := r.e.clock.AfterFunc(retryAfter, func() { close(again) })
		select {
		case <-again:
		case <-r.ctx.Done():
			t.Stop()
			return context.Cause(r.ctx)
		}
	}
}

func (r *live) readPrior() error {
	found, err := r.e.reusable(r.e.soft, r.head.Tenant, r.head.Reuse)
	if err != nil {
		return err
	}
	h, state, doc, err := r.e.replay(r.e.soft, found.no, func(run.Path) bool { return true })
	if err != nil {
		return err
	}
	first := h.head // alone: the events need not stay in memory
	old, err := r.e.newLive(found.no, &first, doc, state)
	if err != nil {
		return damaged{err}
	}
	r.prior = &prior{old, following(r.doc.flow.Spec.Nodes, r.head.Fresh), map[run.Path]bool{}}
	return nil
}

// lost is the error of a run that cannot take over what it should.
func lost(earlier string, cause error) *errs.Error {
	why := cause.Error()
	var known *errs.Error
	if errors.As(cause, &known) {
		why = known.Message
	}
	return errs.Conflict(engine.CodeReuseLost, "The steps of the run %s cannot be taken over, so none is carried out: %s", earlier, why).
		WithHint("Start the flow from its beginning, if doing all of it again does no harm.")
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
	p := r.prior
	if p == nil || (x.Phase != run.Action && x.Phase != run.Open) {
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
	for _, v := range before.Outputs {
		if v.Deferred() { // whether it may be one is another question now, and it is quickly made
			return false
		}
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
