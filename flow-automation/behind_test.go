package automation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
)

const behindFlow = `
apiVersion: dataflow/v1
kind: Flow
metadata: {name: copy}
spec:
  nodes:
    - {id: read, type: sql.read}
    - {id: other, type: sql.read}
    - {id: both, type: table.union, in: {tables: [read, other]}}
    - {id: load, type: sql.write, in: {table: both}}
    - id: again
      type: control.loop
      after: [read]
      nodes:
        - id: try
          type: control.try
          nodes: [{id: send, type: sql.write, in: {table: read}}]
    - id: each
      type: control.map
      in: {items: other}
      nodes:
        - {id: part, type: sql.read, in: {input: item}}
        - {id: put, type: sql.write, in: {table: part}}
    - {id: end, type: sql.write, in: {table: each}}
    - {id: sample, type: table.limit, in: {table: read}}
    - {id: sorted, type: table.sort, in: {table: sample}}
    - {id: easy, type: sql.read, with: {advance: allowed}}
    - {id: tell, type: sql.write, in: {table: easy}}
    - {id: first, type: sql.read}
    - {id: some, type: table.limit, in: {table: first}}
    - {id: give, type: control.return, in: {value: some}}
`

func TestWhatLiesBehindAReader(t *testing.T) {
	doc, _, err := flow.Parse([]byte(behindFlow))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		steps map[string]engine.Status
		lost  map[string]string // by the reader's path
	}{
		"all went well":          {map[string]engine.Status{"load": engine.Succeeded}, nil},
		"left out by a branch":   {map[string]engine.Status{"both": engine.Skipped, "load": engine.Skipped}, nil},
		"a load failed":          {map[string]engine.Status{"load": engine.Failed}, map[string]string{"read": "load", "other": "load"}},
		"its other input failed": {map[string]engine.Status{"other": engine.Failed, "both": engine.Skipped, "load": engine.Skipped}, map[string]string{"read": "both", "other": "both"}},
		"tried again":            {map[string]engine.Status{"again[0]/try/send": engine.Failed, "again[1]/try/send": engine.Succeeded}, nil},
		"the last try failed":    {map[string]engine.Status{"again[0]/try/send": engine.Failed, "again[1]/try/send": engine.Failed}, map[string]string{"read": "again[1]/try/send"}},
		"one item failed":        {map[string]engine.Status{"each[1]/put": engine.Failed}, map[string]string{"each[1]/part": "each[1]/put", "other": "each[1]/put"}},
		"behind all items":       {map[string]engine.Status{"end": engine.Failed}, map[string]string{"each[0]/part": "end", "each[1]/part": "end", "other": "end"}},
		"that only looks":        {map[string]engine.Status{"sample": engine.Failed, "sorted": engine.Skipped}, nil},
		"before a load":          {map[string]engine.Status{"both": engine.Failed}, map[string]string{"read": "both", "other": "both"}},
		"before it is given":     {map[string]engine.Status{"some": engine.Failed}, map[string]string{"first": "some"}},
		"allowed by the reader":  {map[string]engine.Status{"tell": engine.Failed}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []engine.Step{
				{NodeID: "again", NodeType: run.TypeLoop, Status: engine.Succeeded, Items: &engine.Items{Count: 2, Ended: 2}},
				{NodeID: "each", NodeType: run.TypeMap, Status: engine.Succeeded, Items: &engine.Items{Count: 2, Ended: 2}},
			}
			for path, status := range c.steps {
				steps = append(steps, engine.Step{NodeID: path, Status: status})
			}
			b := newBehind(NodeTypes(), doc, steps)
			for _, reader := range []string{"read", "other", "each[0]/part", "each[1]/part", "easy", "first"} {
				require.Equal(t, c.lost[reader], b.lost(reader), reader)
			}
		})
	}
	b := newBehind(NodeTypes(), doc, []engine.Step{{NodeID: "each", NodeType: run.TypeMap, Status: engine.Succeeded, Items: &engine.Items{Count: 500, Ended: 500, Failed: 1}}})
	require.Equal(t, "each", b.lost("other"), "one of many items")
	require.Empty(t, b.lost("read"))
	require.Empty(t, b.lost("gone"), "a step that is not in the flow has nothing behind it")
}
