package each

import (
	"bytes"
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/union"
)

// rowsAtOnce is how many rows of a table are read in one go.
const rowsAtOnce = 10_000

// listOf is what came in as a JSON list; of a table, its rows as objects.
func listOf(ctx context.Context, call *node.Call, v value.Value) (json.RawMessage, error) {
	if v.Kind != value.Table || v.Artifact == nil || v.Table == nil {
		return call.JSON(ctx, v)
	}
	if v.Table.Rows > maxItems {
		return nil, wrong("in.items", "too_many_items", "The table has %d rows; at most %d are taken one by one. Work on so many with table or Python nodes", v.Table.Rows, maxItems)
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for offset := int64(0); offset < v.Table.Rows; offset += rowsAtOnce {
		page, err := call.Env.Tables.Page(ctx, call.Tenant, *v.Artifact, table.PageRequest{Offset: offset, Limit: rowsAtOnce})
		if err != nil {
			return nil, err
		}
		names := make([][]byte, len(page.Columns))
		for i, c := range page.Columns {
			names[i] = []byte(quote(c.Name))
		}
		for _, row := range page.Rows {
			var cells []json.RawMessage
			if err := json.Unmarshal(row, &cells); err != nil {
				return nil, errs.Internal(err)
			}
			if b.Len() > 1 {
				b.WriteByte(',')
			}
			b.WriteByte('{')
			for i, cell := range cells {
				if i > 0 {
					b.WriteByte(',')
				}
				b.Write(names[i])
				b.WriteByte(':')
				b.Write(cell)
			}
			b.WriteByte('}')
		}
		call.Progress(min(offset+rowsAtOnce, v.Table.Rows), v.Table.Rows, "rows")
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// tablesOf gives the tables of the items, if every item that did not fail gave one.
func tablesOf(got node.Gathered) []value.Value {
	failed := make(map[int]bool, len(got.Errors))
	for _, e := range got.Errors {
		failed[e.Index] = true
	}
	var tables []value.Value
	for i, v := range got.Results {
		switch {
		case failed[i]:
		case v.Kind != value.Table || v.Artifact == nil:
			return nil
		default:
			tables = append(tables, v)
		}
	}
	return tables
}

// stack puts tables below each other, in their order and by the names of their columns.
func stack(ctx context.Context, call *node.Call, tables []value.Value) (value.Value, error) {
	if len(tables) > maxTables {
		return value.Value{}, errs.Invalid("too_many_tables", "The items gave %d tables; at most %d are put together. Give values in place of tables, or map in parts.", len(tables), maxTables)
	}
	plan := table.Plan{Node: call.NodeID, Relation: union.Config{Match: "name"}, Inputs: make(map[string]table.Source, len(tables))}
	for i, t := range tables {
		plan.Inputs[node.SourceName("table", i)] = table.Source{Artifact: *t.Artifact}
	}
	all, err := call.Env.Tables.Run(ctx, call.Tenant, plan, func(rows, total int64, _ float64) { call.Progress(rows, total, "rows") })
	if err != nil {
		return value.Value{}, err
	}
	return value.Value{Kind: value.Table, Artifact: &all.Artifact, Table: &all.Meta}, nil
}
