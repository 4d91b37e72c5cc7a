package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// Package is one package of a lock, with the hash of the one file that it is installed from.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256,omitempty"`
	File    string `json:"file,omitempty" doc:"Name of the file that it is installed from"`
}

// Wheel is a package that was uploaded: its file's name, which says what it is, and where it lies now.
type Wheel struct{ Name, Path string }

// Environment is where code runs: the packages of a lock beside those of the default environment, and the hosts that it
// may reach. The zero value is the default environment, without a way out.
type Environment struct {
	Tenant string
	Lock   []Package
	Wheels []Wheel // that the lock names, for a service that has to build it first
	Source bool
	Egress []string
}

// Build is what to make of an environment: requirements to be resolved.
type Build struct {
	Tenant       string
	Requirements []string
	Wheels       []Wheel
	Source       bool // packages without a wheel are built
	OnLog        func(level, text string)
}

// Built is an environment that is ready.
type Built struct {
	Lock      []Package `json:"lock"`
	Digest    string    `json:"digest"` // of the lock
	SizeBytes int64     `json:"size_bytes"`
	Python    string    `json:"python"`
	Base      string    `json:"base"` // of the default environment that it was built on
}

// Base is the default environment.
type Base struct {
	Python   string    `json:"python"`
	Platform string    `json:"platform" doc:"Of the machine, such as linux-x86_64"`
	Base     string    `json:"base"`
	Packages []Package `json:"packages"`
}

type namedFile struct {
	Name string `json:"name"`
	file
}

type environment struct {
	Tenant string      `json:"tenant"`
	Lock   []Package   `json:"lock"`
	Wheels []namedFile `json:"wheels,omitempty"`
	Source bool        `json:"source,omitempty"`
}

func (e Environment) send(up *upload) (*environment, error) {
	if len(e.Lock) == 0 {
		return nil, nil
	}
	wheels, err := sendWheels(e.Wheels, up)
	return &environment{Tenant: e.Tenant, Lock: e.Lock, Wheels: wheels, Source: e.Source}, err
}

func sendWheels(wheels []Wheel, up *upload) ([]namedFile, error) {
	sent := make([]namedFile, 0, len(wheels))
	for _, w := range wheels {
		f, err := up.add(w.Path)
		if err != nil {
			return nil, errs.Internal(fmt.Errorf("wheel %s: %w", w.Name, err))
		}
		sent = append(sent, namedFile{w.Name, f})
	}
	return sent, nil
}

// Build resolves the requirements and builds the environment. Ending ctx ends the build.
func (c *Client) Build(ctx context.Context, b Build) (Built, error) {
	up := upload{remote: c.remote()}
	wheels, err := sendWheels(b.Wheels, &up)
	if err != nil {
		return Built{}, err
	}
	res, err := c.post(ctx, "/environments/builds", map[string]any{
		"tenant": b.Tenant, "requirements": b.Requirements, "wheels": wheels, "source": b.Source,
	}, &up)
	if err != nil {
		return Built{}, ended(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	built, err := readBuild(newEvents(res.Body, ""), b.OnLog)
	if err != nil {
		return Built{}, ended(ctx, err)
	}
	return built, nil
}

func readBuild(lines *events, onLog func(level, text string)) (Built, error) {
	if onLog == nil {
		onLog = func(string, string) {}
	}
	for {
		var line json.RawMessage
		if err := lines.next(&line); err != nil {
			return Built{}, broken(err)
		}
		var e struct {
			Event, Level, Text string
			failure
			Built
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return Built{}, broken(err)
		}
		switch e.Event {
		case "log":
			onLog(e.Level, e.Text)
		case "error":
			return Built{}, e.problem()
		case "result":
			return e.Built, nil
		}
	}
}

// Base tells of the default environment.
func (c *Client) Base(ctx context.Context) (Base, error) {
	var base Base
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+prefix+"/environments/base", nil)
	if err != nil {
		return base, errs.Internal(err)
	}
	err = c.answer(ctx, req, &base)
	return base, err
}

// Collect removes the tenant's trees whose lock's digest is not in keep and that were not used for a while; they are
// built again when they are needed.
func (c *Client) Collect(ctx context.Context, tenant string, keep []string, unused time.Duration) error {
	res, err := c.post(ctx, "/environments/collect", map[string]any{
		"tenant": tenant, "keep": append([]string{}, keep...), "unused_seconds": unused.Seconds(),
	}, nil)
	if err != nil {
		return ended(ctx, err)
	}
	return res.Body.Close()
}

// ExecuteIn is Execute in an environment.
func (c *Client) ExecuteIn(ctx context.Context, req node.PythonRequest, env Environment) (node.PythonResult, error) {
	dir, remove, err := c.results()
	if err != nil {
		return node.PythonResult{Close: func() {}}, err
	}
	result, err := c.execute(ctx, req, env, dir)
	if err != nil {
		remove()
		return node.PythonResult{Usage: result.Usage, Close: func() {}}, ended(ctx, err)
	}
	result.Close = remove
	return result, nil
}

// inside checks that the service put an output where it was told to.
func inside(dir, path string) error {
	if filepath.Dir(path) != dir {
		return errs.Internal(errors.New("the Python service put an output outside of its folder"))
	}
	return nil
}

func (c *Client) answer(ctx context.Context, req *http.Request, into any) error {
	res, err := c.do(req)
	if err != nil {
		return ended(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		return ended(ctx, broken(err))
	}
	return nil
}
