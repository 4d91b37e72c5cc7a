package lineage

import (
	"strings"
	"testing"

	"dataflow/flow-automation/node"
)

// Names are those of OpenLineage's naming conventions.
func TestNamesOfDatasets(t *testing.T) {
	server := map[string]any{"host": "db.example.org", "port": 5433, "database": "shop", "user": "ada"}
	for _, c := range []struct {
		kind, schema, want string
		config             map[string]any
	}{
		{"postgres", "", "postgres://db.example.org:5433 shop.public.orders", server},
		{"postgres", "sales", "postgres://db.example.org:5433 shop.sales.orders", server},
		{"mysql", "", "mysql://db.example.org:5433 shop.orders", server},
		{"mysql", "other", "mysql://db.example.org:5433 other.orders", server},
		{"sqlite", "", "sqlite:data/shop.db orders", map[string]any{"path": "data/shop.db"}},
		{"postgres", "", "postgres://[::1]:5432 d.public.orders", map[string]any{"host": "::1", "port": float64(5432), "database": "d"}},
		{"queue", "", "queue://conn orders", map[string]any{}},
		{"mongodb", "", "mongodb://db.example.org:5433 shop.orders", server},
		{"mongodb", "other", "mongodb://db.example.org:5433 other.orders", server},
		{"mongodb", "", "mongodb://c.example.org shop.orders", map[string]any{"host": "c.example.org", "port": 27017, "srv": true, "database": "shop"}},
		{"imap", "", "imap://conn orders", server},
		{"smtp", "", "smtp://conn orders", server},
	} {
		namespace, name := TableName(c.kind, c.config, "conn", c.schema, "orders")
		if got := namespace + " " + name; got != c.want {
			t.Errorf("%s, not %s", got, c.want)
		}
	}
	for _, c := range []struct{ kind, name, want string }{
		{node.DatasetFile, "data/x.csv", "file data/x.csv"},
		{node.DatasetFile, "s3://bucket/a/b.parquet", "s3://bucket a/b.parquet"},
		{node.DatasetURL, "https://ada:secret@api.example.org/v1/items?token=secret#x", "https://api.example.org v1/items"},
		{node.DatasetURL, "https://api.example.org?token=secret", "https://api.example.org "},
		{node.DatasetURL, "https://api.example.org?token=a/b", "https://api.example.org "},
		{node.DatasetURL, "https://hooks.slack.com/services/T024BE7LD/B024BE7LH/XXXXXXXXabcdefgh", "https://hooks.slack.com services/*/*/*"},
		{node.DatasetURL, "https://api.example.org/v2/orderItems/bot123:abc/send-message", "https://api.example.org v2/orderItems/*/send-message"},
		{node.DatasetURL, "https://ada:pass/word@api.example.org/x", "url *"},
		{node.DatasetURL, "{{ params.url }}", "url *"},
		{node.DatasetFile, "https://files.example.org/a/x.csv?X-Amz-Signature=secret", "https://files.example.org a/x.csv"},
		{node.DatasetFile, "s3://bucket/a/b.parquet?s3_secret_access_key=x", "s3://bucket a/b.parquet"},
	} {
		namespace, name := PlainName(node.Dataset{Kind: c.kind, Name: c.name, Template: c.name})
		if got := namespace + " " + name; got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}

// Of an address with expressions the values are no part of the name, but for the host.
func TestNamesOfAddressesWithExpressions(t *testing.T) {
	for _, c := range []struct{ template, address, want string }{
		{"https://api.example.org/items/{{ params.id }}?key={{ vars.key }}", "https://api.example.org/items/secret?key=k", "https://api.example.org items/*"},
		{"{{ vars.host }}/items", "https://api.example.org/items", "https://api.example.org *"},
		{"https://{{ vars.host }}/items/a{{ x }}b", "https://api.example.org/items/aworldb", "https://api.example.org items/*"},
		{"{{ params.url }}", "https://api.example.org/words", "https://api.example.org *"},
	} {
		namespace, name := PlainName(node.Dataset{Kind: node.DatasetURL, Name: c.address, Template: c.template})
		if got := namespace + " " + name; got != c.want {
			t.Errorf("%s: %q, not %q", c.template, got, c.want)
		}
	}
}

// What means something in one place alone is told apart from what is called the same elsewhere.
func TestNamesOfSites(t *testing.T) {
	for _, c := range []struct{ namespace, connection, want string }{
		{"file", "", "file://site/acme"},
		{"sqlite:data/shop.db", "shop", "sqlite://site/acme/data/shop.db"},
		{"queue://events", "events", "queue://site/acme/events"},
		{"connection://shop", "shop", "connection://site/acme/shop"},
		{"postgres://db.example.org:5432", "shop", "postgres://db.example.org:5432"},
		{"s3://bucket", "", "s3://bucket"},
	} {
		if got := Sited("site/acme", c.namespace, c.connection); got != c.want {
			t.Errorf("%s, not %s", got, c.want)
		}
	}
}

// Queries that cannot be read are not one, and what is in them stays here.
func TestNamesOfQueries(t *testing.T) {
	_, one := PlainName(node.Dataset{Kind: node.DatasetQuery, Connection: "shop", Name: "SELECT TOP 1 'secret'"})
	_, two := PlainName(node.Dataset{Kind: node.DatasetQuery, Connection: "shop", Name: "SELECT TOP 2 'secret'"})
	if one == two || strings.Contains(one, "secret") {
		t.Error(one, two)
	}
}
