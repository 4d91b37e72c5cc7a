package step

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// container carries out one part of the work of a node that holds others.
func (w *work) container(ctx context.Context, t *node.Type, call *node.Call) (engine.Outcome, error) {
	c := t.Container
	if c == nil || c.Open == nil {
		return engine.Outcome{}, errs.Internal(fmt.Errorf("a node of type %s holds no others", t.Name))
	}
	switch w.task.Phase {
	case engine.Open:
		opening, err := c.Open(ctx, call)
		if err != nil {
			return engine.Outcome{}, err
		}
		if opening.Item, err = w.small(ctx, opening.Item); err != nil {
			return engine.Outcome{}, err
		}
		return engine.Outcome{Opening: &opening}, nil
	case engine.Next:
		again, err := c.Again(ctx, call)
		return engine.Outcome{Again: again}, err
	}
	outputs, err := c.Close(ctx, call, w.task.Gathered)
	if err != nil {
		return engine.Outcome{}, err
	}
	outputs, err = w.keep(ctx, outputs)
	return engine.Outcome{Outputs: outputs}, err
}

// Load gives the JSON of a value, wherever it lies.
func (x *Executor) Load(ctx context.Context, tenant string, v value.Value) (json.RawMessage, error) {
	return x.json(ctx, tenant, v)
}

// Items takes a list apart.
func (x *Executor) Items(ctx context.Context, tenant string, list value.Value) ([]json.RawMessage, error) {
	data, err := x.json(ctx, tenant, list)
	if err != nil {
		return nil, err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return nil, errs.Invalid("not_a_list", "%s is no list", describe(data))
	}
	return items, nil
}

// pinned gives the outputs that somebody has pinned to the node.
func (w *work) pinned(ctx context.Context, c *compiled) (value.Outputs, error) {
	outputs := make(value.Outputs, len(w.task.Node.Pin))
	for port, pinned := range w.task.Node.Pin {
		data, err := json.Marshal(pinned)
		if err != nil {
			return nil, errs.Invalid("pin_invalid", "What is pinned to %s cannot be written as JSON: %v", port, err)
		}
		v := value.Value{Kind: value.JSON, Data: data}
		for _, p := range c.typ.OutputPorts(nil, false) {
			if p.Name != port {
				continue
			}
			switch p.Kind {
			case value.Table:
				if v, err = w.table(ctx, v); err != nil {
					return nil, err
				}
			case value.File:
				return nil, errs.Invalid("pin_invalid", "A file cannot be pinned; pin the node that reads it").
					With(errs.Detail{Code: "pin_invalid", Message: "This output is a file", Place: errs.Place{Field: "pin." + port}})
			}
		}
		if v, err = w.small(ctx, v); err != nil {
			return nil, err
		}
		outputs[port] = v
	}
	w.detail("pinned", true)
	return outputs, nil
}
