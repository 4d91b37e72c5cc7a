package local

import (
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// itemsAtOnce is how many items of a map are under way when its node does not say: enough that the writer's commits
// are well filled, and few enough to be kept in memory. How many are carried out at once is for the workers to say.
const itemsAtOnce = 256

// seen is a copy of what the step sees of other nodes' outputs.
func (r *live) seen(p run.Path, k kind) engine.Outputs {
	view, seen := r.state.View(p), make(engine.NodeOutputs, len(k.reads))
	for _, id := range k.reads {
		if out := view.Outputs(id); out != nil {
			seen[id] = out
		}
	}
	return seen
}

// complete adds to a task what the containers around it, or its own body, have for it.
func (r *live) complete(t *engine.Task, x run.Execute) error {
	switch x.Phase {
	case run.Next:
		t.Phase = engine.Next
		carried := r.state.Carried(x.Path)
		t.Scope.Item, t.Scope.Index = &carried, x.Index
		return r.variables(t, x.Path)
	case run.Close:
		t.Phase = engine.Close
		results, failed := r.state.Results(x.Path)
		t.Gathered.Results = results
		if step, ok := r.state.Step(x.Path); ok {
			if items, ok := step.Items(); ok {
				t.Gathered.Rounds = items.Ended
			}
		}
		for _, f := range failed {
			t.Gathered.Errors = append(t.Gathered.Errors, node.ItemError(f))
		}
		delete(r.items, x.Path)
	case run.Open:
		t.Phase = engine.Open
	}
	if err := r.place(t, x.Path); err != nil {
		return err
	}
	return r.variables(t, x.Path)
}

// place gives a step in a container what is handed to it.
func (r *live) place(t *engine.Task, p run.Path) error {
	place, inside := r.state.Place(p)
	if !inside {
		return nil
	}
	t.Scope.Index = place.Index
	if !place.List {
		t.Scope.Item = &place.Item
		return nil
	}
	items, known := r.items[place.Container]
	if !known {
		var err error
		if items, err = r.e.executor.Items(r.ctx, r.head.Tenant, place.Item); err != nil {
			return err
		}
		r.items[place.Container] = items
	}
	if place.Index >= len(items) {
		return errs.Internal(fmt.Errorf("item %d of %s is asked for, of %d", place.Index, place.Container, len(items)))
	}
	t.Scope.Item = &value.Value{Kind: value.JSON, Data: items[place.Index]}
	return nil
}

// variables lays over the flow's variables those that nodes before the step have set. Of several that set the same one
// the later in the document counts.
func (r *live) variables(t *engine.Task, p run.Path) error {
	if len(r.doc.setters) == 0 {
		return nil
	}
	before := r.doc.before(p)
	vars := maps.Clone(r.scope.Vars)
	if vars == nil {
		vars = map[string]any{}
	}
	view := r.state.View(p)
	for _, id := range r.doc.setters {
		if !slices.Contains(before, id) {
			continue
		}
		out, ok := view.Outputs(id)["values"]
		if !ok {
			continue
		}
		data := out.Data
		if out.Artifact != nil {
			var err error
			if data, err = r.e.executor.Load(r.ctx, r.head.Tenant, out); err != nil {
				return err
			}
		}
		set, err := expr.Decode(data)
		if err != nil {
			return errs.Internal(err)
		}
		if values, is := set.(map[string]any); is {
			maps.Copy(vars, values)
		}
	}
	t.Scope.Vars = vars
	return nil
}
