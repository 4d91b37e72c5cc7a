package client

import (
	"context"
	"iter"
	"net/http"
	"time"

	"dataflow/flow-automation/engine"
)

// BackfillRequest asks for many runs of one flow: one for each set of parameters, or for each tick of a range.
type BackfillRequest struct {
	Sets     []BackfillSet  `json:"sets,omitempty"`
	Range    *BackfillRange `json:"range,omitempty"`
	Parallel int            `json:"parallel,omitempty"`
	Version  int            `json:"version,omitempty"`
}

// BackfillSet is the parameters of one run.
type BackfillSet struct {
	Params map[string]any `json:"params"`
}

// BackfillRange gives one parameter its values from From to To, both included, by steps.
type BackfillRange struct {
	Param string `json:"param"`
	From  string `json:"from"`
	To    string `json:"to"`
	Step  string `json:"step"`
}

// Backfill is how a backfill stands.
type Backfill struct {
	ID        string     `json:"id"`
	FlowID    string     `json:"flow_id,omitempty"`
	Status    string     `json:"status"`
	Total     int        `json:"total"`
	Done      int        `json:"done"`
	Failed    int        `json:"failed"`
	Running   int        `json:"running"`
	Parallel  int        `json:"parallel,omitempty"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
	Runs      []string   `json:"runs,omitempty"`
}

// StartBackfill begins a backfill.
func (c *Client) StartBackfill(ctx context.Context, flowID string, r BackfillRequest) (b Backfill, err error) {
	err = c.call(ctx, http.MethodPost, at("flows", flowID, "backfills"), r, &b)
	return b, err
}

// Backfills lists the backfills of a flow.
func (c *Client) Backfills(ctx context.Context, flowID string) iter.Seq2[Backfill, error] {
	return pages[Backfill](ctx, c, at("flows", flowID, "backfills"), nil)
}

// Backfill gives a backfill.
func (c *Client) Backfill(ctx context.Context, id string) (b Backfill, err error) {
	err = c.call(ctx, http.MethodGet, at("backfills", id), nil, &b)
	return b, err
}

// CancelBackfill cancels the runs of a backfill and starts no more.
func (c *Client) CancelBackfill(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, at("backfills", id, "cancel"), nil, nil)
}

// Ended says whether nothing more happens.
func (b Backfill) Ended() bool { return engine.Status(b.Status).Final() }

// Canceled says whether somebody ended the backfill before its time.
func (b Backfill) Canceled() bool { return engine.Status(b.Status) == engine.Canceled }
