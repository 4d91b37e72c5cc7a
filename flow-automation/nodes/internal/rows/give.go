package rows

import (
	"context"
	"fmt"
	"io"
	"slices"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// giver gives the rows of a table that came in, tells their number as the progress of the call, and knows which values came out
// as others.
type giver struct {
	call     *node.Call
	in       value.Value
	rounding table.Rounding
	rounded  []table.Rounded // of what was given last
}

// give is a connector.Giver.
func (g *giver) give(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
	columns = slices.Clone(columns)
	for i := range columns {
		columns[i].Room.Rounding = g.rounding
	}
	given, err := g.call.Env.Tables.Give(ctx, g.call.Tenant, *g.in.Artifact, columns, func(ctx context.Context, r io.Reader) error {
		return drain(ctx, &counted{r: r, told: func(rows int64) { g.call.Progress(min(rows, g.in.Table.Rows), g.in.Table.Rows, "rows") }})
	})
	if err != nil {
		return given, err
	}
	g.rounded, err = g.call.Env.Tables.Rounded(ctx, g.call.Tenant, *g.in.Artifact, columns)
	return given, err
}

// warn tells what came out as another value.
func (g *giver) warn() {
	for _, r := range g.rounded {
		g.call.Log("warn", fmt.Sprintf("Column %q: %s rounded to fit %s, the first in row %d (%s).", r.Column, words.Number(r.Rows, "value was", "values were"), r.Type, r.Row, r.Value))
	}
}
