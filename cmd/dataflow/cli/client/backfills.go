package client

import (
	"context"
	"iter"
	"net/http"

	"dataflow/flow-automation/api"
)

// StartBackfill begins many runs of a flow.
func (c *Client) StartBackfill(ctx context.Context, flowID string, b api.BackfillBody) (out api.Backfill, err error) {
	err = c.call(ctx, http.MethodPost, at("flows", flowID, "backfills"), b, &out)
	return out, err
}

// Backfills lists the latest backfills of a flow.
func (c *Client) Backfills(ctx context.Context, flowID string) iter.Seq2[api.Backfill, error] {
	return pages[api.Backfill](ctx, c, at("flows", flowID, "backfills"), nil)
}

// Backfill gives a backfill and how far it is.
func (c *Client) Backfill(ctx context.Context, id string) (b api.Backfill, err error) {
	err = c.call(ctx, http.MethodGet, at("backfills", id), nil, &b)
	return b, err
}

// CancelBackfill cancels the runs of a backfill and begins no more.
func (c *Client) CancelBackfill(ctx context.Context, id string) (b api.Backfill, err error) {
	err = c.call(ctx, http.MethodPost, at("backfills", id, "cancel"), nil, &b)
	return b, err
}
