package keys

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestExamples(t *testing.T) {
	for _, typ := range Types() {
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
}

// The columns of keys are always known, and a few keys are shown before a run.
func TestLook(t *testing.T) {
	b := exampletest.New(t)
	with := map[string]any{"connection": "cache", "pattern": "user:*"}
	out, looked, err := readType().Look(t.Context(), b.Call(with, nil))
	require.NoError(t, err)
	require.Equal(t, node.Looked{Unit: "rows", Objects: 2, Of: 2, Source: "user:*", Connection: "cache"}, looked)
	require.Len(t, b.Rows(*out["table"].Artifact), 2)
	require.Equal(t, readType().Fixed(nil), out["table"].Table.Columns)

	late := func(with map[string]any) (columns []table.Column, looked node.Looked) {
		t.Helper()
		var c Read
		raw := b.Call(with, nil)
		require.NoError(t, json.Unmarshal(raw.Config, &c))
		out, looked, err := c.look(t.Context(), raw, 0)
		require.NoError(t, err)
		return out["table"].Table.Columns, looked
	}
	columns, looked := late(map[string]any{"connection": "cache", "pattern": "user:*", "columns": []any{"ttl", "key"}})
	require.Equal(t, node.Looked{Unit: "rows", More: true, Source: "user:*", Connection: "cache"}, looked, "the columns alone")
	require.Equal(t, []table.Column{{Name: "ttl", Type: "DOUBLE"}, {Name: "key", Type: "VARCHAR"}}, columns)
	require.Nil(t, readType().Fixed(json.RawMessage(`{"columns": ["{{ params.column }}"]}`)))

	_, _, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "events", "pattern": "*"}, nil))
	require.Equal(t, "with.connection", errs.From(err).Details[0].Field)
}

func TestEffects(t *testing.T) {
	typ := writeType()
	for config, want := range map[string]node.Effect{
		`{}`: node.Idempotent, `{"mode": "append"}`: node.Unsafe, `{"mode": "delete"}`: node.Idempotent, `{"mode": "{{ params.mode }}"}`: node.Unsafe,
	} {
		require.Equal(t, want, typ.EffectFor(json.RawMessage(config)), config)
	}
}

func TestWrite(t *testing.T) {
	b := exampletest.New(t)
	write := func(with map[string]any, rows string) error {
		with["connection"] = "cache"
		_, err := writeType().Run(t.Context(), b.Call(with, map[string][]value.Value{"table": {b.Table([]byte(rows))}}))
		return err
	}
	require.NoError(t, write(map[string]any{"key": "id", "prefix": "it's:", "value": "text"}, `[{"id": 1, "text": "plain"}]`))
	require.Equal(t, "plain", b.Connections.Cache.Values()["it's:1"])
	require.NoError(t, write(map[string]any{"key": "id", "prefix": "o:"}, `[{"id": 1, "text": "plain"}]`))
	require.JSONEq(t, `{"id": 1, "text": "plain"}`, b.Connections.Cache.Values()["o:1"])
	rows := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 1, "text": "x"}]`))}}
	for _, c := range []struct {
		with        map[string]any
		code, field string
	}{
		{map[string]any{"connection": "shpo", "key": "id"}, "connection_not_found", "with.connection"},
		{map[string]any{"connection": "cache"}, connector.CodeColumn, "with.key"},
		{map[string]any{"connection": "cache", "key": "id", "value": "txet"}, connector.CodeColumn, "with.value"},
		{map[string]any{"connection": "cache", "key": "id", "type": "x"}, connector.CodeColumn, "with.type"},
		{map[string]any{"connection": "cache", "key": "id", "expire": "id", "seconds": 5}, "config_invalid", "with.seconds"},
		{map[string]any{"connection": "events", "key": "id"}, connector.CodeUnfit, "with.connection"},
	} {
		b.Refuses(writeType(), c.with, rows, c.code, c.field)
	}
}
