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
	"dataflow/ide-go-lib/errs"
)

// RunFilter selects runs; what is zero does not restrict.
type RunFilter struct {
	FlowID string
	Status []string
	Query  string
	Since  time.Time
	Until  time.Time
	Sort   string
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

// Start says how a stored flow is run.
type Start struct {
	Version        int            `json:"version,omitempty"` // 0 is the draft
	Params         map[string]any `json:"params,omitempty"`
	Test           bool           `json:"test,omitempty"`    // pinned outputs are used
	Targets        []string       `json:"targets,omitempty"` // nodes that the run is for; none is all
	IdempotencyKey string         `json:"-"`
}

// Start runs a stored flow.
func (c *Client) Start(ctx context.Context, flowID string, s Start) (run engine.Run, err error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return run, err
	}
	r := request{method: http.MethodPost, path: at("flows", flowID, "runs"), contentType: "application/json", body: bytes.NewReader(raw)}
	if s.IdempotencyKey != "" {
		r.header = map[string]string{"Idempotency-Key": s.IdempotencyKey}
	}
	_, err = c.exchange(ctx, r, &run)
	return run, err
}

// StartText runs a document that is not stored.
func (c *Client) StartText(ctx context.Context, text string, params map[string]any) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodPost, at("runs"), map[string]any{"yaml": text, "params": params}, &run)
	return run, err
}

// Steps lists the steps of a run that lie in no container.
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

// Retry says how a run is repeated.
type Retry struct {
	From   string         `json:"from"`
	Step   string         `json:"step,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	Draft  bool           `json:"draft,omitempty"`
}

// Retry starts a run that repeats another.
func (c *Client) Retry(ctx context.Context, id string, r Retry) (engine.Run, error) {
	return c.act(ctx, id, "retry", r)
}

// Signal is an answer to a step that waits for a person.
type Signal struct {
	Step     string         `json:"step"`
	Decision string         `json:"decision"`
	Comment  string         `json:"comment,omitempty"`
	Form     map[string]any `json:"form,omitempty"`
}

// Signal answers a waiting step.
func (c *Client) Signal(ctx context.Context, id string, s Signal) (engine.Run, error) {
	return c.act(ctx, id, "signals", s)
}

func (c *Client) act(ctx context.Context, id, action string, body any) (run engine.Run, err error) {
	err = c.call(ctx, http.MethodPost, at("runs", id, action), body, &run)
	return run, err
}

// DeleteRun removes a finished run.
func (c *Client) DeleteRun(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, at("runs", id), nil, nil)
}

// Why is why a run and its steps do not go on.
type Why struct {
	Run   Reason   `json:"run"`
	Steps []Reason `json:"steps"`
}

// Reason is why one run or step does not go on.
type Reason struct {
	Path   string `json:"path,omitempty"`
	Code   string `json:"code,omitempty"`
	Text   string `json:"text,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Why asks why a run and its steps wait.
func (c *Client) Why(ctx context.Context, id string) (w Why, err error) {
	err = c.call(ctx, http.MethodGet, at("runs", id, "why"), nil, &w)
	return w, err
}

// Bulk does the same to many runs: to those of ids, or to those that the filter selects.
func (c *Client) Bulk(ctx context.Context, action string, ids []string, f *RunFilter) (BulkResult, error) {
	body := map[string]any{"action": action}
	if f != nil {
		filter := map[string]string{}
		for name, values := range f.values() {
			filter[name] = values[0]
		}
		body["filter"] = filter
	} else {
		body["ids"] = ids
	}
	var out BulkResult
	err := c.call(ctx, http.MethodPost, at("runs", "bulk"), body, &out)
	return out, err
}

// BulkResult is what came of a bulk action.
type BulkResult struct {
	Matched int           `json:"matched"`
	Done    int           `json:"done"`
	Failed  []BulkFailure `json:"failed"`
}

// BulkFailure is a run that refused.
type BulkFailure struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Failure is a refusal of one run as a part of a bulk result.
func Failure(id string, err error) BulkFailure {
	e := errs.From(err)
	return BulkFailure{ID: id, Code: e.Code, Message: e.Message}
}

// Said is the reason in words.
func (r Reason) Said() string {
	if r.Text != "" {
		return r.Text
	}
	return r.Reason
}
