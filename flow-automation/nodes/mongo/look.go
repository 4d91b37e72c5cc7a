package mongo

import (
	"context"
	"errors"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
)

// look reads the first documents, also those that were read before.
func look(ctx context.Context, call *node.Call, c Read) (value.Outputs, node.Looked, error) {
	looked := node.Looked{Unit: node.LookedDocuments, Source: c.Collection, Connection: c.Connection}
	if problems := c.problems(); len(problems) > 0 {
		return nil, looked, node.Invalid(problems)
	}
	conn, err := node.Connect[connector.Collections](ctx, call, c.Connection)
	if err != nil {
		return nil, looked, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	req := c.request()
	if req.Bytes = beginning.Bytes; req.Limit == 0 || req.Limit > beginning.Rows {
		req.Limit = beginning.Rows
	}
	if c.Incremental != "" {
		req.Since = &connector.Since{Column: c.Incremental}
	}
	reading, err := conn.Read(ctx, req)
	if err != nil {
		return nil, looked, c.placed(err)
	}
	out, rows, err := beginning.Take(ctx, call, reading)
	looked.More = reading.Cut || rows == beginning.Rows && c.Limit != beginning.Rows
	if errors.Is(err, beginning.ErrLarge) { // as text they are larger
		out, err = beginning.Columns(ctx, call, reading.Columns)
		rows, looked.More = 0, true
	}
	looked.Objects, looked.Of = rows, rows
	return out, looked, c.placed(err)
}

// request is what is asked for, from the beginning on.
func (c Read) request() connector.ReadRequest {
	return connector.ReadRequest{
		Path: c.path(), Columns: c.Fields, Limit: c.Limit,
		Documents: connector.Documents{Filter: c.Filter, Projection: c.Projection, Sort: c.Sort, Pipeline: c.Pipeline},
	}
}

// placed names the field that an error is about.
func (c Read) placed(err error) error {
	fields := map[string]string{connector.CodeColumn: "with.fields", connector.CodeQuery: "with.filter", connector.CodeType: "with.incremental"}
	if c.Incremental != "" {
		fields[connector.CodeColumn] = "with.incremental"
	}
	if c.Pipeline != "" {
		fields[connector.CodeQuery] = "with.pipeline"
	}
	return node.Placed(err, fields, places)
}
