package read

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// asker sends requests for pages: to where a connection leads, or to an address.
type asker func(ctx context.Context, target string, query url.Values, header http.Header) (*http.Response, error)

// asker gives the one that the configuration wants, and what to do with it in the end.
func (c Config) asker(ctx context.Context, call *node.Call) (asker, func(), error) {
	if c.Connection == "" {
		return func(ctx context.Context, target string, query url.Values, header http.Header) (*http.Response, error) {
			return directly(ctx, call.Env.HTTP, target, query, header)
		}, func() {}, nil
	}
	conn, err := node.Connect[connector.Requests](ctx, call, c.Connection)
	if err != nil {
		return nil, nil, err
	}
	ask := func(ctx context.Context, target string, query url.Values, header http.Header) (*http.Response, error) {
		resp, err := conn.Do(ctx, connector.Request{Method: http.MethodGet, Path: target, Query: query, Header: header, Waiting: web.Again(call)})
		var e *errs.Error
		if errors.As(err, &e) && e.Code != connector.CodeElsewhere {
			return nil, node.At("with.connection", e)
		}
		return resp, err
	}
	return ask, func() { _ = conn.Close() }, nil // it has only read
}

func directly(ctx context.Context, client *http.Client, target string, query url.Values, header http.Header) (*http.Response, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, web.Invalid(node.CodeConfigInvalid, "url", "%q is not an address such as https://api.example.com/items", target)
	}
	if len(query) > 0 {
		all := u.Query()
		for name, list := range query {
			all[name] = append(all[name], list...)
		}
		u.RawQuery = all.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, web.Invalid(node.CodeConfigInvalid, "url", "The request cannot be made: %v", err)
	}
	if req.Header = header; header.Get("Host") != "" {
		req.Host = header.Get("Host")
	}
	return client.Do(req)
}

// page is one answer.
type page struct {
	body   json.RawMessage
	header http.Header
	from   *url.URL
	status int // also of what is no page
}

// codeLarge is the code of an answer that is larger than it may be.
const codeLarge = "response_too_large"

// fetch asks for a page, and makes sure that it is one.
func (c Config) fetch(ctx context.Context, ask asker, target string, query url.Values) (page, error) {
	timeout := flow.Duration(c.Timeout).Std(time.Minute)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	header := http.Header{"User-Agent": {"dataflow"}, "Accept": {"application/json"}}
	if err := web.AddHeaders(header, c.Headers); err != nil {
		return page{}, err
	}
	host := c.Connection
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		host = u.Host
	}
	failed := func(err error) error {
		var e *errs.Error
		if errors.As(err, &e) && len(e.Details) > 0 && limited.Err() == nil {
			return err
		}
		return web.Failure(ctx, limited, err, host, timeout)
	}
	resp, err := ask(limited, target, query, header)
	if err != nil {
		return page{}, failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.MaxBytes+1))
	if err != nil {
		return page{}, failed(err)
	}
	host = resp.Request.URL.Host
	switch {
	case resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices:
		return page{status: resp.StatusCode}, web.Invalid("http_status", "url", "%s answered %s at %s", host, resp.Status, resp.Request.URL.Path).WithHint("The answer began with: %s", web.Beginning(body))
	case int64(len(body)) > c.MaxBytes:
		return page{}, web.Invalid(codeLarge, "max_bytes", "%s answered with more than %d bytes", host, c.MaxBytes).WithHint("Ask for smaller pages, or raise the largest page.")
	case !json.Valid(body):
		return page{}, web.Invalid(connector.CodeAnswer, "url", "%s answered with something that is not JSON", host).WithHint("The answer began with: %s", web.Beginning(body))
	}
	return page{body, resp.Header, resp.Request.URL, resp.StatusCode}, nil
}
