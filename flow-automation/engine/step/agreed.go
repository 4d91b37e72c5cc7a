package step

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// detailDrift is the fact under which a step keeps how its tables differ from what was agreed on.
const detailDrift = "drift"

// contracts gives those of a node as a text that is the same for the same ones.
func contracts(n *flow.Node) string {
	data, err := json.Marshal(n.Contract)
	if err != nil {
		return err.Error() // they were read from JSON or YAML
	}
	return string(data)
}

// agreed holds the tables that leave the node against its contracts.
func (w *work) agreed(ctx context.Context, outputs value.Outputs) (value.Outputs, error) {
	var all []contract.Drift
	for _, port := range slices.Sorted(maps.Keys(w.task.Node.Contract)) {
		c, v := w.task.Node.Contract[port], outputs[port]
		if v.Kind != value.Table {
			continue // it was not taken
		}
		v, err := w.x.Compute(ctx, w.task.Tenant, v, nil)
		if err != nil {
			return nil, err
		}
		drift := contract.Compare(port, c, v.Table.Columns)
		empty, err := w.empty(ctx, port, c, v)
		if err != nil {
			return nil, err
		}
		drift = append(drift, empty...)
		all = append(all, drift...)
		if back := (contract.Back{Contract: c, Drift: drift}); back.Needed() && contract.Err(drift) == nil {
			t, err := w.x.env.Tables.Run(ctx, w.task.Tenant, w.over(v, back), nil)
			if err != nil {
				return nil, err
			}
			v = fromTable(t)
		}
		outputs[port] = v
	}
	if len(all) > 0 {
		w.detail(detailDrift, all)
	}
	return outputs, contract.Err(all)
}

func (w *work) over(v value.Value, r table.Relation) table.Plan {
	return table.Plan{Node: w.task.Node.ID, Relation: r, Inputs: map[string]table.Source{"table": {Artifact: *v.Artifact}}}
}

// empty finds empty values where there may be none.
func (w *work) empty(ctx context.Context, port string, c flow.Contract, v value.Value) ([]contract.Drift, error) {
	required := contract.Required(c, v.Table.Columns)
	if len(required) == 0 {
		return nil, nil
	}
	page, err := w.x.env.Tables.Preview(ctx, w.task.Tenant, w.over(v, contract.Nulls(required)), table.PreviewOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	var counts []int64
	if len(page.Rows) != 1 || json.Unmarshal(page.Rows[0], &counts) != nil || len(counts) != len(required) {
		return nil, errs.Internal(fmt.Errorf("count the empty values of %d columns", len(required)))
	}
	var drift []contract.Drift
	for i, n := range counts {
		if n > 0 {
			drift = append(drift, contract.NullDrift(port, c, required[i], words.Number(n, "empty value", "empty values")))
		}
	}
	return drift, nil
}
