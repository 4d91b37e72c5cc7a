// Package beginning takes the first rows of a source to be looked at before a run.
package beginning

import (
	"context"
	"errors"
	"io"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// How much is looked at: somebody waits for it, and the system has other work.
const (
	Rows  = 1000
	Bytes = 32 << 20
)

// ErrLarge says that the first rows have more than Bytes.
var ErrLarge = errors.New("the first rows are too large to be looked at")

// Take gives the rows of a reading, and how many there are.
func Take(ctx context.Context, call *node.Call, r *connector.Reading) (value.Outputs, int64, error) {
	w := &limited{}
	feed := func(ctx context.Context, to io.Writer) error {
		w.to = to
		return r.Feed(ctx, w)
	}
	t, err := call.Env.Tables.Take(ctx, call.Tenant, r.Columns, feed, nil)
	switch {
	case err != nil && (w.over || errs.From(err).Code == table.CodeLargeRow): // whatever the system calls it
		return nil, 0, ErrLarge
	case err != nil:
		return nil, 0, err
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, t.Meta.Rows, nil
}

// Columns makes a table without rows.
func Columns(ctx context.Context, call *node.Call, columns []table.StreamColumn) (value.Outputs, error) {
	t, err := call.Env.Tables.Take(ctx, call.Tenant, columns, func(context.Context, io.Writer) error { return nil }, nil)
	if err != nil {
		return nil, err
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

// limited ends the feeding once too much has come.
type limited struct {
	to   io.Writer
	n    int64
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.n += int64(len(p)); l.n > Bytes {
		l.over = true
		return 0, ErrLarge
	}
	return l.to.Write(p)
}
