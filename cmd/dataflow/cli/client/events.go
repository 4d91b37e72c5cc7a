package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
)

// A broken stream of events is taken up again where it broke, so often and with these pauses in between: long enough for
// a server that is started anew.
const (
	watchTries = 6
	firstPause = 200 * time.Millisecond
)

// Watch follows the events of a run until it ends.
func (c *Client) Watch(ctx context.Context, id string, show func(engine.Event)) error {
	ended := false
	return c.watch(ctx, at("runs", id, "events"), func(e engine.Event) {
		show(e)
		ended = ended || (e.Run != nil && e.Run.Status.Final())
	}, func() bool { return ended })
}

// WatchAll follows the events of all runs until ctx ends.
func (c *Client) WatchAll(ctx context.Context, show func(engine.Event)) error {
	return c.watch(ctx, at("events"), show, func() bool { return false })
}

func (c *Client) watch(ctx context.Context, path string, show func(engine.Event), ended func() bool) error {
	last := ""
	for failed := 0; ; {
		progress, err := c.stream(ctx, path, &last, show)
		if ended() {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var refused *errs.Error
		if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError {
			return err
		}
		if progress {
			failed = 0
		}
		if failed++; failed > watchTries {
			return console.WithCode(console.ExitUnreachable, fmt.Errorf("the connection to the server broke %d times; what was watched goes on there: %w", failed, err))
		}
		if err := pause(ctx, firstPause<<(failed-1)); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stream reads one stream of events to its end, which is an error unless ctx or the run has ended. It says whether
// anything came.
func (c *Client) stream(ctx context.Context, path string, last *string, show func(engine.Event)) (progress bool, err error) {
	header := map[string]string{"Accept": "text/event-stream"}
	if *last != "" {
		header["Last-Event-ID"] = *last
	}
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path, header: header})
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }()
	const longest = 8 << 20
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 64<<10), longest)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), ":")
		text = strings.TrimPrefix(text, " ")
		switch name {
		case "id":
			*last = text
		case "data":
			var e engine.Event
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				return progress, fmt.Errorf("read an event: %w", err)
			}
			progress = true
			show(e)
		}
	}
	if err = lines.Err(); err == nil {
		err = errors.New("the server ended the stream")
	}
	return progress, err
}
