package step

import (
	"bytes"
	"context"
	"encoding/json"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
)

// detailOutside is the fact under which a step keeps the state of the world that it was carried out in, as its type tells it
// apart.
const detailOutside = "outside"

// outside gives that state and keeps it with the step. It is false when it cannot be told, so that nothing can be taken
// over; the work then says why.
func (w *work) outside(ctx context.Context, c *compiled, config json.RawMessage) (key string, ok bool) {
	if c.typ.Key == nil {
		return "", true
	}
	key, err := c.typ.Key(ctx, w.call(c, config, nil))
	if err != nil {
		return "", false
	}
	w.detail(detailOutside, key)
	return key, true
}

// sameOutside says whether the world outside is, for a, as it was when b was carried out.
func (x *Executor) sameOutside(ctx context.Context, c *compiled, a, b engine.Task) bool {
	if c.typ.Key == nil {
		return true
	}
	w := &work{x: x, task: &a}
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return false
	}
	_, ok := w.outside(ctx, c, config)
	return ok && bytes.Equal(w.details[detailOutside], b.Details[detailOutside])
}

// looksOutside says whether what the node gives, or a node in it, depends on more than its configuration and what comes in.
func (x *Executor) looksOutside(n *flow.Node) bool {
	if c := x.compiled(n); c.err == nil && (c.typ.Key != nil || c.typ.Answer) {
		return true
	}
	for _, body := range n.Bodies() {
		for i := range body.Nodes {
			if x.looksOutside(&body.Nodes[i]) {
				return true
			}
		}
	}
	return false
}
