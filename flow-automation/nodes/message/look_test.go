package message

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func names(columns []table.Column) (list []string) {
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return list
}

// The last messages are shown before a run, and nothing of a group is confirmed, moved or made by that.
func TestLook(t *testing.T) {
	b := exampletest.New(t)
	looking := func(with map[string]any) ([]string, int, node.Looked) {
		t.Helper()
		with["connection"], with["topic"] = "events", "orders"
		out, looked, err := readType().Look(t.Context(), b.Call(with, nil))
		require.NoError(t, err)
		return names(out["table"].Table.Columns), len(b.Rows(*out["table"].Artifact).([]any)), looked
	}
	all := []string{"topic", "key", "body", "time", "headers", "id"}
	columns, rows, looked := looking(map[string]any{"group": "nightly"})
	require.Equal(t, all, columns)
	require.Equal(t, 2, rows)
	require.Equal(t, node.Looked{Unit: "messages", Objects: 2, Of: 2, Source: "orders", Connection: "events"}, looked)
	spread := []string{"message_topic", "message_key", "id", "amount", "message_time", "message_headers", "message_id"}
	columns, rows, _ = looking(map[string]any{"spread": true, "messages": 1})
	require.ElementsMatch(t, spread, columns)
	require.Equal(t, 1, rows)
	got, err := reading(b, &exampletest.Marks{}, map[string]any{"group": "nightly"})
	require.NoError(t, err)
	require.Len(t, got, 2, "the group has still all of them")
	require.NoError(t, b.Forgotten())
	require.Zero(t, b.Connections.Events.Open())

	conn, err := b.Connections.Open(t.Context(), exampletest.Tenant, "events")
	require.NoError(t, err)
	for i := range 150 {
		_, err := conn.(connector.Messages).Publish(t.Context(), "orders", []connector.Message{{Body: fmt.Appendf(nil, `{"late": %d}`, i)}})
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close())
	columns, rows, looked = looking(map[string]any{"spread": true})
	require.Contains(t, columns, "late")
	require.Equal(t, 100, rows)
	require.True(t, looked.More)

	b.Connections.Events.Hidden = true
	columns, rows, looked = looking(map[string]any{"format": "text"})
	require.Equal(t, all, columns)
	require.Zero(t, rows)
	require.True(t, looked.More, "only the columns are known")
	columns, _, _ = looking(map[string]any{"spread": true})
	require.Subset(t, columns, []string{"message_topic", "message_key", "message_time", "message_headers", "message_id"})
	b.Connections.Events.Hidden = false

	_, _, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "events", "topic": "ordres"}, nil))
	require.Equal(t, "with.topic", errs.From(err).Details[0].Field)
}

// The columns of messages are known without asking anybody, but where the fields of bodies are columns or it is not known what bodies are.
func TestFixedColumns(t *testing.T) {
	for config, body := range map[string]string{
		`{}`: "JSON", `{"format": "text", "topic": "{{ params.topic }}", "messages": "{{ params.n }}"}`: "VARCHAR", `{"format": "binary"}`: "VARCHAR",
		`{"spread": true}`: "", `{"format": "{{ params.format }}"}`: "",
	} {
		columns := readType().Fixed([]byte(config))
		if body == "" {
			require.Nil(t, columns, config)
			continue
		}
		require.Len(t, columns, 6, config)
		require.Equal(t, table.Column{Name: "body", Type: body}, columns[2], config)
	}
}
