package crash

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
	"sync"
	"syscall"
	"time"

	"dataflow/flow-automation/engine"
)

// server is one life of the program.
type server struct {
	cmd  *exec.Cmd
	gone chan struct{}
	once sync.Once
}

const readyWait = time.Minute

// serve starts the program on the trial's data and waits until it is ready.
func (t *trial) serve(ctx context.Context) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(t.Dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(t.Binary, "serve", "automation", "coderunner", "--addr", addr, "--data", t.Dir, "--python", t.Python, "--allow-network", "127.0.0.1") //nolint:gosec,noctx // it is ended by its id
	cmd.Env = append(os.Environ(), "DATAFLOW_ADMIN_PASSWORD=a password for tests")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it is killed
		close(s.gone)
	}()
	if t.client == nil {
		t.client = &client{http: &http.Client{Timeout: 30 * time.Second}}
	}
	t.client.url = "http://" + addr
	if err := t.client.ready(ctx, s); err != nil {
		s.kill()
		return nil, fmt.Errorf("%w\n%s", err, tail(filepath.Join(t.Dir, "server.log")))
	}
	if t.client.token == "" {
		out, err := exec.CommandContext(ctx, t.Binary, "token", "create", "--data", t.Dir).Output() //nolint:gosec // our own program
		if err != nil {
			s.kill()
			return nil, fmt.Errorf("make a token: %w", err)
		}
		t.client.token = string(bytes.TrimSpace(out))
	}
	return s, nil
}

func tail(path string) []byte {
	text, err := os.ReadFile(path) //nolint:gosec // our own file
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-4000):]
}

// kill ends the program and all it has started, as a crash of the machine would.
func (s *server) kill() {
	s.once.Do(func() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	<-s.gone
}

func (s *server) wait() { <-s.gone }

func (s *server) dead() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// client speaks to the program.
type client struct {
	http       *http.Client
	url, token string
}

var errUnknown = errors.New("the server does not know the run")

func (c *client) ready(ctx context.Context, s *server) error {
	deadline := time.Now().Add(readyWait)
	for time.Now().Before(deadline) && !s.dead() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := c.http.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the server did not become ready")
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *client) call(ctx context.Context, method, path, contentType string, body []byte, out any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/api/automation/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", contentType)
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return resp.StatusCode, fmt.Errorf("%s %s answered %d: %s", method, path, resp.StatusCode, raw)
	}
	return resp.StatusCode, json.Unmarshal(raw, out)
}

func (c *client) putChild(ctx context.Context) error {
	var made struct{}
	_, err := c.call(ctx, http.MethodPost, "/flows", "application/yaml", []byte(childFlow), &made)
	return err
}

func (c *client) start(ctx context.Context, yaml string) (string, error) {
	body, err := json.Marshal(map[string]string{"yaml": yaml})
	if err != nil {
		return "", err
	}
	var run engine.Run
	_, err = c.call(ctx, http.MethodPost, "/runs", "application/json", body, &run)
	return run.ID, err
}

func (c *client) steps(ctx context.Context, id string) ([]engine.Step, error) {
	var list struct{ Items []engine.Step }
	_, err := c.call(ctx, http.MethodGet, "/runs/"+id+"/steps", "application/json", nil, &list)
	return list.Items, err
}

// until gives the run when it has ended, or as it is at the deadline.
func (c *client) until(ctx context.Context, id string, deadline time.Time) (run engine.Run, err error) {
	for {
		status, err := c.call(ctx, http.MethodGet, "/runs/"+id, "application/json", nil, &run)
		switch {
		case status == http.StatusNotFound:
			return run, errUnknown
		case err != nil:
			return run, err
		case run.Status.Final() || time.Now().After(deadline):
			return run, nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return run, err
		}
	}
}
