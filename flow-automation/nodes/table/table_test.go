package table

import (
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
)

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
