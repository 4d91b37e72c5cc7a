package step

import (
	"bytes"
	"context"
	"encoding/json"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
)

// detailOutside is the fact under which a step keeps the state of the world that it was carried out in, as its type tells it
// apart.
const detailOutside = "outside"

// widgetConnection is that of fields that name a connection.
const widgetConnection = "connection"

// outside gives that state and keeps it with the step: what the type looks at, and where the node's connections lead to. It is
// false when it cannot be told, so that nothing can be taken over; the work then says why.
func (w *work) outside(ctx context.Context, c *compiled, config json.RawMessage) (key string, ok bool) {
	ways, err := w.ways(ctx, c, config)
	if err != nil {
		return "", false
	}
	if c.typ.Key != nil {
		if key, err = c.typ.Key(ctx, w.call(c, config, nil)); err != nil {
			return "", false
		}
	}
	if len(ways) == 0 {
		if c.typ.Key != nil {
			w.detail(detailOutside, key)
		}
		return key, true
	}
	// A run that is repeated takes over what went to, or came from, the same place, also when somebody else logs in there by now.
	// What is kept for other runs was seen by who logged in then.
	leads, revisions := []string{key}, []string{key}
	for _, way := range ways {
		leads, revisions = append(leads, way.Leads), append(revisions, way.Leads, way.Revision)
	}
	w.detail(detailOutside, leads)
	raw, err := json.Marshal(revisions)
	return string(raw), err == nil
}

// ways gives the connections that the configuration names.
func (w *work) ways(ctx context.Context, c *compiled, config json.RawMessage) (all []node.Way, err error) {
	env := w.x.env
	if len(c.ways) == 0 || env == nil || env.Connections == nil {
		return nil, nil
	}
	var fields map[string]any
	if err := json.Unmarshal(config, &fields); err != nil {
		return nil, err
	}
	for _, field := range c.ways {
		name, _ := fields[field].(string)
		if name == "" {
			continue
		}
		way, err := env.Connections.Way(ctx, w.task.Tenant, name)
		if err != nil {
			return nil, node.At("with."+field, err)
		}
		all = append(all, way)
	}
	return all, nil
}

// sameOutside says whether the world outside is, for a, as it was when b was carried out.
func (x *Executor) sameOutside(ctx context.Context, c *compiled, a, b engine.Task) bool {
	if !c.looksOutside() {
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

// looksOutside says whether what the node gives depends on more than its configuration and what comes in.
func (c *compiled) looksOutside() bool { return c.typ.Key != nil || len(c.ways) > 0 }

// looksOutside says whether what the node gives, or a node in it, depends on more than its configuration and what comes in.
func (x *Executor) looksOutside(n *flow.Node) bool {
	if c := x.compiled(n); c.err == nil && (c.looksOutside() || c.typ.Answer) {
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
