package table

import (
	"encoding/json"
	"strings"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
)

// TestChecksNameTheField: what can be seen without data is said at its field, unless an expression stands there.
func TestChecksNameTheField(t *testing.T) {
	types := node.NewRegistry(Types())
	for _, c := range []struct{ typ, config, want string }{
		{"table.join", `{}`, "with.on"},
		{"table.join", `{"on": "{{ params.keys }}"}`, ""},
		{"table.join", `{"kind": "{{ params.kind }}"}`, ""},
		{"table.join", `{"kind": "cross"}`, ""},
		{"table.join", `{"kind": "cross", "on": [{"left": "a"}]}`, "with.on"},
		{"table.join", `{"on": [{"right": "a"}]}`, "with.on[0].left"},
		{"table.join", `{"kind": "asof"}`, "with.nearest.left"},
		{"table.join", `{"kind": "asof", "nearest": {"left": "at"}, "tolerance": "soon"}`, "with.tolerance"},
		{"table.join", `{"kind": "asof", "nearest": {"left": "at"}, "tolerance": "{{ params.apart }}"}`, ""},
		{"table.aggregate", `{"values": [{"as": "n"}, {"function": "{{ params.function }}"}]}`, ""},
		{"table.aggregate", `{"values": [{"function": "sum"}]}`, "with.values[0].column"},
		{"table.pivot", `{"column": "a", "values": [{}, {"function": "max"}]}`, "with.values[1].column"},
		{"table.sample", `{"by": "percent", "each": ["a"]}`, "with.each"},
		{"table.window", `{"values": [{"function": "rank"}]}`, "with.order"},
		{"table.window", `{"values": [{}]}`, ""},
		{"table.window", `{"values": [{"function": "{{ params.function }}"}]}`, ""},
		{"table.window", `{"values": [{"function": "lag"}]}`, "with.values[0].column"},
		{"table.window", `{"values": [{"function": "lag", "column": "{{ params.column }}"}]}`, ""},
		{"table.fill", `{"columns": [{"column": "a"}]}`, "with.columns[0].value"},
		{"table.fill", `{"columns": [{"column": "a", "value": "{{ params.x }}"}]}`, ""},
		{"table.fill", `{"columns": [{"column": "a", "value": ""}]}`, ""},
		{"table.split", `{"column": "a", "separator": ""}`, "with.separator"},
		{"table.split", `{"column": "a", "by": "groups", "pattern": "(a)", "into": ["x", "y"]}`, "with.pattern"},
		{"table.split", `{"column": "a", "by": "pattern", "pattern": "{{ params.pattern }}"}`, ""},
		{"table.split", `{"column": "a", "by": "{{ params.by }}", "pattern": "("}`, ""},
	} {
		var fields []string
		for _, d := range types.Get(c.typ).Check(json.RawMessage(c.config)) {
			fields = append(fields, d.Field)
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.typ, c.config, got, c.want)
		}
	}
}

func TestExamples(t *testing.T) {
	node.NewRegistry(Types()) // panics when a type is incomplete
	for _, typ := range Types() {
		if len(typ.Examples) < 2 {
			t.Errorf("%s has %d examples", typ.Name, len(typ.Examples))
		}
		for _, ex := range typ.Examples {
			t.Run(typ.Name+"/"+ex.Title, func(t *testing.T) { exampletest.New(t).Example(typ, ex) })
		}
	}
}
