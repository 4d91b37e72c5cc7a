package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"dataflow/coderunner"
)

const (
	boot      = "import sys; sys.path.insert(0, sys.argv.pop(1)); from coderunner.server.main import main; sys.exit(main(sys.argv[1:]))"
	startWait = 5 * time.Minute // on a machine that is busy with the part before, loading the libraries takes long
	idleWait  = time.Minute
	stopWait  = 15 * time.Second
	perCall   = 2 * time.Minute
)

// service is one running coderunner.
type service struct {
	cmd    *exec.Cmd
	ended  chan error
	http   *http.Client
	socket string
	data   string // what it may read and write
	output string
}

// event is one line of an answer.
type event struct {
	Event   string `json:"event"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Outputs map[string]struct {
		Value json.RawMessage `json:"value"`
		Path  string          `json:"path"`
	} `json:"outputs"`
}

// status is what the service says of itself.
type status struct {
	Status  string
	Detail  string // why it is not ready
	Pool    int
	Running int
	Waiting int
}

func start(ctx context.Context, o options, args ...string) (*service, error) {
	home, err := coderunner.Unpack(filepath.Join(o.scratch, "sources"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.scratch, "s-")
	if err != nil {
		return nil, err
	}
	s := &service{socket: filepath.Join(dir, "s"), data: filepath.Join(dir, "data"), ended: make(chan error, 1)}
	s.output = filepath.Join(s.data, "out")
	if err := os.MkdirAll(s.output, 0o700); err != nil {
		return nil, err
	}
	args = append([]string{"-I", "-c", boot, home, "--socket", s.socket, "--allow-write", s.data, "--die-with-parent"}, args...)
	s.cmd = exec.CommandContext(ctx, o.python, args...) //nolint:gosec // the operator names the interpreter
	s.cmd.Dir, s.cmd.Stderr = dir, os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	s.http = &http.Client{Timeout: perCall, Transport: &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.socket)
		},
	}}
	if err := s.until(ctx, startWait, func(st status) bool { return st.Status == "ok" }); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// until waits until the service says so.
func (s *service) until(ctx context.Context, most time.Duration, so func(status) bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var last status
	for {
		if st, err := s.status(ctx); err == nil {
			if last = st; so(st) {
				return nil
			}
		}
		select {
		case <-tick.C:
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the service ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the service is not as it should be within %s: %+v", most, last)
		}
	}
}

func (s *service) status(ctx context.Context) (st status, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://coderunner/readyz", nil)
	if err != nil {
		return st, err
	}
	res, err := s.http.Do(req)
	if err != nil {
		return st, err
	}
	defer func() { _ = res.Body.Close() }()
	return st, json.NewDecoder(res.Body).Decode(&st)
}

// run executes main() and gives the events and how long that took.
func (s *service) run(ctx context.Context, body map[string]any) ([]event, time.Duration, []byte, error) {
	if _, there := body["output_dir"]; !there {
		body["output_dir"] = s.output
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://coderunner/api/coderunner/v1/executions", bytes.NewReader(text))
	if err != nil {
		return nil, 0, nil, err
	}
	began := time.Now()
	res, err := s.http.Do(req)
	if err != nil {
		return nil, 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil {
		return nil, took, answer, err
	}
	var events []event
	for decoder := json.NewDecoder(bytes.NewReader(answer)); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return events, took, answer, nil
		} else if err != nil {
			return events, took, answer, err
		}
		events = append(events, e)
	}
}

// must runs code that has to return; anything else is an error.
func (s *service) must(ctx context.Context, body map[string]any) (event, time.Duration, error) {
	events, took, answer, err := s.run(ctx, body)
	if err != nil {
		return event{}, took, err
	}
	for _, e := range events {
		if e.Event == "result" {
			return e, took, nil
		}
	}
	return event{}, took, fmt.Errorf("the code gave no result: %.500s", answer)
}

func (s *service) stop() error {
	s.http.CloseIdleConnections()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.ended:
		return err
	case <-time.After(stopWait):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		if err := <-s.ended; err == nil {
			return nil
		}
		return fmt.Errorf("the service did not stop within %s", stopWait)
	}
}
