package progress

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

func rowsOf(n int64) value.Value {
	return value.Value{Kind: value.Table, Table: &table.Meta{Rows: n}}
}

func TestWhatAStepGave(t *testing.T) {
	doc := &flow.Document{Spec: flow.Spec{Nodes: []flow.Node{{ID: "way", Type: "control.switch", With: map[string]any{"cases": []any{map[string]any{"name": "z", "when": true}, map[string]any{"name": "a", "when": true}}}}}}}
	for _, c := range []struct {
		typ     string
		outputs value.Outputs
		want    string
	}{
		{"quality.check", value.Outputs{"failed": rowsOf(21), "passed": rowsOf(3180), "report": {}}, "passed 3,180 · failed 21 rows"},
		{"quality.check", value.Outputs{"failed": rowsOf(0), "passed": rowsOf(3180)}, "passed 3,180 rows"},
		{"quality.check", value.Outputs{"failed": rowsOf(0), "passed": rowsOf(0)}, "0 rows"},
		{"quality.check", value.Outputs{"failed": rowsOf(1), "passed": rowsOf(0)}, "failed 1 row"},
		{"quality.clean", value.Outputs{"failed": rowsOf(0), "table": rowsOf(5), "report": {}}, "5 rows"},
		{"quality.clean", value.Outputs{"failed": rowsOf(2), "table": rowsOf(5), "report": {}}, "table 5 · failed 2 rows"},
		{"control.if", value.Outputs{"false": rowsOf(7)}, "false 7 rows"},
		{"control.switch", value.Outputs{"a": rowsOf(1), "default": rowsOf(2), "z": rowsOf(3)}, "z 3 · a 1 · default 2 rows"},
		{"table.filter", value.Outputs{"table": rowsOf(1)}, "1 row"},
		{"no.such", value.Outputs{"b": rowsOf(2), "a": rowsOf(1)}, "a 1 · b 2 rows"},
		{"file.write", value.Outputs{"file": {File: &value.FileMeta{Name: "a.csv"}}}, "a.csv"},
		{"value.set", value.Outputs{"value": {}}, ""},
	} {
		got := NewPorts(doc).Gave(engine.Step{NodeID: "way", NodeType: c.typ, Outputs: c.outputs})
		require.Equal(t, c.want, got, c.typ)
	}
	require.True(t, NewPorts(nil).NeedDocument([]engine.Step{{NodeType: "control.switch", Outputs: value.Outputs{"a": rowsOf(1), "b": rowsOf(1)}}}))
	require.False(t, NewPorts(doc).NeedDocument([]engine.Step{{NodeType: "control.switch", Outputs: value.Outputs{"a": rowsOf(1), "b": rowsOf(1)}}}))
}
