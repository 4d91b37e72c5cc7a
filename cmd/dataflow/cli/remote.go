package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

const automationPath = "/api/automation/v1"

// remote is a server, spoken to over its public API.
type remote struct {
	base  string
	token string
	http  *http.Client
}

// credentials say who asks: a token, or a name and a password.
type credentials struct{ token, user, password string }

// connect reaches the server and logs in.
func connect(ctx context.Context, server string, c credentials) (*remote, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usagef("--server must be an address such as http://localhost:3000, not %q", server)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	r := &remote{base: strings.TrimRight(u.String(), "/"), token: c.token, http: &http.Client{Jar: jar}}
	switch {
	case c.token != "":
	case c.user != "" && c.password != "":
		body := map[string]string{"name": c.user, "password": c.password}
		if err := r.call(ctx, http.MethodPost, "/api/auth/v1/login", body, nil); err != nil {
			return nil, withCode(exitUnreachable, err)
		}
	default:
		return nil, withCode(exitUnreachable, errs.Unauthorized("login_required", "The server at %s needs a login", r.base).
			WithHint("Give --token (or DATAFLOW_TOKEN), or --user with DATAFLOW_PASSWORD. A token is made in the settings of the web page, or by `dataflow token create` on the server's machine."))
	}
	if err := r.call(ctx, http.MethodGet, "/api/auth/v1/me", nil, nil); err != nil {
		return nil, withCode(exitUnreachable, err)
	}
	return r, nil
}

// send makes one request. An answer that is an error becomes the *errs.Error that the server sent.
func (r *remote) send(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, withCode(exitUnreachable, fmt.Errorf("the server at %s cannot be reached: %w", r.base, err))
	}
	if resp.StatusCode < 400 {
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
		return withCode(exitUnreachable, fmt.Errorf("the server answered %s, which is not Dataflow's way; is the address right?", resp.Status))
	}
	e := errs.New(resp.StatusCode, p.Code, "%s", message).With(p.Errors...)
	e.Hint = p.Hint
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return withCode(exitUnreachable, e)
	}
	return e
}

func (r *remote) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	contentType := ""
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, contentType = bytes.NewReader(raw), "application/json"
	}
	resp, err := r.send(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if out == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the server's answer to %s %s: %w", method, path, err)
	}
	return nil
}

func (r *remote) begin(ctx context.Context, text string, params map[string]any) (run engine.Run, err error) {
	err = r.call(ctx, http.MethodPost, automationPath+"/runs", map[string]any{"yaml": text, "params": params}, &run)
	return run, err
}

func (r *remote) run(ctx context.Context, id string) (run engine.Run, err error) {
	err = r.call(ctx, http.MethodGet, automationPath+"/runs/"+id, nil, &run)
	return run, err
}

func (r *remote) steps(ctx context.Context, id string) ([]engine.Step, error) {
	var list struct{ Items []engine.Step }
	err := r.call(ctx, http.MethodGet, automationPath+"/runs/"+id+"/steps", nil, &list)
	return list.Items, err
}

func (r *remote) cancel(ctx context.Context, id string) error {
	return r.call(ctx, http.MethodPost, automationPath+"/runs/"+id+"/cancel", nil, nil)
}

func (r *remote) page(ctx context.Context, id string, limit int64) (page table.Page, err error) {
	err = r.call(ctx, http.MethodGet, fmt.Sprintf("%s/artifacts/%s/rows?limit=%d", automationPath, id, limit), nil, &page)
	return page, err
}

func (r *remote) files(ctx context.Context, prefix string) ([]files.Info, error) {
	var all []files.Info
	for cursor := ""; ; {
		var list struct {
			Items []files.Info
			Next  string
		}
		q := url.Values{"prefix": {prefix}, "cursor": {cursor}, "limit": {"500"}}
		if err := r.call(ctx, http.MethodGet, automationPath+"/files?"+q.Encode(), nil, &list); err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
		if cursor = list.Next; cursor == "" {
			return all, nil
		}
	}
}

func filePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return automationPath + "/files/" + strings.Join(parts, "/")
}

func (r *remote) upload(ctx context.Context, name string, content io.Reader) error {
	resp, err := r.send(ctx, http.MethodPut, filePath(name), "application/octet-stream", content)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (r *remote) download(ctx context.Context, name string) (io.ReadCloser, error) {
	resp, err := r.send(ctx, http.MethodGet, filePath(name), "", nil)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// watch follows the run's events until it ends. A broken connection is taken up again where it broke.
func (r *remote) watch(ctx context.Context, id string, show func(engine.Event)) error {
	const tries = 5
	last := ""
	for failed := 0; ; {
		ended, progress, err := r.follow(ctx, id, &last, show)
		if ended || ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if progress {
			failed = 0
		}
		if failed++; failed > tries {
			return withCode(exitUnreachable, fmt.Errorf("the connection to the server broke %d times; the run %s goes on there: %w", failed, id, err))
		}
	}
}

// follow reads one stream of events. It says whether the run has ended, and whether anything came.
func (r *remote) follow(ctx context.Context, id string, last *string, show func(engine.Event)) (ended, progress bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+automationPath+"/runs/"+id+"/events", nil)
	if err != nil {
		return false, false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if *last != "" {
		req.Header.Set("Last-Event-ID", *last)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return false, false, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return false, false, problemOf(resp)
	}
	const longest = 8 << 20
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 64<<10), longest)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), ":")
		text = strings.TrimPrefix(text, " ")
		switch name {
		case "id":
			*last = text
		case "data":
			var e engine.Event
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				return false, progress, fmt.Errorf("read an event: %w", err)
			}
			progress = true
			show(e)
			ended = ended || (e.Run != nil && e.Run.Status.Final())
		}
	}
	return ended, progress, lines.Err()
}
