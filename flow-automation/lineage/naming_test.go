package lineage

import (
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
		{node.DatasetURL, "{{ params.url }}", "file {{ params.url }}"},
	} {
		namespace, name := PlainName(node.Dataset{Kind: c.kind, Name: c.name})
		if got := namespace + " " + name; got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
