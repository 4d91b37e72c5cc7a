package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// perItem lets a node evaluate a field's expressions itself, once for each item, on all that its step sees.
func (w *work) perItem(c *compiled) func(context.Context, string, func(string) string) (node.ItemEval, error) {
	return func(ctx context.Context, field string, escape func(string) string) (node.ItemEval, error) {
		tree := c.perItem[field]
		if tree == nil {
			return nil, nil
		}
		scope, err := w.x.scope(ctx, w.task.Tenant, &w.task.Scope, c.refs)
		if err != nil {
			return nil, err
		}
		scope.Escape = escape
		before := fmt.Appendf(nil, "{%q:", field)
		return func(ctx context.Context, item any, index int) (json.RawMessage, error) {
			scope.Next(item, index)
			object, err := tree.Eval(ctx, scope)
			if err != nil {
				return nil, atItem(err, index)
			}
			return bytes.TrimSuffix(bytes.TrimPrefix(object, before), []byte("}")), nil
		}, nil
	}
}

// besideItems is what the expressions of fields for items refer to besides the items: the configuration has only their
// text, so that a content key made of it alone would miss a parameter that has changed.
func (w *work) besideItems(c *compiled) (json.RawMessage, error) {
	if c.perItem == nil {
		return nil, nil
	}
	s := &w.task.Scope
	seen := map[string]any{}
	look := func(ref expr.Ref) {
		var v any
		switch ref.Root {
		case "params":
			v = s.Params
		case "vars":
			v = s.Vars
		case "run":
			v = s.Run
		case "trigger":
			v = s.Trigger.Data
		case "nodes":
			v = s.Of(ref.Path[0])
		default:
			return // item and index
		}
		name := ref.Root
		if m, is := v.(map[string]any); is && len(ref.Path) > 0 {
			name, v = name+"."+ref.Path[0], m[ref.Path[0]]
		} else if ref.Root == "nodes" {
			name += "." + ref.Path[0]
		}
		seen[name] = v
	}
	for _, tree := range c.perItem {
		tree.Walk(func(_ string, text *expr.Template) {
			for _, ref := range text.Refs() {
				look(ref)
			}
			if text.Calls("now") {
				seen["now()"] = began(s.Run)
			}
		})
	}
	data, err := json.Marshal(seen)
	if err != nil {
		return nil, errs.Internal(err)
	}
	return data, nil
}

// atItem says with which item an evaluation failed.
func atItem(err error, index int) error {
	e := *errs.From(err)
	e.Details = append([]errs.Detail{}, e.Details...)
	for i, d := range e.Details {
		d.Field = "with." + d.Field
		d.Row = int64(index) + 1
		d.Message = fmt.Sprintf("item %d: %s", index+1, d.Message)
		e.Details[i] = d
	}
	return &e
}
