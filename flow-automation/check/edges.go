package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
)

// edges checks what flows into a node.
func (a *analysis) edges(n *flow.Node) {
	t := a.types[n.ID]
	if t == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(n.In)) {
		field := "in." + name
		port, ok := t.InputPort(name)
		if !ok {
			a.add(flow.Errorf("unknown_port", n.ID, field, "A node of the type %s has no input %q%s", n.Type, name, inputsHint(t, name)))
			continue
		}
		if len(n.In[name]) > 1 && !port.Many {
			a.add(flow.Errorf("too_many_sources", n.ID, field, "The input %s takes one source, not %d", name, len(n.In[name])))
		}
		for _, source := range n.In[name] {
			a.edge(n, port, source, field)
		}
	}
	for _, port := range t.Inputs {
		if port.Required && len(n.In[port.Name]) == 0 {
			a.add(flow.Errorf(node.CodeInputMissing, n.ID, "in."+port.Name, "The input %s of %s must be connected", port.Name, n.ID).
				In(fmt.Sprintf("%s 的输入“%s”必须连接", n.ID, port.Title.ZH)))
		}
	}
	a.needs(n, t)
}

// needs checks that all comes in that this configuration asks for.
func (a *analysis) needs(n *flow.Node, t *node.Type) {
	if t.Needs == nil {
		return
	}
	for _, need := range t.Needs(rawConfig(a.configs[n.ID]), func(port string) bool { return len(n.In[port]) > 0 }) {
		a.add(flow.Errorf(node.CodeInputMissing, n.ID, need.Field, "%s", need.Message.EN).In(need.Message.ZH))
	}
}

func inputsHint(t *node.Type, name string) string {
	names := make([]string, len(t.Inputs))
	for i, p := range t.Inputs {
		names[i] = p.Name
	}
	if hint := flow.DidYouMean(name, names); hint != "" {
		return hint
	}
	if len(names) == 0 {
		return "; it takes no inputs"
	}
	return "; it has " + strings.Join(names, ", ")
}

// edge checks one source of one input.
func (a *analysis) edge(n *flow.Node, to node.Port, source, field string) {
	id, name := flow.SplitSource(source)
	if id == flow.Item {
		return // of any kind
	}
	ports, there := a.out.Nodes[id]
	if !there || a.types[id] == nil {
		return // said already
	}
	from, problem := outputPort(id, name, ports.Outputs, a.types[id])
	if problem != "" {
		a.add(flow.Errorf("unknown_port", n.ID, field, "%s", problem))
		return
	}
	if problem := mismatch(from, to); problem != "" {
		a.add(flow.Errorf("kind_mismatch", n.ID, field, "%s gives a %s, but the input %s takes a %s; %s", source, from.Kind, to.Name, to.Kind, problem))
	}
}

// outputPort finds a node's output by name; no name is the only or first one, unless it takes a choice.
func outputPort(id, name string, ports []node.Port, t *node.Type) (node.Port, string) {
	var names []string
	for _, p := range ports {
		if name != "" && p.Name == name {
			return p, ""
		}
		names = append(names, p.Name)
	}
	plain := slices.DeleteFunc(slices.Clone(ports), func(p node.Port) bool { return p.Name == node.ErrorPort })
	switch {
	case name == "" && len(plain) == 1:
		return plain[0], ""
	case name == "" && len(plain) > 1 && t.Exclusive:
		return node.Port{}, fmt.Sprintf("The node %s has several outputs; write which one, such as %s.%s", id, id, plain[0].Name)
	case name == "" && len(plain) > 1:
		return plain[0], ""
	case name == node.ErrorPort:
		return node.Port{}, fmt.Sprintf("The node %s has no output error; set onError: port on it", id)
	case t.OpenOutputs:
		return node.Port{Name: name}, ""
	}
	return node.Port{}, fmt.Sprintf("The node %s has no output %q; it has %s", id, name, strings.Join(names, ", "))
}

// mismatch says why what an output gives cannot become what an input takes and what to do, or "".
func mismatch(output, input node.Port) string {
	from, to := output.Kind, input.Kind
	switch {
	case output.Object && to == value.Table:
		return "only a list of objects becomes a table, and this is one object; put json.get or a Python node in between, which takes a list out of it"
	case from == to || from == "" || to == "":
		return ""
	case from == value.Table && to == value.JSON, from == value.JSON && to == value.Table:
		return "" // converted on the way
	case from == value.Table && to == value.File:
		return "write it with a file.write node first"
	case from == value.File && to == value.Table:
		return "read it with a file.read node"
	}
	return "a table becomes a value and a list of objects becomes a table, but nothing else is converted"
}
