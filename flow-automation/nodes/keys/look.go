package keys

import (
	"context"
	"errors"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// How much is looked at before a run: somebody waits for it, and few keys among many may fit.
const (
	mostLooked = 100
	lookTime   = 6 * time.Second
)

// look reads a few keys. Where they take long or are large, the columns alone are given, which are always the same.
func look(ctx context.Context, call *node.Call, c Read) (value.Outputs, node.Looked, error) {
	return c.look(ctx, call, lookTime)
}

func (r Read) look(ctx context.Context, call *node.Call, most time.Duration) (value.Outputs, node.Looked, error) {
	looked := node.Looked{Unit: node.LookedRows, Source: r.Pattern, Connection: r.Connection}
	conn, err := node.Connect[connector.Tables](ctx, call, r.Connection)
	if err != nil {
		return nil, looked, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	reading, err := conn.Read(within, connector.ReadRequest{Path: connector.Path{Table: r.Pattern}, Columns: r.Columns, Limit: mostLooked})
	var out value.Outputs
	if err == nil {
		out, looked.Objects, err = beginning.Take(within, call, reading)
		looked.More = looked.Objects >= mostLooked
	}
	if columns := r.columns(); columns != nil && ctx.Err() == nil && (errors.Is(err, beginning.ErrLarge) || err != nil && within.Err() != nil) {
		stream := make([]table.StreamColumn, len(columns))
		for i, col := range columns {
			stream[i].Column = col
		}
		out, err = beginning.Columns(ctx, call, stream)
		looked.Objects, looked.More = 0, true
	}
	looked.Of = looked.Objects
	return out, looked, node.Placed(err, places)
}
