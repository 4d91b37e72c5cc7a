package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
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

// Broken says why the service has never come up; nil as long as it may, and for good once it has. It is started again and
// again meanwhile, so that it comes up when what is missing has been installed.
func (s *Supervisor) Broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		return nil
	}
	return s.broken
}

// endedUnanswered keeps why a service ended that has never answered. A service that is stopped may not have had the time.
func (s *Supervisor) endedUnanswered(last string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answered || s.stopped || last == "" {
		return
	}
	s.broken = errs.Unavailable("python_broken", "The Python service cannot start: %s.", strings.TrimSuffix(last, "."))
	if strings.HasPrefix(last, "ModuleNotFoundError") || strings.HasPrefix(last, "ImportError") {
		_ = s.broken.WithHint("Install its packages (%s -m pip install -r coderunner/requirements.lock), or name an interpreter that has them by --python or DATAFLOW_PYTHON.", s.cfg.Python)
	} else {
		_ = s.broken.WithHint("The server's log says more.")
	}
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
			s.cameUp()
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

func (s *Supervisor) cameUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered, s.broken = true, nil
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
