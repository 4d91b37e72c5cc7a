package progress

import (
	"encoding/json"
	"slices"
	"strings"

	"dataflow/cmd/dataflow/cli/console"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// Ports knows in which order the types of nodes declare their outputs.
type Ports struct {
	types *node.Registry
	doc   *flow.Document // may be nil: then of types whose outputs go by the configuration no order is known
}

// NewPorts is for the steps of a document.
func NewPorts(doc *flow.Document) Ports { return Ports{automation.NodeTypes(), doc} }

// NeedDocument says whether an order goes by the configuration of a node.
func (p Ports) NeedDocument(steps []engine.Step) bool {
	return slices.ContainsFunc(steps, func(s engine.Step) bool {
		t := p.types.Get(s.NodeType)
		return p.doc == nil && t != nil && t.OutputsOf != nil && len(s.Outputs) > 1
	})
}

// declared gives the outputs that the step's node has.
func (p Ports) declared(s engine.Step) []node.Port {
	t := p.types.Get(s.NodeType)
	if t == nil {
		return nil
	}
	var config []byte
	if p.doc != nil {
		if n := p.doc.Spec.Find(nodeOf(s.NodeID)); n != nil {
			config, _ = json.Marshal(n.With) // what is no JSON has no ports of its own
		}
	}
	if config == nil && t.OutputsOf != nil {
		return nil
	}
	return t.OutputPorts(config, true)
}

// order gives the names of a step's outputs as its type declares them; others come behind, by name.
func (p Ports) order(s engine.Step) []string {
	rank := map[string]int{}
	for i, port := range p.declared(s) {
		rank[port.Name] = i + 1
	}
	names := make([]string, 0, len(s.Outputs))
	for name := range s.Outputs {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := rank[a], rank[b]
		switch {
		case ra != 0 && rb != 0:
			return ra - rb
		case ra != rb: // one of them is not declared
			return rb - ra
		}
		return strings.Compare(a, b)
	})
	return names
}

// Gave says how much left a step: of several tables, which output gave how many rows.
func (p Ports) Gave(s engine.Step) string {
	several := 0
	for _, port := range p.declared(s) {
		if port.Kind == value.Table || port.Kind == "" {
			several++
		}
	}
	var tables, parts []string
	deferred := false
	empty, rows, last := 0, "", ""
	for _, name := range p.order(s) {
		switch v := s.Outputs[name]; {
		case v.Deferred():
			deferred = true
		case v.Table != nil && v.Table.Rows == 0:
			empty++
		case v.Table != nil:
			rows = console.Number(v.Table.Rows, "row", "rows")
			last = name + " " + rows
			tables = append(tables, name+" "+console.Count(v.Table.Rows))
		case v.File != nil:
			parts = append(parts, v.File.Name)
		}
	}
	switch {
	case len(tables) == 1 && (several < 2 && empty == 0 || strings.HasPrefix(last, "table ")):
		tables = []string{rows} // what is called table is what people think of when a node is said to give rows
	case len(tables) > 0:
		tables[len(tables)-1] = last
	case empty > 0:
		tables = []string{console.Number(0, "row", "rows")}
	}
	all := []string{}
	if len(tables) > 0 {
		all = append(all, strings.Join(tables, " · "))
	}
	if deferred {
		all = append(all, "as part of the next step")
	}
	return strings.Join(append(all, parts...), ", ")
}
