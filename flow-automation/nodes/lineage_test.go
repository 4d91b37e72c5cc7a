package nodes_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

var update = flag.Bool("update-lineage", false, "write testdata/lineage.txt anew")

// tabular says whether a type tells of the columns of its outputs.
func tabular(typ *node.Type) bool { return typ.Relation != nil || typ.Alike != nil && typ.Run != nil }

// told gives the lineage of an example's node after a run, with the tables that came out.
func (b *bench) told(t *testing.T, typ *node.Type, ex node.Example) (*lineage.Node, value.Outputs) {
	t.Helper()
	task := b.task(t, typ, ex)
	task.Keep = true
	out := b.Execute(t.Context(), task)
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	known := engine.NodeOutputs{"node": out.Outputs}
	doc := task.Document
	for id, given := range task.Scope.Nodes.(engine.NodeOutputs) {
		doc.Spec.Nodes = append(doc.Spec.Nodes, flowValue(t, id, given["value"].Data))
		known[id] = given
	}
	task.Scope.Nodes = known
	g, err := b.Lineage(t.Context(), task, step.Around{})
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range g.Gaps {
		t.Errorf("%+v", gap)
	}
	return g.Node("node"), out.Outputs
}

// TestColumnsOfTheNodes holds what every table node says of its examples against what was looked through.
func TestColumnsOfTheNodes(t *testing.T) {
	b := newBench(t)
	var all strings.Builder
	eachType(t, func(t *testing.T, typ *node.Type) {
		if !tabular(typ) {
			return
		}
		for _, ex := range typ.Examples {
			if ex.WantError != "" || !tables(ex) {
				continue
			}
			n, _ := b.told(t, typ, ex)
			fmt.Fprintf(&all, "%s: %s\n", typ.Name, ex.Title)
			from := sources(ex)
			for _, p := range n.Ports {
				for _, c := range p.Columns {
					fmt.Fprintf(&all, "  %s.%s <- %s\n", p.Name, c.Name, origins(c.From, from))
				}
				if len(p.Rows) > 0 {
					fmt.Fprintf(&all, "  %s | %s\n", p.Name, origins(p.Rows, from))
				}
			}
		}
	})
	path := filepath.Join("testdata", "lineage.txt")
	if *update {
		if err := os.WriteFile(path, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := all.String(); got != string(want) {
		t.Errorf("Look through what has changed, then write it anew with -update-lineage:\n%s", got)
	}
}

// sources gives the inputs of an example by the node that gives them.
func sources(ex node.Example) map[string]string {
	from := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(ex.Inputs)) {
		from[fmt.Sprintf("in%d", i)] = name
	}
	return from
}

func origins(list []lineage.Origin, from map[string]string) string {
	parts := make([]string, len(list))
	for i, o := range list {
		name := from[o.Node]
		if o.Column != "" {
			name += "." + o.Column
		}
		parts[i] = fmt.Sprintf("%s %s", name, strings.Trim(fmt.Sprint(o.How), "[]"))
	}
	return strings.Join(parts, ", ")
}

func tables(ex node.Example) bool {
	for _, data := range ex.Inputs {
		if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("[{")) {
			return false
		}
	}
	return len(ex.Inputs) > 0
}

// TestColumnsThatDoNotTakePart changes one column after the other of what comes in: an output column that is said not to
// stand on it stays as it is. It is over all examples of all nodes that tell of columns.
func TestColumnsThatDoNotTakePart(t *testing.T) {
	b := newBench(t)
	held := 0
	eachType(t, func(t *testing.T, typ *node.Type) {
		if !tabular(typ) {
			return
		}
		for _, ex := range typ.Examples {
			if ex.WantError != "" || !tables(ex) {
				continue
			}
			n, before := b.told(t, typ, ex)
			for id, input := range sources(ex) {
				for _, column := range keysOf(t, ex.Inputs[input]) {
					for name, change := range changes {
						other := ex
						other.Inputs = maps.Clone(ex.Inputs)
						other.Inputs[input] = changed(t, ex.Inputs[input], column, change)
						task := b.task(t, typ, other)
						task.Keep = true
						out := b.Execute(t.Context(), task)
						if out.Err != nil {
							continue // the change does not fit what the node is to do
						}
						for _, p := range n.Ports {
							held += b.unmoved(t, p, lineage.Origin{Node: id, Column: column}, before, out.Outputs,
								fmt.Sprintf("%s: %s.%s %s", ex.Title, input, column, name))
						}
					}
				}
			}
		}
	})
	if held < 200 {
		t.Errorf("only %d columns were looked at", held)
	}
}

// unmoved compares the columns that are said not to stand on one of what comes in.
func (b *bench) unmoved(t *testing.T, p lineage.Port, on lineage.Origin, before, after value.Outputs, what string) (held int) {
	t.Helper()
	touches := func(list []lineage.Origin) bool {
		return slices.ContainsFunc(list, func(o lineage.Origin) bool {
			return o.Node == on.Node && (o.Column == on.Column || o.Column == "")
		})
	}
	if touches(p.Rows) || touches(p.All) {
		return 0
	}
	x, y := b.cells(t, before[p.Name]), b.cells(t, after[p.Name])
	for _, c := range p.Columns {
		if touches(c.From) {
			continue
		}
		held++
		if !slices.Equal(x[c.Name], y[c.Name]) {
			t.Errorf("%s changes %s.%s from %v to %v", what, p.Name, c.Name, x[c.Name], y[c.Name])
		}
	}
	return held
}

// cells gives the values of a table by column; an output that was not taken has none.
func (b *bench) cells(t *testing.T, v value.Value) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	if v.Artifact == nil || v.Kind != value.Table {
		return out
	}
	page, err := b.env.Tables.Page(t.Context(), tenant, *v.Artifact, table.PageRequest{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		var cells []json.RawMessage
		if err := json.Unmarshal(row, &cells); err != nil {
			t.Fatal(err)
		}
		for i, c := range page.Columns {
			out[c.Name] = append(out[c.Name], string(cells[i]))
		}
	}
	return out
}

// changes make another value of one, given its row.
var changes = map[string]func(v any, row int) any{
	"all apart": func(v any, row int) any { return other(v, row+2) },
	"the first": func(v any, row int) any { return map[bool]any{true: other(v, 9), false: v}[row == 0] },
}

func other(v any, n int) any {
	switch v := v.(type) {
	case float64:
		return float64(n) * 3
	case bool:
		return n%2 == 0
	case string:
		switch {
		case len(v) >= 19 && v[4] == '-':
			return fmt.Sprintf("2021-03-%02d%s", n, v[10:])
		case len(v) == 10 && v[4] == '-':
			return fmt.Sprintf("2021-03-%02d", n)
		}
		return fmt.Sprintf("other %d", n)
	}
	return v
}

func keysOf(t *testing.T, rows json.RawMessage) []string {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(rows, &list); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, row := range list {
		for k := range row {
			keys[k] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// changed keeps the order of the keys, which is that of the columns.
func changed(t *testing.T, rows json.RawMessage, column string, change func(any, int) any) json.RawMessage {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(rows, &list); err != nil {
		t.Fatal(err)
	}
	for i, row := range list {
		d := json.NewDecoder(bytes.NewReader(row))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		var fields []string
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			if key == column {
				v = change(v, i)
			}
			k, err1 := json.Marshal(key)
			text, err2 := json.Marshal(v)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			fields = append(fields, string(k)+":"+string(text))
		}
		list[i] = json.RawMessage("{" + strings.Join(fields, ",") + "}")
	}
	out, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// flowValue is a node that holds a value.
func flowValue(t *testing.T, id string, data json.RawMessage) flow.Node {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return flow.Node{ID: id, Type: "value.set", With: map[string]any{"value": v}}
}
