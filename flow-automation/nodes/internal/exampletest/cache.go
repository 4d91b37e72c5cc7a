package exampletest

import (
	"context"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"sync"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Cache is the system of keys behind the connection cache, which the examples of key nodes use. Values are as they were
// written, and none of them goes away by itself.
type Cache struct {
	mu   sync.Mutex
	keys map[string]string
}

func newCache() *Cache {
	return &Cache{keys: map[string]string{"user:1": `{"name": "Ada"}`, "user:2": `"Bob"`, "other": `"x"`}}
}

// Values gives all values by key.
func (c *Cache) Values() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.keys)
}

// cacheConn is an open connection to them.
type cacheConn struct{ c *Cache }

func (c *cacheConn) Close() error                         { return nil }
func (c *cacheConn) Test(context.Context) (string, error) { return "cache", nil }

func (c *cacheConn) Browse(context.Context, connector.Path) ([]connector.Entry, error) {
	return nil, nil
}

// Read implements connector.Tables.
func (c *cacheConn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	columns := []table.StreamColumn{
		{Column: table.Column{Name: "key", Type: "VARCHAR"}}, {Column: table.Column{Name: "type", Type: "VARCHAR"}},
		{Column: table.Column{Name: "ttl", Type: "DOUBLE"}}, {Column: table.Column{Name: "value", Type: "JSON"}, Coding: table.JSON},
	}
	return &connector.Reading{Columns: columns, SQL: req.Path.Table, Feed: func(_ context.Context, w io.Writer) error {
		out := rowtext.NewWriter(w, []string{"key", "type", "ttl", "value"})
		values := c.c.Values()
		for _, k := range slices.Sorted(maps.Keys(values)) {
			if ok, err := path.Match(req.Path.Table, k); err != nil || !ok {
				continue // a pattern that is none finds nothing
			}
			out.Text([]byte(k))
			out.Text([]byte("string"))
			out.Null()
			out.Text([]byte(values[k]))
			if err := out.End(); err != nil {
				return err
			}
		}
		return out.Close()
	}}, nil
}

// Write implements connector.Tables. The columns are the key, and the value where it is not to be removed.
func (c *cacheConn) Write(ctx context.Context, req connector.WriteRequest) (connector.Written, error) {
	columns := make([]table.StreamColumn, len(req.Columns))
	for i, col := range req.Columns {
		columns[i].Column = col
	}
	at := func(name string) int {
		return slices.IndexFunc(req.Columns, func(c table.Column) bool { return c.Name == name })
	}
	var done connector.Written
	_, err := req.Give(ctx, columns, func(_ context.Context, r io.Reader) error {
		c.c.mu.Lock()
		defer c.c.mu.Unlock()
		for in := rowtext.NewReader(r); ; {
			fields, err := in.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			done.Rows++
			key := string(fields[at("key")].Text)
			if _, there := c.c.keys[key]; there && req.Mode != connector.Delete {
				done.Updated++
			} else if there {
				done.Removed++
			}
			if delete(c.c.keys, key); req.Mode != connector.Delete {
				c.c.keys[key] = string(fields[at("value")].Text)
			}
		}
	})
	return done, err
}
