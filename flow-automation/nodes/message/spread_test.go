package message

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/nodes/internal/exampletest"
)

// The fields of messages are columns also when none has come, as far as an earlier run has seen them.
func TestFieldsStayWhenNothingComes(t *testing.T) {
	for _, group := range []string{"", "nightly"} {
		b := exampletest.New(t)
		known := &exampletest.Marks{}
		columns := func(topic string) (names []string) {
			t.Helper()
			call := b.Call(map[string]any{"connection": "events", "topic": topic, "quiet_seconds": 0.1, "spread": true, "group": group}, nil)
			call.Env.Marks = known
			out, err := readType().Run(t.Context(), call)
			require.NoError(t, err)
			require.NoError(t, b.Ended())
			for _, c := range out["table"].Table.Columns {
				names = append(names, c.Name+" "+c.Type)
			}
			return names
		}
		before := columns("orders")
		require.Contains(t, before, "amount DOUBLE")
		require.Equal(t, before, columns("orders"), "group %q", group)
	}
}
