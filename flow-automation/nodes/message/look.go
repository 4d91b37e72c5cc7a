package message

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/beginning"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// mostLooked is how many messages are looked at before a run.
const mostLooked = 100

// fixed are the columns that the table has whatever comes; nil where the fields of bodies become columns, or an expression
// decides whether they are JSON.
func (c Read) fixed() []table.Column {
	if c.Spread || c.Format != JSON && c.Format != Text && c.Format != Binary {
		return nil
	}
	var list []table.Column
	for _, col := range c.columns() {
		list = append(list, col.Column)
	}
	return list
}

// look shows the last messages that are kept, which nobody takes away by that; where they cannot be shown, the columns that
// messages have.
func look(ctx context.Context, call *node.Call, c Read) (value.Outputs, node.Looked, error) {
	looked := node.Looked{Unit: node.LookedMessages, Source: c.Topic, Connection: c.Connection}
	if problems := c.Check(); len(problems) > 0 {
		return nil, looked, node.Invalid(problems)
	}
	conn, err := node.Connect[connector.Messages](ctx, call, c.Connection)
	if err != nil {
		return nil, looked, err
	}
	defer func() { _ = conn.Close() }() // it has only looked
	last, err := conn.Last(ctx, c.Topic, min(c.Messages, mostLooked))
	var e *errs.Error
	if errors.As(err, &e) && e.Code == connector.CodeNotKept {
		looked.More = true
	} else if err != nil {
		return nil, looked, node.Placed(err, places)
	}
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, looked, err
	}
	defer remove()
	path := filepath.Join(dir, "messages")
	n, err := c.write(path, last)
	if err != nil {
		return nil, looked, err
	}
	looked.Objects, looked.Of = int64(n), int64(n)
	looked.More = looked.More || n < len(last) || n == mostLooked
	t, err := c.table(ctx, call, path)
	if err != nil {
		return nil, looked, node.Placed(err, places)
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, looked, nil
}

// write puts messages into a file, as many as are not too large together.
func (c Read) write(path string, messages []connector.Message) (n int, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) //nolint:gosec // in a folder made for it
	if err != nil {
		return 0, errs.Internal(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := rowtext.NewWriter(f, c.names())
	size := 0
	for _, m := range messages {
		if size += m.Bytes(); size > beginning.Bytes {
			break
		}
		if err := c.row(out, m); err != nil {
			return n, err
		}
		n++
	}
	return n, out.Close()
}
