// Package client is a server as the command line sees it: its public API with typed answers and errors that say what to do.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

const (
	automationPath = "/api/automation/v1"
	authPath       = "/api/auth/v1"
)

// Client speaks to one server as one principal.
type Client struct {
	base  string
	token string
	http  *http.Client
	me    auth.Principal
}

// Credentials say who asks: a token, or a name and a password.
type Credentials struct{ Token, User, Password string }

// Address checks the address of a server and gives it in the one form that is stored and compared.
func Address(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", console.Usagef("--server must be an address such as http://localhost:3000, not %q", server)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// Connect reaches the server and logs in.
func Connect(ctx context.Context, server string, c Credentials) (*Client, error) {
	base, err := Address(server)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	r := &Client{base: base, token: c.Token, http: &http.Client{Jar: jar}}
	switch {
	case c.Token != "":
	case c.User != "" && c.Password != "":
		body := map[string]string{"name": c.User, "password": c.Password}
		if err := r.call(ctx, http.MethodPost, authPath+"/login", body, nil); err != nil {
			return nil, console.WithCode(console.ExitUnreachable, err)
		}
	default:
		return nil, console.WithCode(console.ExitUnreachable, errs.Unauthorized("login_required", "The server at %s needs a login", r.base).
			WithHint("Run `dataflow login --server %s`, or give --token (or DATAFLOW_TOKEN), or --user with DATAFLOW_PASSWORD. A token is made in the settings of the web page, or by `dataflow token create` on the server's machine.", r.base))
	}
	if err := r.call(ctx, http.MethodGet, authPath+"/me", nil, &r.me); err != nil {
		return nil, console.WithCode(console.ExitUnreachable, err)
	}
	return r, nil
}

// Server is the address that the client speaks to.
func (c *Client) Server() string { return c.base }

// Me is who the server says the client is.
func (c *Client) Me() auth.Principal { return c.me }

// CreateToken makes an API token and gives its secret.
func (c *Client) CreateToken(ctx context.Context, name string) (string, error) {
	var made struct {
		Secret string `json:"token"`
	}
	err := c.call(ctx, http.MethodPost, authPath+"/tokens", map[string]string{"name": name}, &made)
	return made.Secret, err
}

// request is what goes to the server. Body is read once.
type request struct {
	method, path, contentType string
	header                    map[string]string
	body                      io.Reader
}

// send makes one request. An answer that is an error becomes the *errs.Error that the server sent.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, r.body)
	if err != nil {
		return nil, err
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, console.WithCode(console.ExitUnreachable, fmt.Errorf("the server at %s cannot be reached: %w", c.base, err))
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, problemOf(resp)
}

// problemOf reads an RFC 9457 answer.
func problemOf(resp *http.Response) error {
	var p struct {
		Title  string        `json:"title"`
		Code   string        `json:"code"`
		Detail string        `json:"detail"`
		Hint   string        `json:"hint"`
		Errors []errs.Detail `json:"errors"`
	}
	const most = 1 << 20
	err := json.NewDecoder(io.LimitReader(resp.Body, most)).Decode(&p)
	message := p.Detail
	if message == "" {
		message = p.Title
	}
	if err != nil || message == "" {
		return console.WithCode(console.ExitUnreachable, fmt.Errorf("the server answered %s, which is not Dataflow's way; is the address right?", resp.Status))
	}
	e := errs.New(resp.StatusCode, p.Code, "%s", message).With(p.Errors...)
	e.Hint = p.Hint
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return console.WithCode(console.ExitUnreachable, e)
	}
	return e
}

// call sends and takes JSON; in and out may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	r := request{method: method, path: path}
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		r.body, r.contentType = bytes.NewReader(raw), "application/json"
	}
	return c.exchange(ctx, r, out)
}

// exchange sends a request and reads its JSON answer; out may be nil.
func (c *Client) exchange(ctx context.Context, r request, out any) error {
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if out == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the server's answer to %s %s: %w", r.method, r.path, err)
	}
	return nil
}

// largestPage is how many items one request of a list brings.
const largestPage = 500

// pages gives the items of a list one after the other and asks for each page when it is needed. An error is the last
// that it gives.
func pages[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set("limit", fmt.Sprint(largestPage))
		for {
			var page struct {
				Items []T    `json:"items"`
				Next  string `json:"next"`
			}
			if err := c.call(ctx, http.MethodGet, path+"?"+q.Encode(), nil, &page); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.Set("cursor", page.Next)
		}
	}
}

// Collect takes the items of a list up to most; 0 takes all. More says whether there are others.
func Collect[T any](items iter.Seq2[T, error], most int) (list []T, more bool, err error) {
	list = []T{}
	for item, err := range items {
		if err != nil {
			return nil, false, err
		}
		if most > 0 && len(list) == most {
			return list, true, nil
		}
		list = append(list, item)
	}
	return list, false, nil
}

// at joins a path below the automation API out of parts that may hold anything.
func at(parts ...string) string {
	var b strings.Builder
	b.WriteString(automationPath)
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
