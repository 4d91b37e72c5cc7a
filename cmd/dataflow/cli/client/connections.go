package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// ConnectionKinds lists what connections can lead to.
func (c *Client) ConnectionKinds(ctx context.Context) ([]api.ConnectionKind, error) {
	var list api.List[api.ConnectionKind]
	err := c.call(ctx, http.MethodGet, at("connection-kinds"), nil, &list)
	return list.Items, err
}

// Connections lists all connections.
func (c *Client) Connections(ctx context.Context) ([]connection.Connection, error) {
	var list api.List[connection.Connection]
	err := c.call(ctx, http.MethodGet, at("connections"), nil, &list)
	return list.Items, err
}

// Connection gives a connection, without its secrets.
func (c *Client) Connection(ctx context.Context, name string) (out connection.Connection, err error) {
	err = c.call(ctx, http.MethodGet, at("connections", name), nil, &out)
	return out, err
}

// SaveConnection changes a connection.
func (c *Client) SaveConnection(ctx context.Context, name string, change api.ConnectionChange) (out connection.Connection, err error) {
	err = c.call(ctx, http.MethodPut, at("connections", name), change, &out)
	return out, err
}

// CreateConnection makes a new connection.
func (c *Client) CreateConnection(ctx context.Context, n api.NewConnection) (out connection.Connection, err error) {
	err = c.call(ctx, http.MethodPost, at("connections"), n, &out)
	return out, err
}

// TestConnection tries a connection.
func (c *Client) TestConnection(ctx context.Context, name string) (out connection.Test, err error) {
	err = c.call(ctx, http.MethodPost, at("connections", name, "test"), nil, &out)
	return out, err
}

// BrowseConnection lists what lies below a path.
func (c *Client) BrowseConnection(ctx context.Context, name string, path connector.Path) ([]connector.Entry, error) {
	var list api.List[connector.Entry]
	err := c.call(ctx, http.MethodGet, at("connections", name, "entries")+"?"+within(path).Encode(), nil, &list)
	return list.Items, err
}

// SampleConnection gives the first rows of a table.
func (c *Client) SampleConnection(ctx context.Context, name string, path connector.Path, limit int) (page table.Page, err error) {
	query := within(path)
	query.Set("limit", strconv.Itoa(limit))
	err = c.call(ctx, http.MethodGet, at("connections", name, "rows")+"?"+query.Encode(), nil, &page)
	return page, err
}

func within(path connector.Path) url.Values {
	return url.Values{"schema": {path.Schema}, "table": {path.Table}}
}

// DeleteConnection deletes a connection; force does it although flows name it.
func (c *Client) DeleteConnection(ctx context.Context, name string, force bool) error {
	return c.call(ctx, http.MethodDelete, at("connections", name)+"?force="+strconv.FormatBool(force), nil, nil)
}
