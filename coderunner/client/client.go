// Package client runs Python through the coderunner service.
package client

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
	"path/filepath"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

const (
	prefix           = "/api/coderunner/v1"
	defaultStartWait = 30 * time.Second
	firstRetry       = 20 * time.Millisecond
	longestRetry     = 500 * time.Millisecond
	maxAnswer        = 1 << 20
)

// Config says where the service is and where results may go.
type Config struct {
	// Socket is the service's Unix socket. It may appear later: calls wait for it.
	Socket string
	// Dir is where results are put until they are closed. The service must be allowed to write below it.
	Dir string
	// StartWait is how long a call waits for the service to listen; 0 is 30 s.
	StartWait time.Duration
	// Policy names the language policy of a tenant's code; nil leaves it to the service, whose default is restricted.
	Policy func(tenant string) string
}

// Client is the Python of nodes.
type Client struct {
	cfg  Config
	http *http.Client
}

var _ node.PythonRunner = (*Client)(nil)

// New makes a client; it does not connect yet.
func New(cfg Config) *Client {
	if cfg.StartWait == 0 {
		cfg.StartWait = defaultStartWait
	}
	if cfg.Policy == nil {
		cfg.Policy = func(string) string { return "" }
	}
	c := &Client{cfg: cfg}
	c.http = &http.Client{Transport: &http.Transport{DialContext: c.dial, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}}
	return c
}

// Execute runs main() in the sandbox. Ending ctx ends the code with all that it started.
func (c *Client) Execute(ctx context.Context, req node.PythonRequest) (node.PythonResult, error) {
	if err := os.MkdirAll(c.cfg.Dir, 0o750); err != nil {
		return node.PythonResult{}, errs.Internal(fmt.Errorf("make the folder for results of Python: %w", err))
	}
	dir, err := os.MkdirTemp(c.cfg.Dir, "result-")
	if err != nil {
		return node.PythonResult{}, errs.Internal(fmt.Errorf("make a folder for results of Python: %w", err))
	}
	remove := func() { _ = os.RemoveAll(dir) }
	// The service names its results by their real path.
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		remove()
		return node.PythonResult{}, errs.Internal(fmt.Errorf("folder for results of Python: %w", err))
	}
	result, err := c.execute(ctx, req, real)
	if err != nil {
		remove()
		return node.PythonResult{Usage: result.Usage, Close: func() {}}, ended(ctx, err)
	}
	result.Close = remove
	return result, nil
}

// Inspect parses code without running it, and finds what the tenant's policy refuses.
func (c *Client) Inspect(ctx context.Context, tenant, code string) (node.PythonSignature, error) {
	res, err := c.post(ctx, "/functions/inspect", map[string]string{"code": code, "policy": c.cfg.Policy(tenant)})
	if err != nil {
		return node.PythonSignature{}, ended(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	var signature node.PythonSignature
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&signature); err != nil {
		return node.PythonSignature{}, ended(ctx, broken(err))
	}
	return signature, nil
}

type argument struct {
	Kind  value.Kind      `json:"kind"`
	Value json.RawMessage `json:"value,omitempty"`
	Path  string          `json:"path,omitempty"`
	Name  string          `json:"name,omitempty"`
}

type limits struct {
	TimeoutSeconds float64 `json:"timeout_seconds,omitempty"`
	MemoryMiB      int     `json:"memory_mib,omitempty"`
}

type execution struct {
	Code      string              `json:"code"`
	Args      map[string]argument `json:"args"`
	OutputDir string              `json:"output_dir"`
	Limits    limits              `json:"limits"`
	Policy    string              `json:"policy,omitempty"`
	Env       map[string]string   `json:"env,omitempty"`
	Secrets   map[string]string   `json:"secrets,omitempty"`
	Packages  string              `json:"environment,omitempty"`
}

func (c *Client) execute(ctx context.Context, req node.PythonRequest, dir string) (node.PythonResult, error) {
	body := execution{
		Code:      req.Code,
		Args:      make(map[string]argument, len(req.Args)),
		OutputDir: dir,
		Limits:    limits{TimeoutSeconds: req.TimeoutSeconds, MemoryMiB: req.MemoryMiB},
		Policy:    c.cfg.Policy(req.Tenant),
		Env:       req.Env,
		Secrets:   req.Secrets,
		Packages:  req.Packages,
	}
	for name, arg := range req.Args {
		sent := argument{Kind: arg.Kind, Value: arg.JSON, Name: arg.Name}
		if arg.Kind != value.JSON {
			path, err := filepath.Abs(arg.Path)
			if err != nil {
				return node.PythonResult{}, errs.Internal(fmt.Errorf("argument %s: %w", name, err))
			}
			sent.Path = path
		}
		body.Args[name] = sent
	}
	res, err := c.post(ctx, "/executions", body)
	if err != nil {
		return node.PythonResult{}, err
	}
	defer func() { _ = res.Body.Close() }()
	onLog := req.OnLog
	if onLog == nil {
		onLog = func(string, string) {}
	}
	return read(res.Body, dir, onLog)
}

// post sends JSON and gives a successful answer.
func (c *Client) post(ctx context.Context, path string, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, errs.Invalid("bad_arguments", "An argument is not valid JSON.").Wrap(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://coderunner"+prefix+path, bytes.NewReader(text))
	if err != nil {
		return nil, errs.Internal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, refusal(res)
}

// dial waits for the socket to appear, since the service starts beside the caller and may be restarted at any time.
func (c *Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.StartWait)
	defer cancel()
	dialer := net.Dialer{}
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		conn, err := dialer.DialContext(ctx, "unix", c.cfg.Socket)
		if err == nil {
			return conn, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		case <-timer.C:
		}
	}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func unreachable(err error) error {
	return errs.Unavailable("python_unavailable", "The Python service does not answer.").
		WithHint("It is restarted by itself; look at the server's log if this stays so.").Wrap(err)
}

func broken(err error) error {
	return errs.Unavailable("python_unavailable", "The Python service broke off its answer.").
		WithHint("Run it again; look at the server's log if this stays so.").Wrap(err)
}

// ended tells a caller that went away apart from a failure of the code.
func ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errs.New(http.StatusUnprocessableEntity, "time_limit", "The code was still running when its time was over.").
			WithHint("Make it do less, or raise the step's timeout.").Wrap(ctx.Err())
	case ctx.Err() != nil:
		return errs.New(499, "canceled", "The execution was canceled.").Wrap(context.Cause(ctx))
	}
	return err
}
