package rows

import (
	"context"
	"io"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// Giver gives the rows of a table that came in, and tells their number as the progress of the call.
func Giver(call *node.Call, in value.Value) connector.Giver {
	return func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
		return call.Env.Tables.Give(ctx, call.Tenant, *in.Artifact, columns, func(ctx context.Context, r io.Reader) error {
			return drain(ctx, &counted{r: r, told: func(rows int64) { call.Progress(min(rows, in.Table.Rows), in.Table.Rows, "rows") }})
		})
	}
}
