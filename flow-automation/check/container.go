package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/expr"
)

// eachRound says whether the field of a container's configuration sees what its body sees.
func eachRound(t *node.Type, path string) bool {
	field, _, _ := strings.Cut(path, ".")
	return t.Container != nil && slices.Contains(t.Container.EachRound, field)
}

// container checks what a node holds, and what a node may not be within one.
func (a *analysis) container(n *flow.Node, depth int) {
	t := a.types[n.ID]
	if t == nil {
		return
	}
	if n.Type == "control.return" && depth > 0 {
		a.add(flow.Errorf("return_inside", n.ID, "type", "Return says what the run gives, so it cannot be in a container; its result is the container's output"))
	}
	a.pins(n, t)
	if t.Container == nil {
		for _, body := range n.Bodies() {
			a.add(flow.Errorf("not_a_container", n.ID, body.Field, "A node of the type %s cannot hold other nodes", n.Type))
		}
		return
	}
	for _, body := range n.Bodies() {
		if !slices.Contains(t.Container.Bodies, body.Field) {
			a.add(flow.Errorf("not_a_container", n.ID, body.Field, "A node of the type %s has no %s", n.Type, body.Field))
		}
	}
	if len(n.Nodes) == 0 {
		a.add(flow.Errorf("container_empty", n.ID, "nodes", "There are no nodes in %s yet; put in what it is to carry out", n.ID))
	}
	if n.Retry != nil {
		a.add(flow.Errorf("retry_container", n.ID, "retry", "A container is not repeated as a whole; give retry to the nodes in it"))
	}
	if n.Cache != nil {
		a.add(flow.Errorf("cache_container", n.ID, "cache", "A container has no cache of its own; give it to the nodes in it"))
	}
	a.result(n)
}

// result checks which output of the body is the container's.
func (a *analysis) result(n *flow.Node) {
	if len(n.Nodes) == 0 {
		return
	}
	source, written := n.With["result"].(string)
	if !written || source == "" {
		source = n.Nodes[len(n.Nodes)-1].ID
	}
	id, port := flow.SplitSource(source)
	i := slices.IndexFunc(n.Nodes, func(in flow.Node) bool { return in.ID == id })
	if i < 0 {
		names := make([]string, len(n.Nodes))
		for k := range n.Nodes {
			names[k] = n.Nodes[k].ID
		}
		a.add(flow.Errorf("unknown_result", n.ID, "with.result", "There is no node %q in %s%s", id, n.ID, flow.DidYouMean(id, names)))
		return
	}
	t := a.types[id]
	if t == nil {
		return
	}
	outputs := a.out.Nodes[id].Outputs
	if port != "" {
		if _, problem := outputPort(id, port, outputs, t); problem != "" {
			a.add(flow.Errorf("unknown_result", n.ID, "with.result", "%s", problem))
		}
		return
	}
	plain := slices.DeleteFunc(slices.Clone(outputs), func(p node.Port) bool { return p.Name == node.ErrorPort })
	if len(plain) > 1 && !t.Exclusive {
		a.add(flow.Warnf("result_unclear", n.ID, "with.result", "The node %s has several outputs; write which one is the result, such as %s.%s", id, id, plain[0].Name))
	}
}

// pins checks that what is pinned has a port.
func (a *analysis) pins(n *flow.Node, t *node.Type) {
	for _, port := range slices.Sorted(maps.Keys(n.Pin)) {
		if _, problem := outputPort(n.ID, port, a.out.Nodes[n.ID].Outputs, t); problem != "" {
			a.add(flow.Errorf("unknown_port", n.ID, "pin."+port, "%s", problem))
		}
	}
}

// limits checks the expression that the flow's concurrency goes by.
func (a *analysis) limits() {
	c := a.doc.Spec.Concurrency
	if c == nil || c.Key == "" {
		return
	}
	const field = "spec.concurrency.key"
	refs, err := expr.References(c.Key)
	if err != nil {
		a.add(flow.Errorf("expression_invalid", "", field, "%v", err))
		return
	}
	for _, ref := range refs {
		switch {
		case ref.Root != "params" && ref.Root != "trigger" && ref.Root != "vars":
			a.add(flow.Errorf("unknown_reference", "", field, "{{ %s }}: before a run begins, there are only params, trigger and vars", ref.Text))
		case ref.Root == "params" && len(ref.Path) > 0 && a.doc.Spec.Params.Get(ref.Path[0]) == nil:
			a.add(flow.Errorf("unknown_reference", "", field, "%s", fmt.Sprintf("{{ %s }}: there is no parameter %s%s", ref.Text, ref.Path[0], flow.DidYouMean(ref.Path[0], a.doc.Spec.Params.Names()))))
		}
	}
}
