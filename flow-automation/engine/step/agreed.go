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
	"dataflow/ide-go-lib/table/sqltype"
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
	if len(w.task.Node.Contract) == 0 {
		return outputs, nil
	}
	outputs = maps.Clone(outputs)
	var all []contract.Drift
	for _, port := range slices.Sorted(maps.Keys(w.task.Node.Contract)) {
		c := w.task.Node.Contract[port]
		v, taken := outputs[port]
		if !taken {
			continue
		}
		if v.Kind != value.Table {
			return nil, errs.Invalid("contract_no_table", "The output %s gave a %s; only tables have columns to agree on.", port, v.Kind).
				With(errs.Detail{Code: "contract_no_table", Message: "This is no table", Place: errs.Place{Field: "contract." + port}})
		}
		v, err := w.x.Compute(ctx, w.task.Tenant, v, nil)
		if err != nil {
			return nil, err
		}
		w.find(port, v.Table.Columns)
		drift, err := w.compare(ctx, port, table.Source{Artifact: *v.Artifact}, v.Table.Columns, 0)
		if err != nil {
			return nil, err
		}
		empty, err := w.empty(ctx, port, c, v)
		if err != nil {
			return nil, err
		}
		drift = append(drift, empty...)
		all = append(all, contract.Told(drift)...)
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
	if w.lenient {
		return outputs, nil
	}
	return outputs, contract.Err(all)
}

// texts are the columns that are agreed to be of texts, unless they may have any type.
func texts(c flow.Contract) (names []string) {
	if c.Retyped == flow.DriftAdd {
		return nil
	}
	for _, col := range c.Columns {
		if typ, ok := sqltype.Parse(col.Type); ok && typ == "VARCHAR" {
			names = append(names, col.Name)
		}
	}
	return names
}

// compare finds how a table differs from what was agreed on. Where a type does, the values tell whether it was only guessed.
func (w *work) compare(ctx context.Context, port string, from table.Source, columns []table.Column, sample int64) ([]contract.Drift, error) {
	c := w.task.Node.Contract[port]
	drift := contract.Compare(port, c, columns)
	doubtful := contract.Doubtful(c, drift)
	if len(doubtful) == 0 {
		return drift, nil
	}
	plan := table.Plan{Node: w.task.Node.ID, Relation: doubtful, Inputs: map[string]table.Source{"table": from}}
	page, err := w.x.env.Tables.Preview(ctx, w.task.Tenant, plan, table.PreviewOptions{Limit: 1, Sample: sample})
	if err != nil {
		return nil, err
	}
	var answers []int
	if len(page.Rows) != 1 || json.Unmarshal(page.Rows[0], &answers) != nil || len(answers) != len(doubtful) {
		return nil, errs.Internal(fmt.Errorf("look at the values of %d columns", len(doubtful)))
	}
	doubtful.Settle(drift, answers)
	return drift, nil
}

// agreedPlan puts the contract of the node's table on top of a plan for it. Rows are looked at only where types differ.
func (w *work) agreedPlan(ctx context.Context, port string, plan table.Plan) (table.Plan, error) {
	c, ok := w.task.Node.Contract[port]
	if !ok {
		return plan, nil
	}
	found, err := w.x.env.Tables.Preview(ctx, w.task.Tenant, plan, table.PreviewOptions{ColumnsOnly: true, Sample: previewSample})
	if err != nil {
		return plan, err
	}
	w.find(port, found.Columns)
	drift, err := w.compare(ctx, port, table.Source{Plan: &plan}, found.Columns, previewSample)
	if err != nil {
		return plan, err
	}
	if err := contract.Err(drift); err != nil {
		if w.lenient {
			return plan, nil
		}
		return plan, err
	}
	if back := (contract.Back{Contract: c, Drift: drift}); back.Needed() {
		return table.Plan{Node: w.task.Node.ID, Relation: back, Inputs: map[string]table.Source{"table": {Plan: &plan}}}, nil
	}
	return plan, nil
}

// find notes what was there before the contract.
func (w *work) find(port string, columns []table.Column) {
	if w.found == nil {
		w.found = map[string][]table.Column{}
	}
	w.found[port] = columns
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
			drift = append(drift, contract.NullDrift(port, c, required[i], n))
		}
	}
	return drift, nil
}
