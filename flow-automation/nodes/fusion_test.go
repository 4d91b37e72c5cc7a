package nodes_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

// among puts a table node between two others that keep all rows, so that it has neighbours to become one query with.
func (b *bench) among(t *testing.T, typ *node.Type, ex node.Example) (doc *flow.Document, given engine.NodeOutputs) {
	t.Helper()
	task := b.task(t, typ, ex)
	given = task.Scope.Nodes.(engine.NodeOutputs)
	doc = task.Document
	middle := doc.Spec.Nodes[0]
	all := map[string]any{"where": "true"}
	doc.Spec.Nodes = nil
	for port, sources := range middle.In {
		before := slices.Clone(sources)
		for i, source := range sources {
			before[i] = "before_" + source
			doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: before[i], Type: "table.filter", With: all, In: map[string]flow.Sources{"table": {source}}})
		}
		middle.In[port] = before
	}
	from := middle.ID
	if typ.Relation == nil { // its other outputs are looked at elsewhere
		from += "." + typ.Outputs[0].Name
	}
	doc.Spec.Nodes = append(doc.Spec.Nodes, middle,
		flow.Node{ID: "after", Type: "table.filter", With: all, In: map[string]flow.Sources{"table": {from}}})
	return doc, given
}

// through carries out the nodes of a document in their order and gives the rows of the last; fused counts the tables that
// were not computed by themselves.
func (b *bench) through(t *testing.T, doc *flow.Document, given engine.NodeOutputs, params map[string]any, keep bool) (rows []string, fused int) {
	t.Helper()
	done := engine.NodeOutputs{}
	for id, out := range given {
		done[id] = out
	}
	var last value.Value
	for i := range doc.Spec.Nodes {
		n := &doc.Spec.Nodes[i]
		out := b.Execute(t.Context(), engine.Task{
			Tenant: tenant, RunID: "run", Document: doc, Node: n, Path: n.ID, Attempt: 1, Keep: keep,
			Scope: engine.Scope{Params: params, Nodes: done},
		})
		if out.Err != nil {
			t.Fatalf("%s: %v", n.ID, out.Err)
		}
		done[n.ID] = out.Outputs
		last = out.Outputs["table"]
		if last.Deferred() {
			fused++
		}
		if len(out.Outputs) > 1 { // of an action
			rows = append(rows, b.others(t, out.Outputs)...)
		}
	}
	page, err := b.env.Tables.Page(t.Context(), tenant, *last.Artifact, table.PageRequest{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	rows = append(rows, fmt.Sprint(page.Columns))
	for _, row := range page.Rows {
		rows = append(rows, string(row))
	}
	return rows, fused
}

// others gives what an action tells besides its first table.
func (b *bench) others(t *testing.T, outputs value.Outputs) (told []string) {
	t.Helper()
	for _, port := range slices.Sorted(maps.Keys(outputs)) {
		v := outputs[port]
		if v.Kind != value.Table {
			told = append(told, port+": "+string(v.Data))
			continue
		}
		page, err := b.env.Tables.Page(t.Context(), tenant, *v.Artifact, table.PageRequest{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, fmt.Sprint(port, page.Columns, page.Rows))
	}
	return told
}

// TestFusedTablesHaveTheSameRows is over all examples of all table nodes, and of actions that take plans, with one thread and two, in little memory and much.
func TestFusedTablesHaveTheSameRows(t *testing.T) {
	var benches []*bench
	for _, cfg := range []duck.Config{{Threads: 1, MemoryMiB: 200}, {Threads: 2, MemoryMiB: 4096}} {
		cfg.Slots = 1
		benches = append(benches, newBenchOf(t, cfg))
	}
	eachType(t, func(t *testing.T, typ *node.Type) {
		if typ.Relation == nil && !typ.Plans {
			return
		}
		for _, ex := range typ.Examples {
			if ex.WantError != "" {
				continue
			}
			t.Run(ex.Title, func(t *testing.T) {
				var want []string
				for i, b := range benches {
					doc, given := b.among(t, typ, ex)
					apart, fused := b.through(t, doc, given, ex.Params, true)
					if fused != 0 {
						t.Errorf("%d tables were not computed although somebody wants to look at them", fused)
					}
					together, fused := b.through(t, doc, given, ex.Params, false)
					all := len(doc.Spec.Nodes) - 1
					switch {
					case typ.Probes: // its inputs are computed once, and so is it
						all = 0
					case typ.Strict, typ.Plans:
						all--
					}
					if fused != all {
						t.Errorf("%d tables became part of the last query, not %d", fused, all)
					}
					if i == 0 {
						want = apart
					}
					for _, got := range [][]string{apart, together} {
						if !slices.Equal(got, want) {
							t.Errorf("world %d:\n got %s\nwant %s", i, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
						}
					}
				}
			})
		}
	})
}
