package local

import "dataflow/flow-automation/run"

// adoptedBefore says whether all that comes before the step was taken over from an earlier run, or skipped.
func (r *live) adoptedBefore(p run.Path) bool {
	for _, id := range r.doc.before(p) {
		step, ok := r.beside(p, id)
		if !ok || (step.Status != run.Skipped && step.Details["adopted"] == nil) {
			return false
		}
	}
	return true
}

// beside finds the step of a node that lies beside the step, or around the containers that it is in.
func (r *live) beside(p run.Path, id string) (run.Step, bool) {
	scope, _ := p.Split()
	for scope != "" {
		if step, ok := r.state.Step(scope + "/" + run.Path(id)); ok {
			return step, true
		}
		scope, _ = scope.Split()
	}
	return r.state.Step(run.Path(id))
}
