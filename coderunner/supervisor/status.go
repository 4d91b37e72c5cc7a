package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"
)

// State is how far the service is.
type State string

// The states of the service.
const (
	Starting State = "starting"
	OK       State = "ok"
	Degraded State = "degraded"
)

// Status is what the service last said of itself.
type Status struct {
	State  State  `json:"status"`
	Detail string `json:"detail"`
	// Layers are the layers of the sandbox's wall with "on", or why they are not.
	Layers map[string]string `json:"layers"`
}

const (
	askSoon   = 100 * time.Millisecond
	askSeldom = 5 * time.Second
	askLimit  = 2 * time.Second
	maxStatus = 1 << 20
)

// Status gives what is known now, without asking the service.
func (s *Supervisor) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Layers = maps.Clone(status.Layers)
	return status
}

func (s *Supervisor) set(status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// watch asks the child how it is until ctx ends.
func (s *Supervisor) watch(ctx context.Context) {
	client := &http.Client{Timeout: askLimit, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.Socket())
		},
	}}
	defer client.CloseIdleConnections()
	for missed := 0; ; {
		wait := askSoon
		status, err := ask(ctx, client)
		if ctx.Err() != nil {
			return
		}
		if missed++; err != nil && missed == missedMany {
			s.unanswered(err)
		}
		if err == nil {
			missed = 0
			s.set(status)
			if status.State != Starting {
				wait = askSeldom
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// missedMany is how many questions in a row a service that was well leaves unanswered before it counts as hung.
const missedMany = 3

// unanswered says that the child lives and does not answer; one that has not been well yet is still starting.
func (s *Supervisor) unanswered(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State == OK {
		s.status.State, s.status.Detail = Degraded, fmt.Sprintf("It does not answer: %v", err)
	}
}

func ask(ctx context.Context, client *http.Client) (Status, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://coderunner/readyz", nil)
	if err != nil {
		return Status{}, err
	}
	res, err := client.Do(req)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = res.Body.Close() }()
	var status Status
	err = json.NewDecoder(io.LimitReader(res.Body, maxStatus)).Decode(&status)
	return status, err
}
