// Package client runs Python through the coderunner service.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
	// URL is the address of a service elsewhere, or of several behind one address; it takes the place of Socket. Tables
	// and files then travel with the calls.
	URL string
	// Token is what a service elsewhere wants to be shown.
	Token string
	// TLS is how to speak to a service elsewhere: whom to trust, and what certificate to show.
	TLS *tls.Config
	// Dir is where results are put until they are closed. A service on this machine must be allowed to write below it.
	Dir string
	// StartWait is how long a call waits for the service to listen; 0 is 30 s.
	StartWait time.Duration
	// Policy names the language policy of a tenant's code; nil leaves it to the service, whose default is restricted.
	Policy func(tenant string) string
	// Broken says why a service on this machine will not listen, whatever calls wait; nil is for never.
	Broken func() error
	// Log is told once when a service elsewhere does not let this process in; nil is nobody.
	Log *slog.Logger
}

// Client is the Python of nodes.
type Client struct {
	cfg  Config
	base string
	http *http.Client
	told told
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
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{cfg: cfg, base: "http://coderunner"}
	transport := &http.Transport{DialContext: c.dial, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, TLSClientConfig: cfg.TLS}
	if c.remote() {
		c.base = strings.TrimRight(cfg.URL, "/")
	}
	c.http = &http.Client{Transport: transport}
	return c
}

// remote says that the service shares no files with this process.
func (c *Client) remote() bool { return c.cfg.URL != "" }

// Execute runs main() in the default environment. Ending ctx ends the code with all that it started.
func (c *Client) Execute(ctx context.Context, req node.PythonRequest) (node.PythonResult, error) {
	return c.ExecuteIn(ctx, req, Environment{})
}

// results makes a folder for what an execution gives.
func (c *Client) results() (dir string, remove func(), err error) {
	if err := os.MkdirAll(c.cfg.Dir, 0o750); err != nil {
		return "", nil, errs.Internal(fmt.Errorf("make the folder for results of Python: %w", err))
	}
	dir, err = os.MkdirTemp(c.cfg.Dir, "result-")
	if err != nil {
		return "", nil, errs.Internal(fmt.Errorf("make a folder for results of Python: %w", err))
	}
	remove = func() { _ = os.RemoveAll(dir) }
	// The service names its results by their real path.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		remove()
		return "", nil, errs.Internal(fmt.Errorf("folder for results of Python: %w", err))
	}
	return dir, remove, nil
}

// Inspect parses code without running it, and finds what the tenant's policy refuses. No environment is known here, so
// nothing is said of what the code imports.
func (c *Client) Inspect(ctx context.Context, tenant, _, code string) (node.PythonSignature, error) {
	return c.InspectIn(ctx, "", Environment{Tenant: tenant}, code)
}

// InspectIn is Inspect in an environment: it finds what the code imports and the environment, of this name, has not.
func (c *Client) InspectIn(ctx context.Context, name string, env Environment, code string) (node.PythonSignature, error) {
	body := map[string]any{"code": code, "policy": c.cfg.Policy(env.Tenant)}
	if name != "" {
		body["environment"] = map[string]any{"name": name, "tenant": env.Tenant, "lock": append([]Package{}, env.Lock...)}
	}
	res, err := c.post(ctx, "/functions/inspect", body, nil)
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
	Name  string          `json:"name,omitempty"`
	file
}

type limits struct {
	TimeoutSeconds float64 `json:"timeout_seconds,omitempty"`
	MemoryMiB      int     `json:"memory_mib,omitempty"`
}

type execution struct {
	Code        string              `json:"code"`
	Args        map[string]argument `json:"args"`
	OutputDir   string              `json:"output_dir,omitempty"`
	Limits      limits              `json:"limits"`
	Environment *environment        `json:"environment,omitempty"`
	Egress      []string            `json:"egress,omitempty"`
	Policy      string              `json:"policy,omitempty"`
	Env         map[string]string   `json:"env,omitempty"`
	Secrets     map[string]string   `json:"secrets,omitempty"`
}

func (c *Client) execute(ctx context.Context, req node.PythonRequest, env Environment, dir string) (node.PythonResult, error) {
	up := upload{remote: c.remote()}
	body := execution{
		Code:   req.Code,
		Args:   make(map[string]argument, len(req.Args)),
		Limits: limits{TimeoutSeconds: req.TimeoutSeconds, MemoryMiB: req.MemoryMiB},
		Egress: env.Egress,
		Policy: c.cfg.Policy(req.Tenant), Env: req.Env, Secrets: req.Secrets,
	}
	if !c.remote() {
		body.OutputDir = dir
	}
	for name, arg := range req.Args {
		sent := argument{Kind: arg.Kind, Value: arg.JSON, Name: arg.Name}
		if arg.Kind != value.JSON {
			f, err := up.add(arg.Path)
			if err != nil {
				return node.PythonResult{}, errs.Internal(fmt.Errorf("argument %s: %w", name, err))
			}
			sent.file = f
			if c.remote() && sent.Name == "" {
				sent.Name = filepath.Base(arg.Path)
			}
		}
		body.Args[name] = sent
	}
	var err error
	if body.Environment, err = env.send(&up); err != nil {
		return node.PythonResult{}, err
	}
	res, err := c.post(ctx, "/executions", body, &up)
	if err != nil {
		return node.PythonResult{}, err
	}
	defer func() { _ = res.Body.Close() }()
	onLog := req.OnLog
	if onLog == nil {
		onLog = func(string, string) {}
	}
	return read(newEvents(res.Body, dir), onLog)
}

// post sends JSON, with the files that it names when the service is elsewhere, and gives a successful answer.
func (c *Client) post(ctx context.Context, path string, body any, files *upload) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, errs.Invalid("bad_arguments", "An argument is not valid JSON.").Wrap(err)
	}
	var content io.Reader = bytes.NewReader(text)
	media := "application/json"
	if files != nil && files.remote {
		reader, writer := io.Pipe()
		// Whoever stops reading closes the reader, which ends the writing.
		go func() { writer.CloseWithError(files.write(writer, text)) }()
		defer func() { _ = reader.Close() }()
		content, media = reader, frames
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+prefix+path, content)
	if err != nil {
		return nil, errs.Internal(err)
	}
	req.Header.Set("Content-Type", media)
	return c.do(req)
}

func (c *Client) do(req *http.Request) (*http.Response, error) {
	if c.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, refusal(res)
}

// dial waits for the socket to appear, since the service starts beside the caller and may be restarted at any time.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !c.remote() {
		network, address = "unix", c.cfg.Socket
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.StartWait)
	defer cancel()
	dialer := net.Dialer{}
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			return conn, nil
		}
		if c.cfg.Broken != nil {
			if why := c.cfg.Broken(); why != nil {
				return nil, why
			}
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

func (c *Client) unreachable(err error) error {
	var known *errs.Error
	if errors.As(err, &known) {
		return known
	}
	if c.remote() {
		return errs.Unavailable("python_unavailable", "The Python service at %s does not answer.", c.base).
			WithHint("It runs apart from this server, which cannot start it again: look at the service there, and whether it can be reached from here.").Wrap(err)
	}
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
