package rows

import (
	"context"
	"fmt"
	"io"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// giver gives the rows of a table that came in, and tells their number as the progress of the call.
type giver struct {
	call     *node.Call
	in       value.Value
	req      connector.WriteRequest
	rounding table.Rounding
	columns  []table.StreamColumn // of what was given last
	most     int64                // rows that went by; to name one that was refused, they are read again, which is no progress
}

// give is a connector.Giver.
func (g *giver) give(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
	g.columns = g.req.Rounded(columns, g.rounding)
	return g.call.Env.Tables.Give(ctx, g.call.Tenant, *g.in.Artifact, g.columns, func(ctx context.Context, r io.Reader) error {
		return drain(ctx, &counted{r: r, told: g.tell})
	})
}

func (g *giver) tell(rows int64) {
	if rows > g.most {
		g.most = rows
		g.call.Progress(min(rows, g.in.Table.Rows), g.in.Table.Rows, "rows")
	}
}

// warn tells which values came out as others. The rows are written by then, and stay so when that cannot be found out: it is
// for the log only, and asked after the write, whose locks nobody is to wait for any longer.
func (g *giver) warn(ctx context.Context) {
	rounded, err := g.call.Env.Tables.Rounded(ctx, g.call.Tenant, *g.in.Artifact, g.columns)
	if err != nil {
		g.call.Log("warn", "The rows are written, but whether any values were rounded could not be found out: "+errs.From(err).Message)
	}
	for _, r := range rounded {
		if r.Zone {
			g.call.Log("warn", fmt.Sprintf("Column %q: the zone of %s left out, for %s keeps none: they are the times of UTC, the first in row %d (%s).", r.Column, words.Number(r.Rows, "time was", "times were"), r.Type, r.Row, r.Value))
			continue
		}
		if r.Spaces {
			g.call.Log("warn", fmt.Sprintf("Column %q: the spaces at the end of %s were left out, for %s keeps none, the first in row %d (%q).", r.Column, words.Number(r.Rows, "value", "values"), r.Type, r.Row, r.Value))
			continue
		}
		g.call.Log("warn", fmt.Sprintf("Column %q: %s rounded to fit %s, the first in row %d (%s).", r.Column, words.Number(r.Rows, "value was", "values were"), r.Type, r.Row, r.Value))
	}
}
