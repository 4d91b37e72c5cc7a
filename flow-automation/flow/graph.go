package flow

import "strings"

// SplitSource cuts "node.port" in two; the port is empty in a plain "node", which means the node's first output.
func SplitSource(source string) (node, port string) {
	node, port, _ = strings.Cut(source, ".")
	return node, port
}

// Item is the source that stands for what a container hands to its body: the item of a map, what a loop carries on, the
// error that a catch is for.
const Item = "item"

// Upstream gives the ids that n waits for directly, by in and after, each once, in no particular order. A container
// waits for what the nodes in it take from outside, too.
func (n *Node) Upstream() []string {
	var ids []string
	seen := map[string]bool{}
	n.sources(func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	})
	return ids
}

// sources visits every id that n, or a node within it, takes from or waits for outside of n.
func (n *Node) sources(visit func(id string)) {
	for _, sources := range n.In {
		for _, source := range sources {
			if id, _ := SplitSource(source); id != "" && id != Item {
				visit(id)
			}
		}
	}
	for _, id := range n.After {
		if id != "" {
			visit(id)
		}
	}
	bodies := n.Bodies()
	if len(bodies) == 0 {
		return
	}
	for _, body := range bodies {
		for i := range body.Nodes {
			body.Nodes[i].sources(func(id string) {
				if find(n.Nodes, id) == nil && find(n.Catch, id) == nil && find(n.Finally, id) == nil {
					visit(id)
				}
			})
		}
	}
}

// Find gives the node with that id, also within containers, or nil.
func (s *Spec) Find(id string) *Node { return find(s.Nodes, id) }

func find(nodes []Node, id string) *Node {
	for i := range nodes {
		if nodes[i].ID == id {
			return &nodes[i]
		}
		for _, body := range nodes[i].Bodies() {
			if n := find(body.Nodes, id); n != nil {
				return n
			}
		}
	}
	return nil
}

// Order gives the ids of nodes of one level so that each comes after all that it waits for, and otherwise as in the
// document. When that is impossible, order is nil and cycle names one loop, its first id repeated at the end.
// Sources that do not exist are passed over.
func Order(nodes []Node) (order, cycle []string) {
	byID := make(map[string]*Node, len(nodes))
	for i := range nodes {
		byID[nodes[i].ID] = &nodes[i]
	}
	const (
		unseen = iota
		open
		done
	)
	state := make(map[string]int, len(nodes))
	order = make([]string, 0, len(nodes))
	// An explicit stack, since a flow may be a chain of many thousand nodes.
	type frame struct {
		id   string
		next []string
	}
	for i := range nodes {
		if state[nodes[i].ID] != unseen {
			continue
		}
		stack := []frame{{nodes[i].ID, nodes[i].Upstream()}}
		state[nodes[i].ID] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.next) == 0 {
				state[top.id] = done
				order = append(order, top.id)
				stack = stack[:len(stack)-1]
				continue
			}
			id := top.next[0]
			top.next = top.next[1:]
			up := byID[id]
			switch {
			case up == nil || state[id] == done:
			case state[id] == open:
				for j := len(stack) - 1; j >= 0; j-- {
					cycle = append(cycle, stack[j].id)
					if stack[j].id == id {
						break
					}
				}
				// The stack runs downstream to upstream; data flows the other way.
				return nil, append(rotate(cycle, id), id)
			default:
				state[id] = open
				stack = append(stack, frame{id, up.Upstream()})
			}
		}
	}
	return order, nil
}

// rotate makes the loop begin with first.
func rotate(loop []string, first string) []string {
	for i, id := range loop {
		if id == first {
			return append(append([]string{}, loop[i:]...), loop[:i]...)
		}
	}
	return loop
}

// Ancestors gives, for every node of one level, all that lies upstream of it by in or after. The nodes must be free of
// cycles; in one, the answer is incomplete.
func Ancestors(nodes []Node) map[string]map[string]bool {
	all := make(map[string]map[string]bool, len(nodes))
	byID := make(map[string]*Node, len(nodes))
	for i := range nodes {
		byID[nodes[i].ID] = &nodes[i]
	}
	order, _ := Order(nodes)
	for _, id := range order {
		mine := map[string]bool{}
		for _, up := range byID[id].Upstream() {
			if byID[up] == nil {
				continue
			}
			mine[up] = true
			for further := range all[up] {
				mine[further] = true
			}
		}
		all[id] = mine
	}
	return all
}
