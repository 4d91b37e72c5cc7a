package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// Page reads the first rows of a table.
func (c *Client) Page(ctx context.Context, artifact string, limit int64) (page table.Page, err error) {
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("%s/rows?limit=%d", at("artifacts", artifact), limit), nil, &page)
	return page, err
}

// Files lists the files whose names begin with prefix.
func (c *Client) Files(ctx context.Context, prefix string) ([]files.Info, error) {
	all, _, err := Collect(pages[files.Info](ctx, c, at("files"), url.Values{"prefix": {prefix}}), 0)
	return all, err
}

func filePath(name string) string {
	return at(append([]string{"files"}, strings.Split(name, "/")...)...)
}

// Upload creates or replaces a file.
func (c *Client) Upload(ctx context.Context, name string, content io.Reader) error {
	resp, err := c.send(ctx, request{method: http.MethodPut, path: filePath(name), contentType: "application/octet-stream", body: content})
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// Download gives the content of a file; the caller closes it.
func (c *Client) Download(ctx context.Context, name string) (io.ReadCloser, error) {
	resp, err := c.send(ctx, request{method: http.MethodGet, path: filePath(name)})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
