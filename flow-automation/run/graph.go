package run

import (
	"slices"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// The node types whose meaning the machine itself knows.
const (
	TypeMerge  = "control.merge"  // brings exclusive branches together: it alone waits for any of its inputs unless told otherwise
	TypeMap    = "control.map"    // its body once for each item of a list
	TypeLoop   = "control.loop"   // its body again and again
	TypeTry    = "control.try"    // its body, what follows a failure of it, and what follows in any case
	TypeReturn = "control.return" // what the run as a whole gives
)

// IsContainer says whether nodes of the type hold other nodes.
func IsContainer(nodeType string) bool { return container(nodeType) != notContainer }

type containerKind uint8

const (
	notContainer containerKind = iota
	mapContainer
	loopContainer
	tryContainer
)

func container(nodeType string) containerKind {
	switch nodeType {
	case TypeMap:
		return mapContainer
	case TypeLoop:
		return loopContainer
	case TypeTry:
		return tryContainer
	}
	return notContainer
}

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
	up   int    // how many levels out the upstream node lies; 0 is beside
	from int    // index of the upstream node in its level
	port string // "" is whichever the node has
	data bool   // by in; otherwise by after
}

// node is a flow.Node made ready for the machine.
type node struct {
	doc      *flow.Node
	id       string
	needs    []need
	upstream int   // how many distinct nodes beside it waits for
	next     []int // nodes beside it that wait for it, each once, ascending
	join     join
	onError  onError
	timeout  time.Duration
	deadline time.Duration
	retry    retryPolicy
	kind     containerKind
	bodies   [bodies]*level // of a container
}

// bodyKind says which of a container's bodies.
type bodyKind uint8

const (
	mainBody bodyKind = iota
	catchBody
	finallyBody
	bodies
)

// level is the nodes of the document, or of one body of a container.
type level struct {
	nodes  []node
	index  map[string]int
	outer  *level
	inside int // the container's index in outer
	// result is the node and port that an instance of the body gives; only of bodies.
	result     int
	resultPort string
}

// Graph is a flow document compiled for running. It is immutable and shared by all runs of the document.
type Graph struct {
	level
	byID    map[string]*node // of all levels
	timeout time.Duration
	sla     time.Duration
	returns []int // the nodes of the top level that say what the run gives
}

// Compile prepares a document, which must be a valid one: errs code flow_invalid says why it is not.
func Compile(doc *flow.Document) (*Graph, error) {
	g := &Graph{byID: map[string]*node{}, timeout: doc.Spec.Timeout.Std(0), sla: doc.Spec.SLA.Std(0)}
	if err := g.compile(&g.level, doc.Spec.Nodes); err != nil {
		return nil, err
	}
	for i := range g.nodes {
		if g.nodes[i].doc.Type == TypeReturn {
			g.returns = append(g.returns, i)
		}
	}
	return g, nil
}

func (g *Graph) compile(l *level, docs []flow.Node) error {
	l.nodes, l.index = make([]node, len(docs)), make(map[string]int, len(docs))
	for i := range docs {
		n := &docs[i]
		if g.byID[n.ID] != nil || n.ID == "" {
			return invalid(n.ID, "the id %q is empty or used twice; give every node its own", n.ID)
		}
		g.byID[n.ID] = &l.nodes[i]
		l.index[n.ID] = i
	}
	for i := range docs {
		if err := g.compileNode(l, i, &docs[i]); err != nil {
			return err
		}
	}
	if _, cycle := flow.Order(docs); cycle != nil {
		return invalid(cycle[0], "the nodes %v wait for each other; remove one of the edges", cycle)
	}
	return nil
}

func (g *Graph) compileNode(l *level, i int, doc *flow.Node) error {
	n := &l.nodes[i]
	n.doc, n.id, n.kind = doc, doc.ID, container(doc.Type)
	n.timeout, n.deadline = doc.Timeout.Std(0), doc.Deadline.Std(0)
	n.retry = compileRetry(doc.Retry)
	switch doc.Join {
	case "":
		if doc.Type == TypeMerge {
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
			if err := g.connect(l, i, id, port, true); err != nil {
				return err
			}
		}
	}
	for _, id := range doc.After {
		if err := g.connect(l, i, id, "", false); err != nil {
			return err
		}
	}
	return g.compileBodies(l, i, doc)
}

func (g *Graph) compileBodies(l *level, i int, doc *flow.Node) error {
	n := &l.nodes[i]
	for kind, docs := range [bodies][]flow.Node{doc.Nodes, doc.Catch, doc.Finally} {
		if len(docs) == 0 {
			if kind == int(mainBody) && n.kind != notContainer {
				return invalid(n.id, "a node of type %s needs nodes in it", doc.Type)
			}
			continue
		}
		if n.kind == notContainer || (kind != int(mainBody) && n.kind != tryContainer) {
			return invalid(n.id, "a node of type %s cannot hold other nodes there", doc.Type)
		}
		if doc.Retry != nil {
			return invalid(n.id, "a container is not repeated as a whole; give retry to the nodes in it")
		}
		body := &level{outer: l, inside: i, result: len(docs) - 1}
		if err := g.compile(body, docs); err != nil {
			return err
		}
		if source, _ := doc.With["result"].(string); source != "" && kind == int(mainBody) {
			id, port := flow.SplitSource(source)
			at, ok := body.index[id]
			if !ok {
				return invalid(n.id, "its result %q is not one of the nodes in it", source)
			}
			body.result, body.resultPort = at, port
		}
		n.bodies[kind] = body
	}
	return nil
}

// connect notes an edge. Where its source lies further out, the container that the node is in waits for it.
func (g *Graph) connect(l *level, to int, id, port string, data bool) error {
	if id == flow.Item && l.outer != nil {
		return nil // always there
	}
	here, waits, up := l, to, 0
	for {
		from, ok := here.index[id]
		if !ok {
			if here.outer == nil {
				return invalid(l.nodes[to].id, "it waits for %q, which is not in the flow", id)
			}
			here, waits, up = here.outer, here.inside, up+1
			continue
		}
		if up > 0 && from == waits {
			return invalid(l.nodes[to].id, "it waits for %q, which it is in", id)
		}
		l.nodes[to].needs = append(l.nodes[to].needs, need{up: up, from: from, port: port, data: data})
		source := &here.nodes[from]
		if n := len(source.next); n == 0 || source.next[n-1] != waits {
			source.next = append(source.next, waits)
			here.nodes[waits].upstream++
		}
		return nil
	}
}

// Len is the number of nodes, those in containers included.
func (g *Graph) Len() int { return len(g.byID) }

// Node gives the node that a step is an instance of, or nil.
func (g *Graph) Node(p Path) *flow.Node {
	_, id := p.Split()
	if n := g.byID[id]; n != nil {
		return n.doc
	}
	return nil
}

// ancestors gives the nodes of the top level that the targets need, themselves included. A target within a container
// needs the whole of it.
func (g *Graph) ancestors(targets []string) ([]bool, error) {
	wanted := make([]bool, len(g.nodes))
	var stack []int
	want := func(i int) {
		if !wanted[i] {
			wanted[i] = true
			stack = append(stack, i)
		}
	}
	for _, id := range targets {
		i := slices.IndexFunc(g.nodes, func(n node) bool { return n.id == id || holds(&n, id) })
		if i < 0 {
			return nil, errs.NotFound(codeUnknownStep, "The flow has no step %q.", id)
		}
		want(i)
	}
	upstream := make([][]int, len(g.nodes))
	for i := range g.nodes {
		for _, next := range g.nodes[i].next {
			upstream[next] = append(upstream[next], i)
		}
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, up := range upstream[i] {
			want(up)
		}
	}
	return wanted, nil
}

func holds(n *node, id string) bool {
	for _, body := range n.bodies {
		if body == nil {
			continue
		}
		for i := range body.nodes {
			if body.nodes[i].id == id || holds(&body.nodes[i], id) {
				return true
			}
		}
	}
	return false
}

func invalid(node, format string, args ...any) error {
	e := errs.Invalid("flow_invalid", "The flow cannot be run.")
	return e.With(errs.At(errs.Place{Node: node}, "flow_invalid", format, args...))
}
