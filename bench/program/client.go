package program

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"time"
)

// Client speaks to a server as its administrator.
type Client struct {
	HTTP *http.Client
	url  string
}

// Login gives a client of the server with that many connections.
func (s *Server) Login(ctx context.Context, connections int) (*Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &Client{url: s.URL, HTTP: &http.Client{
		Jar: jar, Timeout: 5 * time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections},
	}}
	body, err := json.Marshal(map[string]string{"name": "admin", "password": Password})
	if err != nil {
		return nil, err
	}
	return c, c.Do(ctx, http.MethodPost, "/api/auth/v1/login", "application/json", body, nil)
}

// Do makes a request and decodes its answer; an answer of 400 or more is an error.
func (c *Client) Do(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Origin", c.url)
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s answered %d: %s", method, path, resp.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// Upload puts a local file into the server's files folder.
func (c *Client) Upload(ctx context.Context, name, path string) error {
	content, err := os.ReadFile(path) //nolint:gosec // made by the bench
	if err != nil {
		return err
	}
	return c.Do(ctx, http.MethodPut, "/api/automation/v1/files/"+name, "application/octet-stream", content, nil)
}

// Publish stores a flow and publishes it, so that its webhook is active.
func (c *Client) Publish(ctx context.Context, yaml string) error {
	var made struct{ ID string }
	if err := c.Do(ctx, http.MethodPost, "/api/automation/v1/flows", "application/yaml", []byte(yaml), &made); err != nil {
		return err
	}
	return c.Do(ctx, http.MethodPost, "/api/automation/v1/flows/"+made.ID+"/publish", "application/json", []byte("{}"), nil)
}

// Counts gives the number of runs by status.
func (c *Client) Counts(ctx context.Context) (counts map[string]int, err error) {
	return counts, c.Do(ctx, http.MethodGet, "/api/automation/v1/runs/counts", "application/json", nil, &counts)
}
