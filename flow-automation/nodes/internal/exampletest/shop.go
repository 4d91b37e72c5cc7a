package exampletest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/sqlite"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
)

// ShopFile is the database behind the connection shop, which the examples of database nodes use.
const ShopFile = "shop.db"

// Shop gives the connections of examples: shop, a database with a table of orders, made when somebody first opens it;
// bucket, a folder with some objects; api, a web service; events, a system of messages; cache, a system of keys; and servers,
// each of which is started when somebody first opens it.
func Shop(t testing.TB, folder *files.Store) *Connections {
	return &Connections{t: t, files: folder, Events: newEvents(), Cache: newCache(), servers: map[string]place{
		"catalog": catalog(t, folder), "outbox": outbox(t), "mailbox": mailbox(t),
	}}
}

// place opens a connection.
type place func(ctx context.Context, tenant string) (connector.Conn, error)

// Connections are those of examples.
type Connections struct {
	Events *Events
	Cache  *Cache
	t      testing.TB
	files  *files.Store
	once   sync.Once
	full   sync.Once // of the bucket
	asked  sync.Once // of the web service
	server *httptest.Server
	// servers are further ones by name.
	servers map[string]place
}

// Open implements node.Connections.
func (s *Connections) Open(ctx context.Context, tenant, name string) (connector.Conn, error) {
	if open := s.servers[name]; open != nil {
		if ended := connector.Ended(ctx); ended != nil {
			return nil, ended // nothing needs to be started for that
		}
		return open(ctx, tenant)
	}
	switch name {
	case "events":
		s.Events.opened(1)
		return &eventsConn{s.Events}, nil
	case "cache":
		return &cacheConn{s.Cache}, nil
	case "bucket":
		return s.bucket(ctx, tenant)
	case "api":
		return s.api(ctx, tenant)
	case "shop":
	default:
		return nil, errs.NotFound("connection_not_found", "There is no connection %q.", name)
	}
	s.once.Do(s.fill)
	config := json.RawMessage(fmt.Sprintf(`{"path": %q}`, ShopFile))
	typ := sqlite.Type()
	return typ.Open(ctx, connector.World{Tenant: tenant, Files: s.files}, config)
}

// Way implements node.Connections.
func (s *Connections) Way(_ context.Context, _, name string) (node.Way, error) {
	return node.Way{Leads: name + ".example.org", Revision: "1"}, nil
}

func (s *Connections) fill() {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), ShopFile)
	d, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, amount REAL)",
		"INSERT INTO orders VALUES (1, 'Ada', 12.5), (2, 'Bob', 3.25), (3, 'Ada', 8)",
	} {
		if _, err := d.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		s.t.Fatal(err)
	}
	content, err := os.Open(path) //nolint:gosec // made above
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	if _, err := s.files.Put(s.t.Context(), Tenant, ShopFile, content); err != nil {
		s.t.Fatal(err)
	}
}
