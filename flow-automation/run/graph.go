package run

import (
	"slices"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// joinType is the node type whose purpose is to bring exclusive branches together again, so that it alone waits for any
// of its inputs unless told otherwise.
const joinType = "control.merge"

type join uint8

const (
	joinAll join = iota
	joinAny
	joinSettled
)

type onError uint8

const (
	errorFails onError = iota
	errorPasses
	errorToPort
)

// need is one edge, seen from the node that waits.
type need struct {
	from int    // index of the upstream node
	port string // "" is whichever the node has
	data bool   // by in; otherwise by after
}

// node is a flow.Node made ready for the machine.
type node struct {
	doc      *flow.Node
	id       string
	needs    []need
	upstream int   // how many distinct nodes it waits for
	next     []int // nodes that wait for it, each once, ascending
	join     join
	onError  onError
	timeout  time.Duration
	retry    retryPolicy
}

// Graph is a flow document compiled for running. It is immutable and shared by all runs of the document.
type Graph struct {
	nodes   []node
	index   map[string]int
	timeout time.Duration
}

// Compile prepares a document, which must be a valid one: errs code flow_invalid says why it is not.
func Compile(doc *flow.Document) (*Graph, error) {
	g := &Graph{
		nodes:   make([]node, len(doc.Spec.Nodes)),
		index:   make(map[string]int, len(doc.Spec.Nodes)),
		timeout: doc.Spec.Timeout.Std(0),
	}
	for i := range doc.Spec.Nodes {
		n := &doc.Spec.Nodes[i]
		if _, twice := g.index[n.ID]; twice || n.ID == "" {
			return nil, invalid(n.ID, "the id %q is empty or used twice; give every node its own", n.ID)
		}
		if len(n.Nodes) > 0 {
			return nil, invalid(n.ID, "nodes of type %s cannot hold other nodes", n.Type)
		}
		g.index[n.ID] = i
	}
	for i := range doc.Spec.Nodes {
		if err := g.compileNode(i, &doc.Spec.Nodes[i]); err != nil {
			return nil, err
		}
	}
	if _, cycle := flow.Order(doc.Spec.Nodes); cycle != nil {
		return nil, invalid(cycle[0], "the nodes %v wait for each other; remove one of the edges", cycle)
	}
	return g, nil
}

func (g *Graph) compileNode(i int, doc *flow.Node) error {
	n := &g.nodes[i]
	n.doc, n.id = doc, doc.ID
	n.timeout = doc.Timeout.Std(0)
	n.retry = compileRetry(doc.Retry)
	switch doc.Join {
	case "":
		if doc.Type == joinType {
			n.join = joinAny
		}
	case "all":
	case "any":
		n.join = joinAny
	case "settled":
		n.join = joinSettled
	default:
		return invalid(doc.ID, "join %q is unknown; use all, any or settled", doc.Join)
	}
	switch doc.OnError {
	case "", "fail":
	case "continue":
		n.onError = errorPasses
	case "port":
		n.onError = errorToPort
	default:
		return invalid(doc.ID, "onError %q is unknown; use fail, continue or port", doc.OnError)
	}
	ports := make([]string, 0, len(doc.In))
	for port := range doc.In {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	for _, in := range ports {
		for _, source := range doc.In[in] {
			id, port := flow.SplitSource(source)
			if err := g.connect(i, id, port, true); err != nil {
				return err
			}
		}
	}
	for _, id := range doc.After {
		if err := g.connect(i, id, "", false); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) connect(to int, id, port string, data bool) error {
	from, ok := g.index[id]
	if !ok {
		return invalid(g.nodes[to].id, "it waits for %q, which is not in the flow", id)
	}
	g.nodes[to].needs = append(g.nodes[to].needs, need{from: from, port: port, data: data})
	up := &g.nodes[from]
	if n := len(up.next); n == 0 || up.next[n-1] != to {
		up.next = append(up.next, to)
		g.nodes[to].upstream++
	}
	return nil
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Node gives the node that a step is an instance of, or nil.
func (g *Graph) Node(p Path) *flow.Node {
	if i, ok := g.index[string(p)]; ok {
		return g.nodes[i].doc
	}
	return nil
}

func invalid(node, format string, args ...any) error {
	e := errs.Invalid("flow_invalid", "The flow cannot be run.")
	d := errs.Invalid("", format, args...)
	return e.With(errs.Detail{Code: "flow_invalid", Message: d.Message, Place: errs.Place{Node: node}})
}
