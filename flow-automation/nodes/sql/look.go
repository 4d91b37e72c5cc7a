package sql

import (
	"context"
	"errors"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table/sqltext"
)

// rowsTime is how long the first rows may take; after that the columns alone are asked for.
const rowsTime = 6 * time.Second

// selects begins what can stand within another query, as the limit does.
var selects = pattern.Of(`(?is)^(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values)\b`)

// look reads the first rows, also those that were read before. Where they take long or are large, the database describes
// the columns without reading.
func look(ctx context.Context, call *node.Call, c Read) (value.Outputs, node.Looked, error) {
	return c.look(ctx, call, rowsTime)
}

func (c Read) look(ctx context.Context, call *node.Call, most time.Duration) (value.Outputs, node.Looked, error) {
	looked := node.Looked{Unit: node.LookedRows, Source: c.Table, Connection: c.Connection}
	if problems := c.problems(); len(problems) > 0 {
		return nil, looked, node.Invalid(problems)
	}
	if c.Table == "" && (sqltext.CheckStatement(c.Query.Text) != nil || !selects.MatchString(c.Query.Text)) {
		return nil, looked, node.Unseen("Only a single SELECT is asked of a database without a run.")
	}
	req := connector.ReadRequest{Path: c.path(), Columns: c.Columns, Query: c.Query, Limit: beginning.Rows}
	if c.Incremental != "" {
		req.Since = &connector.Since{Column: c.Incremental}
	}
	within, cancel := context.WithTimeout(ctx, most)
	out, rows, err := c.first(within, call, req)
	late := within.Err() != nil && ctx.Err() == nil
	cancel()
	looked.More = rows == beginning.Rows
	if err != nil && (late || errors.Is(err, beginning.ErrLarge)) {
		req.Limit, req.Describe = 0, true
		out, rows, err = c.first(ctx, call, req)
		looked.More = true
	}
	looked.Objects, looked.Of = rows, rows
	return out, looked, err
}

// first takes what is asked for, on a connection of its own: one that was given up does no more.
func (c Read) first(ctx context.Context, call *node.Call, req connector.ReadRequest) (value.Outputs, int64, error) {
	conn, err := node.Connect[connector.Tables](ctx, call, c.Connection)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	reading, err := conn.Read(ctx, req)
	if err != nil {
		return nil, 0, c.placed(err)
	}
	out, rows, err := beginning.Take(ctx, call, reading)
	return out, rows, c.placed(err)
}

// placed names the field that an error is about.
func (c Read) placed(err error) error {
	fields := map[string]string{connector.CodeColumn: "with.columns"}
	switch {
	case c.Incremental != "":
		fields[connector.CodeColumn] = "with.incremental"
	case c.Table == "":
		fields[connector.CodeColumn], fields[connector.CodeTable] = "with.query", "with.query"
	}
	return node.Placed(err, fields, places)
}
