package exampletest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/mongodb"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/testkit/mongoserver"
)

// loopback lets connections lead to servers of the test.
func loopback() egress.Config {
	return egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

// catalog is the connection catalog: a document database, which is started when somebody first opens it.
func catalog(t testing.TB, folder *files.Store) place {
	server := sync.OnceValue(func() *mongoserver.Server {
		s := mongoserver.Start(t)
		fillCatalog(t, s)
		return s
	})
	return func(ctx context.Context, tenant string) (connector.Conn, error) {
		s := server()
		typ := mongodb.Type()
		config := fmt.Sprintf(`{"host": %q, "port": %d, "database": "catalog", "user": %q, "password": %q, "tls": "off"}`, s.Host, s.Port, s.User, s.Password)
		return typ.Open(ctx, connector.World{Tenant: tenant, Files: folder, Egress: loopback()}, json.RawMessage(config))
	}
}

func fillCatalog(t testing.TB, s *mongoserver.Server) {
	t.Helper()
	ctx := t.Context()
	client, err := mongo.Connect(options.Client().SetHosts([]string{fmt.Sprintf("%s:%d", s.Host, s.Port)}).SetDirect(true).
		SetAuth(options.Credential{Username: s.User, Password: s.Password}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(ctx) }()
	for collection, docs := range map[string][]string{
		"products": {
			`{"_id": {"$oid": "65a000000000000000000001"}, "name": "pen", "price": 1.5, "tags": ["blue", "new"], "added": {"$date": "2024-01-01T00:00:00Z"}}`,
			`{"_id": {"$oid": "65a000000000000000000002"}, "name": "book", "price": 8, "tags": ["new"], "added": {"$date": "2024-01-02T00:00:00Z"}}`,
			`{"_id": {"$oid": "65a000000000000000000003"}, "name": "desk", "price": 120.0, "added": {"$date": "2024-01-03T00:00:00Z"}}`,
		},
		"stock": {`{"name": "pen", "price": 1.5}`},
	} {
		for _, text := range docs {
			var doc bson.D
			if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Database("catalog").Collection(collection).InsertOne(ctx, doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	unique := mongo.IndexModel{Keys: bson.D{{Key: "name", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := client.Database("catalog").Collection("stock").Indexes().CreateOne(ctx, unique); err != nil {
		t.Fatal(err)
	}
}
