package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
)

// Approvals lists the open questions of one run, or of all; mine are those that whoever asks may decide.
func (c *Client) Approvals(ctx context.Context, run string, mine bool) iter.Seq2[api.Approval, error] {
	q := url.Values{}
	if run != "" {
		q.Set("run_id", run)
	}
	if mine {
		q.Set("mine", "true")
	}
	return pages[api.Approval](ctx, c, at("approvals"), q)
}

// Signal decides what a step asks.
func (c *Client) Signal(ctx context.Context, id string, s api.SignalBody) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodPost, at("runs", id, "signals"), s, &run)
	return run, err
}
