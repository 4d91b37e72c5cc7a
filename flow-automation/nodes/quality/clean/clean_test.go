package clean

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
)

func TestExamples(t *testing.T) {
	node.NewRegistry([]node.Type{Type()})
	for _, ex := range Type().Examples {
		t.Run(ex.Title, func(t *testing.T) { exampletest.New(t).Example(Type(), ex) })
	}
}

// A step that fits none of its columns changes nothing and says so.
func TestNothingToDo(t *testing.T) {
	b := exampletest.New(t)
	in := b.Table(json.RawMessage(`[{"n": 1}]`))
	out, err := Type().Run(t.Context(), b.Call(with{"steps": list{with{"do": "trim", "columns": list{"*"}}}}, map[string][]value.Value{"table": {in}}))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(b.Rows(*out["table"].Artifact)); got != "[map[n:1]]" || out["failed"].Table.Rows != 0 {
		t.Errorf("%s, %+v", got, out["failed"].Table)
	}
	if len(b.Logs) != 1 || !strings.Contains(b.Logs[0], "Step 1 (trim) fits none") {
		t.Errorf("%q", b.Logs)
	}
}
