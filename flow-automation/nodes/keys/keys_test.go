package keys

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
)

func TestExamples(t *testing.T) {
	for _, typ := range Types() {
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
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
