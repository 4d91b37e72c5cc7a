package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"dataflow/ide-go-lib/errs"
)

const (
	// statusLimit is how long a service has to say how it is.
	statusLimit = 1500 * time.Millisecond
	// statusKept is how long its answer serves all who ask.
	statusKept = 2 * time.Second
)

// Degraded is the state of a service that does not run code as it should.
const Degraded = "degraded"

// Status is what a service says of itself. Of several behind one address it is the word of the one that was asked.
type Status struct {
	State  string `json:"status"` // ok, starting or degraded
	Detail string `json:"detail"`
	// Layers are the layers of the sandbox's wall with "on", or why they are not.
	Layers map[string]string `json:"layers"`
}

// told is the last answer.
type told struct {
	mu     sync.Mutex
	at     time.Time
	status Status
}

// Status asks the service how it is, unless it was asked a moment ago. One that does not answer is degraded.
func (c *Client) Status(ctx context.Context) Status {
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	if !c.told.at.IsZero() && time.Since(c.told.at) < statusKept {
		return c.told.status
	}
	// Whoever asks first asks for all: that they go away changes nothing in how the service is.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statusLimit)
	defer cancel()
	status, err := c.ask(ctx)
	if err != nil {
		var where *url.Error
		if errors.As(err, &where) {
			err = where.Err
		}
		status = Status{State: Degraded, Detail: fmt.Sprintf("it does not answer: %v", err)}
	} else if refused := c.letIn(ctx); refused != nil {
		status.State, status.Detail = Degraded, refused.Message
		if c.told.status.Detail != status.Detail {
			c.cfg.Log.Error(refused.Message, "address", c.base, "hint", refused.Hint)
		}
	}
	c.told.status, c.told.at = status, time.Now()
	return status
}

// letIn asks a service elsewhere for something that whoever may execute may have: how it is, it tells anybody.
func (c *Client) letIn(ctx context.Context) *errs.Error {
	if !c.remote() {
		return nil
	}
	var refused *errs.Error
	if _, err := c.Base(ctx); errors.As(err, &refused) && refused.Code == unauthorized {
		return refused
	}
	return nil
}

func (c *Client) ask(ctx context.Context) (Status, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/readyz", nil)
	if err != nil {
		return Status{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Status
		Message string `json:"message"` // of a gateway whose service is away
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer); err != nil {
		return Status{}, fmt.Errorf("%s without a status", res.Status)
	}
	if answer.State == "" {
		answer.State, answer.Detail = Degraded, answer.Message
	}
	return answer.Status, nil
}
