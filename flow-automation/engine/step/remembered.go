package step

import (
	"context"
	"encoding/json"
	"sync"

	"dataflow/flow-automation/node"
)

// remembered looks into the past once for each fact, so that all of an attempt goes by the same, whatever ends meanwhile.
type remembered struct {
	past  node.Past
	mu    sync.Mutex
	facts map[[5]string]json.RawMessage
}

// Fact implements node.Past.
func (r *remembered) Fact(ctx context.Context, tenant, flow, step, run, detail string) (json.RawMessage, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [5]string{tenant, flow, step, run, detail}
	if fact, known := r.facts[key]; known {
		return fact, nil
	}
	fact, err := r.past.Fact(ctx, tenant, flow, step, run, detail)
	if err != nil {
		return nil, err
	}
	if r.facts == nil {
		r.facts = map[[5]string]json.RawMessage{}
	}
	r.facts[key] = fact
	return fact, nil
}

// env is the world as the attempt sees it.
func (w *work) env() *node.Env {
	if w.x.env == nil || w.x.env.Past == nil && (w.x.env.Marks == nil || !w.trial()) {
		return w.x.env
	}
	if w.world == nil {
		world := *w.x.env
		if world.Past != nil {
			world.Past = &remembered{past: world.Past}
		}
		if world.Marks != nil && w.trial() {
			world.Marks = unmoved{world.Marks, w.task.Log}
		}
		w.world = &world
	}
	return w.world
}
