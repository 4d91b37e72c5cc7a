package step

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// seenKept is how long the columns that a source had when it was looked at are taken for those that it has, where only
// warnings go by them.
const seenKept = flow.Duration("168h")

// detailColumns is the fact under which they are kept, by port.
const detailColumns = "columns"

// lookKey tells apart what is looked at: the settings of a node, and the ways to its source as they stand.
func (w *work) lookKey(ctx context.Context, c *compiled, n *flow.Node, config json.RawMessage) (string, error) {
	ways, err := w.ways(ctx, c, config)
	if err != nil {
		return "", err
	}
	state, err := json.Marshal(ways)
	if err != nil {
		return "", errs.Internal(err)
	}
	return contentKey(c, n, config, nil, nil, string(state)), nil
}

// seenKey is lookKey, whatever is agreed on about the columns.
func (w *work) seenKey(ctx context.Context, c *compiled, config json.RawMessage) (string, error) {
	key, err := w.lookKey(ctx, c, &flow.Node{ID: w.task.Node.ID, Type: w.task.Node.Type}, config)
	return "seen " + key, err
}

// keepSeen remembers the columns of the tables that a source gave when it was looked at.
func (w *work) keepSeen(ctx context.Context, c *compiled, config json.RawMessage, given value.Outputs) error {
	columns := map[string][]table.Column{}
	for port, v := range given {
		if v.Table != nil {
			columns[port] = v.Table.Columns
		}
	}
	key, err := w.seenKey(ctx, c, config)
	if err != nil {
		return err
	}
	fact, err := json.Marshal(columns)
	if err != nil {
		return errs.Internal(err)
	}
	return w.x.results.Put(ctx, w.task.Tenant, key, Kept{Details: map[string]json.RawMessage{detailColumns: fact}}, w.task.Now.Add(seenKept.Std(0)))
}

// seen gives the columns that the source had when it was last looked at through the same way; nil when nobody has.
func (w *work) seen(ctx context.Context, c *compiled, config json.RawMessage, port string) ([]table.Column, error) {
	key, err := w.seenKey(ctx, c, config)
	if err != nil || w.x.results == nil {
		return nil, err
	}
	kept, err := w.x.results.Get(ctx, w.task.Tenant, key, time.Time{}) // until it is cleared away
	if err != nil || kept == nil {
		return nil, err
	}
	var columns map[string][]table.Column
	if err := json.Unmarshal(kept.Details[detailColumns], &columns); err != nil {
		return nil, errs.Internal(err)
	}
	return columns[port], nil
}
