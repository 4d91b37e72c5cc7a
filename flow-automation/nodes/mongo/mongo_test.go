package mongo

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

func TestEffects(t *testing.T) {
	typ := writeType()
	for config, want := range map[string]node.Effect{
		`{}`: node.Unsafe, `{"mode":"append"}`: node.Unsafe, `{"once":true}`: node.Idempotent, `{"mode":"upsert"}`: node.Idempotent, `{"mode":"delete"}`: node.Idempotent,
		`{"mode":"truncate"}`: node.Idempotent, `{"mode":"replace"}`: node.Idempotent, `{"mode":"{{ params.mode }}"}`: node.Unsafe,
	} {
		require.Equal(t, want, typ.EffectFor(json.RawMessage(config)), config)
	}
}

func TestOnlyNewDocuments(t *testing.T) {
	b := exampletest.New(t)
	for field, last := range map[string]string{"_id": "65a000000000000000000003", "added": "2024-01-03 00:00:00+00", "price": "120.0"} {
		known := &exampletest.Marks{}
		for _, want := range []int{3, 0} {
			call := b.Call(map[string]any{"connection": "catalog", "collection": "products", "incremental": field}, nil)
			call.Env.Marks = known
			out, err := readType().Run(t.Context(), call)
			require.NoError(t, err)
			require.Len(t, b.Rows(*out["table"].Artifact), want, field)
			require.Contains(t, known.Value, last)
		}
	}
}

func TestErrorsNameTheField(t *testing.T) {
	b := exampletest.New(t)
	rows := map[string][]value.Value{"table": {b.Table([]byte(`[{"name": "x", "price": 1}, {"name": "x", "price": 2}]`))}}
	for _, c := range []struct {
		typ         node.Type
		with        map[string]any
		code, field string
	}{
		{readType(), map[string]any{"connection": "catalogue", "collection": "products"}, "connection_not_found", "with.connection"},
		{readType(), map[string]any{"connection": "shop", "collection": "products"}, "connection_unfit", "with.connection"},
		{readType(), map[string]any{"connection": "catalog", "collection": "prodcts"}, "table_missing", "with.collection"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "fields": []any{"naame"}}, "column_missing", "with.fields"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "incremental": "tags"}, "column_missing", "with.incremental"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "filter": "{"}, "query_invalid", "with.filter"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "sort": "{"}, "query_invalid", "with.sort"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "pipeline": `[{"$nope": 1}]`}, "query_invalid", "with.pipeline"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "pipeline": "[]", "filter": "{}"}, "config_invalid", "with.pipeline"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "projection": "{}", "fields": []any{"a"}}, "config_invalid", "with.fields"},
		{readType(), map[string]any{"connection": "catalog", "collection": "products", "limit": 1, "incremental": "_id"}, "config_invalid", "with.limit"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "prodcts"}, "table_missing", "with.collection"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert"}, "config_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert", "keys": []any{"naame"}}, "keys_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert", "keys": []any{"name"}}, "keys_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert", "keys": []any{"price"}}, "keys_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "catalog", "collection": "stock", "mode": "replace", "once": true}, "config_invalid", "with.once"},
	} {
		b.Refuses(c.typ, c.with, rows, c.code, c.field)
	}
}

func TestAKeyThatComesTwiceIsNamedWithItsRows(t *testing.T) {
	b := exampletest.New(t)
	rows := map[string][]value.Value{"table": {b.Table([]byte(`[{"name": "a", "price": 3}, {"name": "x", "price": 1}, {"name": "b", "price": 1}, {"name": "x", "price": 1}, {"name": "a", "price": 3}]`))}}
	_, err := writeType().Run(t.Context(), b.Call(map[string]any{"connection": "catalog", "collection": "stock", "mode": "upsert", "keys": []any{"name", "price"}}, rows))
	e := errs.From(err)
	require.Equal(t, `Rows 2 and 4 for "stock" have the same key: (name, price) = (x, 1).`, e.Message)
	require.Equal(t, []int64{2, 4}, []int64{e.Details[0].Row, e.Details[1].Row})
	require.Equal(t, "with.keys", e.Details[0].Field)
}
