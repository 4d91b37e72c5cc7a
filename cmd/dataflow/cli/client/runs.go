package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
)

// RunFilter selects runs; what is zero does not restrict.
type RunFilter struct {
	FlowID string
	Status []string
	Query  string
	Since  time.Time
	Until  time.Time
	Sort   string

	Backfill string
	Parent   string // id of the run whose children are meant
	Paused   bool   // only paused ones
	Late     bool   // only those that took longer than their flow's SLA
}

func (f RunFilter) values() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("flow_id", f.FlowID)
	set("status", strings.Join(f.Status, ","))
	set("q", f.Query)
	set("sort", f.Sort)
	set("since", instant(f.Since))
	set("until", instant(f.Until))
	set("backfill", f.Backfill)
	set("parent", f.Parent)
	if f.Paused {
		q.Set("paused", "true")
	}
	if f.Late {
		q.Set("late", "true")
	}
	return q
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Runs lists runs.
func (c *Client) Runs(ctx context.Context, f RunFilter) iter.Seq2[engine.Run, error] {
	return pages[engine.Run](ctx, c, at("runs"), f.values())
}

// Run gives a run.
func (c *Client) Run(ctx context.Context, id string) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodGet, at("runs", id), nil, &run)
	return run, err
}

// Graph gives the document of a run with its steps.
func (c *Client) Graph(ctx context.Context, id string) (g api.RunGraph, err error) {
	err = c.call(ctx, http.MethodGet, at("runs", id, "graph"), nil, &g)
	return g, err
}

// Drift says how the tables of a run differ from what was agreed on.
func (c *Client) Drift(ctx context.Context, id string) (d api.RunDrift, err error) {
	err = c.call(ctx, http.MethodGet, at("runs", id, "drift"), nil, &d)
	return d, err
}

// Start runs a stored flow. A second start with the same key answers the first run; "" is no key.
func (c *Client) Start(ctx context.Context, flowID string, b api.StartRunBody, key string) (run engine.Run, err error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return run, err
	}
	r := request{method: http.MethodPost, path: at("flows", flowID, "runs"), contentType: "application/json", body: bytes.NewReader(raw)}
	if key != "" {
		r.header = map[string]string{"Idempotency-Key": key}
	}
	err = c.exchange(ctx, r, &run)
	return run, err
}

// StartText runs a document that is not stored.
func (c *Client) StartText(ctx context.Context, text string, params map[string]any) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodPost, at("runs"), map[string]any{"yaml": text, "params": params}, &run)
	return run, err
}

// Steps lists the steps of a run, those of each container's first instances included.
func (c *Client) Steps(ctx context.Context, id string) ([]engine.Step, error) {
	return c.StepsWithin(ctx, id, "")
}

// StepsWithin lists the steps of one instance of a container, such as each[3].
func (c *Client) StepsWithin(ctx context.Context, id, within string) ([]engine.Step, error) {
	q := url.Values{}
	if within != "" {
		q.Set("within", within)
	}
	var list struct {
		Items []engine.Step `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, at("runs", id, "steps")+"?"+q.Encode(), nil, &list)
	return list.Items, err
}

// Logs lists lines of a run's log after a number; node "" is all nodes.
func (c *Client) Logs(ctx context.Context, id, node string, after int64) iter.Seq2[engine.LogLine, error] {
	return func(yield func(engine.LogLine, error) bool) {
		for {
			var page struct {
				Items []engine.LogLine `json:"items"`
				Next  string           `json:"next"`
			}
			q := url.Values{"node": {node}, "after": {fmt.Sprint(after)}, "limit": {"5000"}}
			if err := c.call(ctx, http.MethodGet, at("runs", id, "logs")+"?"+q.Encode(), nil, &page); err != nil {
				yield(engine.LogLine{}, err)
				return
			}
			for _, line := range page.Items {
				after = line.Seq
				if !yield(line, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
		}
	}
}

// Cancel ends a run.
func (c *Client) Cancel(ctx context.Context, id string) error {
	_, err := c.act(ctx, id, "cancel", nil)
	return err
}

// Pause keeps a run from ordering further steps.
func (c *Client) Pause(ctx context.Context, id string) (engine.Run, error) {
	return c.act(ctx, id, "pause", nil)
}

// Resume lets a paused run go on.
func (c *Client) Resume(ctx context.Context, id string) (engine.Run, error) {
	return c.act(ctx, id, "resume", nil)
}

// Retry starts a run that repeats another.
func (c *Client) Retry(ctx context.Context, id string, b api.RetryBody) (engine.Run, error) {
	return c.act(ctx, id, "retry", b)
}

func (c *Client) act(ctx context.Context, id, action string, body any) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodPost, at("runs", id, action), body, &run)
	return run, err
}

// DeleteRun removes a finished run.
func (c *Client) DeleteRun(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, at("runs", id), nil, nil)
}

// Why asks what a run and its steps wait for.
func (c *Client) Why(ctx context.Context, id string) (w api.Why, err error) {
	err = c.call(ctx, http.MethodGet, at("runs", id, "why"), nil, &w)
	return w, err
}

// Bulk does the same to many runs: to those of ids, or to those that the filter selects.
func (c *Client) Bulk(ctx context.Context, b api.BulkBody) (out api.BulkResult, err error) {
	err = c.call(ctx, http.MethodPost, at("runs", "bulk"), b, &out)
	return out, err
}
