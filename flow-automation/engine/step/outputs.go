package step

import (
	"bytes"
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// relation makes the table of a table node, or, where its one reader can compute it along, a plan of it.
func (w *work) relation(ctx context.Context, c *compiled, config json.RawMessage, inputs map[string][]value.Value) (value.Outputs, error) {
	t := c.typ
	plan, query, err := w.plan(ctx, t.Relation, config, inputs)
	if err != nil {
		return nil, err
	}
	if query != "" {
		w.detail("sql", query)
	}
	if w.deferrable(c) {
		if v, ok, err := w.deferred(ctx, t, config, inputs, plan); ok || err != nil {
			return value.Outputs{tablePort(t): v}, err
		}
	}
	progress := func(rows, total int64, _ float64) {
		if w.task.Progress != nil {
			w.task.Progress(rows, total, "rows")
		}
	}
	result, err := w.x.env.Tables.Run(ctx, w.task.Tenant, plan, progress)
	if err != nil {
		return nil, err
	}
	for _, o := range result.Odd {
		if w.task.Log != nil {
			w.task.Log("warn", o.String())
		}
	}
	if query == "" { // it had to look at rows first
		w.detail("sql", result.SQL)
	}
	return value.Outputs{tablePort(t): fromTable(result)}, nil
}

// tablePort is where a table node's table leaves it.
func tablePort(t *node.Type) string {
	if len(t.Outputs) == 1 {
		return t.Outputs[0].Name
	}
	return "table"
}

// plan makes a plan of a node's relation, with its own SQL for people to read, where that can be told.
func (w *work) plan(ctx context.Context, of func(json.RawMessage) (table.Relation, error), config json.RawMessage, inputs map[string][]value.Value) (plan table.Plan, query string, err error) {
	relation, err := of(config)
	if err != nil {
		return plan, "", err
	}
	plan = table.Plan{Node: w.task.Node.ID, Relation: relation, Inputs: make(map[string]table.Source, len(inputs))}
	named := make(map[string]table.Input, len(inputs))
	for port, values := range inputs {
		for i, v := range values {
			name := node.SourceName(port, i)
			if plan.Inputs[name], err = w.x.Source(ctx, w.task.Tenant, v); err != nil {
				return plan, "", err
			}
			named[name] = table.Input{Port: name, Name: `"` + name + `"`}
			if v.Table != nil {
				in := named[name]
				in.Columns = v.Table.Columns
				named[name] = in
			}
		}
	}
	if w.task.Log != nil && !w.preview {
		for _, d := range doubtsOf(relation, named) {
			w.task.Log("warn", d.Message)
		}
	}
	if q, err := relation.Query(named); err == nil {
		query = q.Text
	}
	return plan, query, nil
}

// keep puts large values away as artifacts.
func (w *work) keep(ctx context.Context, outputs value.Outputs) (value.Outputs, error) {
	for port, v := range outputs {
		if len(v.Data) <= value.InlineMax {
			continue
		}
		kept, err := w.small(ctx, v)
		if err != nil {
			return nil, err
		}
		outputs[port] = kept
	}
	return outputs, nil
}

// small gives the value itself when it may stay inline, else a reference to where it is kept.
func (w *work) small(ctx context.Context, v value.Value) (value.Value, error) {
	if len(v.Data) <= value.InlineMax || w.x.env == nil || w.x.env.Artifacts == nil {
		return v, nil
	}
	media := v.MediaType
	if media == "" {
		media = "application/json"
	}
	ref, err := w.x.env.Artifacts.Put(ctx, w.task.Tenant, bytes.NewReader(v.Data), media)
	if err != nil {
		return value.Value{}, err
	}
	v.Data, v.Artifact = nil, &ref
	return v, nil
}
