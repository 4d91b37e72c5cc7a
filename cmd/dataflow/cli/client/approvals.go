package client

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Approval is a step that waits for a person.
type Approval struct {
	RunID     string          `json:"run_id"`
	FlowID    string          `json:"flow_id,omitempty"`
	FlowName  string          `json:"flow_name"`
	Step      string          `json:"step"`
	Title     string          `json:"title"`
	Message   string          `json:"message,omitempty"`
	Form      json.RawMessage `json:"form,omitempty"`
	Assignees []string        `json:"assignees,omitempty"`
	Since     *time.Time      `json:"since,omitempty"`
	Deadline  *time.Time      `json:"deadline,omitempty"`
	Escalated bool            `json:"escalated,omitempty"`
}

// Approvals lists what waits for a decision of whoever asks.
func (c *Client) Approvals(ctx context.Context) iter.Seq2[Approval, error] {
	return pages[Approval](ctx, c, at("approvals"), nil)
}
