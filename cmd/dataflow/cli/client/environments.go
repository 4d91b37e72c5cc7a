package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	python "dataflow/coderunner/client"
	"dataflow/coderunner/environment"
)

const coderunnerPath = "/api/coderunner/v1"

func environmentPath(name string, more ...string) string {
	path := coderunnerPath + "/environments/" + url.PathEscape(name)
	for _, part := range more {
		path += "/" + part
	}
	return path
}

// Environments lists all environments, the default one first.
func (c *Client) Environments(ctx context.Context) ([]environment.Environment, error) {
	var list struct {
		Items []environment.Environment `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, coderunnerPath+"/environments", nil, &list)
	return list.Items, err
}

// Environment gets one environment.
func (c *Client) Environment(ctx context.Context, name string) (e environment.Environment, err error) {
	err = c.call(ctx, http.MethodGet, environmentPath(name), nil, &e)
	return e, err
}

// DefaultPackages are those of the default environment.
func (c *Client) DefaultPackages(ctx context.Context) (base python.Base, err error) {
	err = c.call(ctx, http.MethodGet, coderunnerPath+"/base", nil, &base)
	return base, err
}

// CreateEnvironment makes a new environment.
func (c *Client) CreateEnvironment(ctx context.Context, name string, d environment.Draft) error {
	body := struct {
		Name string `json:"name"`
		environment.Draft
	}{name, d}
	return c.call(ctx, http.MethodPost, coderunnerPath+"/environments", body, nil)
}

// SaveEnvironment changes the environment that is at revision.
func (c *Client) SaveEnvironment(ctx context.Context, name string, revision int64, d environment.Draft) error {
	body := struct {
		Revision int64 `json:"revision"`
		environment.Draft
	}{revision, d}
	return c.call(ctx, http.MethodPut, environmentPath(name), body, nil)
}

// DeleteEnvironment removes an environment with its versions; one that flows name, only by force.
func (c *Client) DeleteEnvironment(ctx context.Context, name string, force bool) error {
	return c.call(ctx, http.MethodDelete, environmentPath(name)+"?force="+strconv.FormatBool(force), nil, nil)
}

// BuildEnvironment begins to build the next version.
func (c *Client) BuildEnvironment(ctx context.Context, name string) (v environment.Version, err error) {
	err = c.call(ctx, http.MethodPost, environmentPath(name, "builds"), nil, &v)
	return v, err
}

// EnvironmentVersions lists the versions, the newest first.
func (c *Client) EnvironmentVersions(ctx context.Context, name string) ([]environment.Version, error) {
	var list struct {
		Items []environment.Version `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, environmentPath(name, "versions"), nil, &list)
	return list.Items, err
}

// EnvironmentVersion gets a version with its lock.
func (c *Client) EnvironmentVersion(ctx context.Context, name string, version int) (v environment.Version, err error) {
	err = c.call(ctx, http.MethodGet, environmentPath(name, "versions", strconv.Itoa(version)), nil, &v)
	return v, err
}

// CancelBuild ends the build of a version.
func (c *Client) CancelBuild(ctx context.Context, name string, version int) error {
	return c.call(ctx, http.MethodPost, environmentPath(name, "versions", strconv.Itoa(version), "cancel"), nil, nil)
}

// UseEnvironmentVersion makes a ready version the one in use.
func (c *Client) UseEnvironmentVersion(ctx context.Context, name string, version int) error {
	return c.call(ctx, http.MethodPost, environmentPath(name, "rollback"), map[string]int{"version": version}, nil)
}

// PythonPolicy gets the language policy of the tenant's code.
func (c *Client) PythonPolicy(ctx context.Context) (p environment.PythonPolicy, err error) {
	err = c.call(ctx, http.MethodGet, coderunnerPath+"/policy", nil, &p)
	return p, err
}

// SetPythonPolicy changes the language policy of the tenant's code.
func (c *Client) SetPythonPolicy(ctx context.Context, policy string) (p environment.PythonPolicy, err error) {
	err = c.call(ctx, http.MethodPut, coderunnerPath+"/policy", map[string]string{"policy": policy}, &p)
	return p, err
}

func wheelPath(name string) string { return coderunnerPath + "/wheels/" + url.PathEscape(name) }

// Wheels lists the uploaded packages.
func (c *Client) Wheels(ctx context.Context) ([]environment.Wheel, error) {
	var list struct {
		Items []environment.Wheel `json:"items"`
	}
	err := c.call(ctx, http.MethodGet, coderunnerPath+"/wheels", nil, &list)
	return list.Items, err
}

// PutWheel uploads a package.
func (c *Client) PutWheel(ctx context.Context, name string, content io.Reader) (w environment.Wheel, err error) {
	err = c.exchange(ctx, request{method: http.MethodPut, path: wheelPath(name), contentType: "application/octet-stream", body: content}, &w)
	return w, err
}

// DeleteWheel removes an uploaded package.
func (c *Client) DeleteWheel(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, wheelPath(name), nil, nil)
}

// WatchBuild shows the log of a version's build from its first line until the build has ended.
func (c *Client) WatchBuild(ctx context.Context, name string, version int, show func(environment.LogLine)) error {
	path := environmentPath(name, "versions", strconv.Itoa(version), "events")
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path, header: map[string]string{"Accept": "text/event-stream"}})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	const longest = 1 << 20
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 64<<10), longest)
	for event := ""; lines.Scan(); {
		field, text, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case field == "event":
			event = text
		case field == "data" && event == "version":
			return nil
		case field == "data":
			var line environment.LogLine
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				return fmt.Errorf("read an event: %w", err)
			}
			show(line)
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the connection to the server broke; the build goes on there: %w", err)
	}
	return context.Cause(ctx)
}
