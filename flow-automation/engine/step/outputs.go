package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// relation materialises a table node. It makes a plan of one relation over artifacts; fusing neighbours means giving
// plans as sources here.
func (w *work) relation(ctx context.Context, t *node.Type, config json.RawMessage, inputs map[string][]value.Value) (value.Outputs, error) {
	relation, err := t.Relation(config)
	if err != nil {
		return nil, err
	}
	plan := table.Plan{Node: w.task.Node.ID, Relation: relation, Inputs: make(map[string]table.Source, len(inputs))}
	named := make(map[string]table.Input, len(inputs))
	for port, values := range inputs {
		for i, v := range values {
			if v.Artifact == nil {
				return nil, errs.Internal(fmt.Errorf("a table without an artifact came in at %s", port))
			}
			name := node.SourceName(port, i)
			plan.Inputs[name] = table.Source{Artifact: *v.Artifact}
			named[name] = table.Input{Port: name, Name: `"` + name + `"`}
			if v.Table != nil {
				in := named[name]
				in.Columns = v.Table.Columns
				named[name] = in
			}
		}
	}
	if query, err := relation.Query(named); err == nil {
		w.detail("sql", query.Text)
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
	port := "table"
	if len(t.Outputs) == 1 {
		port = t.Outputs[0].Name
	}
	return value.Outputs{port: fromTable(result)}, nil
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
