package automation

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
)

// behind looks at what became of what a step gave, in a run that succeeded: a flow may pass over failures, or catch them.
type behind struct {
	types *node.Registry
	doc   *flow.Document
	steps map[string]*engine.Step // by path
	paths []string                // in order
}

func newBehind(types *node.Registry, doc *flow.Document, steps []engine.Step) *behind {
	b := &behind{types: types, doc: doc, steps: make(map[string]*engine.Step, len(steps))}
	for i := range steps {
		b.steps[steps[i].NodeID] = &steps[i]
	}
	b.paths = slices.Sorted(maps.Keys(b.steps))
	return b
}

// lost gives a step that lies behind that one and failed, or was left out because something failed, and leads to something that is
// written or sent; "" is none. What a branch has left out has not lost anything, nor have steps that only look, such as checks, and
// whoever reads may say that failures which are allowed do not count.
func (b *behind) lost(path string) string {
	_, last := apart(path)
	if reader := b.doc.Spec.Find(named(last)); reader != nil && node.AdvancesWith(reader.With) {
		return ""
	}
	starved := ""
	for path != "" { // the step's own level, then those around
		prefix, last := apart(path)
		id := named(last)
		after := b.after(b.beside(prefix, id), id)
		for _, at := range b.paths {
			s := b.steps[at]
			rest, in := strings.CutPrefix(at, prefix)
			head, _, _ := strings.Cut(rest, "/")
			if !in || !after[named(head)] {
				continue
			}
			if b.failed(at, s) && b.leadsOut(at) {
				return at
			}
			if starved == "" && s.Status == engine.Skipped && b.starved(at) && b.leadsOut(at) {
				starved = at
			}
		}
		path = strings.TrimSuffix(prefix, "/")
	}
	return starved
}

// leadsOut says whether a step, or any that comes after it, does something outside of the flow.
func (b *behind) leadsOut(path string) bool {
	if _, last := apart(path); b.actsAt(named(last)) {
		return true
	}
	for path != "" { // the step's own level, then those around
		prefix, last := apart(path)
		id := named(last)
		for up := range b.after(b.beside(prefix, id), id) {
			if b.actsAt(up) {
				return true
			}
		}
		path = strings.TrimSuffix(prefix, "/")
	}
	return false
}

func (b *behind) actsAt(id string) bool {
	n := b.doc.Spec.Find(id)
	return n == nil || b.acts(n)
}

// acts says whether a node, or one within it, may do something outside of the flow, or give something to another; of one that nobody
// knows it does.
func (b *behind) acts(n *flow.Node) bool {
	t := b.types.Get(n.Type)
	if t == nil || n.Type == run.TypeReturn {
		return true
	}
	config, err := json.Marshal(n.With)
	if err != nil || t.EffectFor(config) != node.Pure || t.EffectIn != nil && t.EffectIn(config) != nil {
		return true
	}
	if t.Datasets != nil && slices.ContainsFunc(t.Datasets(config), func(d node.Dataset) bool { return d.Writes }) {
		return true
	}
	for _, body := range n.Bodies() {
		for i := range body.Nodes {
			if b.acts(&body.Nodes[i]) {
				return true
			}
		}
	}
	return false
}

// failed says whether a step did not do its work, or some items of it.
func (b *behind) failed(path string, s *engine.Step) bool {
	if s.Status == engine.Canceled || s.Status == engine.Failed {
		return !b.repeated(path)
	}
	return s.Items != nil && s.Items.Failed > 0 && s.NodeType != run.TypeLoop
}

// repeated says whether a loop around the step has gone round again, which is how flows try things until they succeed.
func (b *behind) repeated(path string) bool {
	for around := range strings.SplitSeq(path, "/") {
		id, index, counted := strings.Cut(strings.TrimSuffix(around, "]"), "[")
		at := path[:strings.Index(path, around)] + id
		round, err := strconv.Atoi(index)
		if c := b.steps[at]; counted && err == nil && c != nil && c.NodeType == run.TypeLoop && c.Items != nil && round < c.Items.Count-1 {
			return true
		}
	}
	return false
}

// starved says whether a step was left out for want of what a failed one would have given.
func (b *behind) starved(path string) bool {
	prefix, id := apart(path)
	n := b.doc.Spec.Find(id)
	if n == nil {
		return false
	}
	for _, up := range n.Upstream() {
		if s := b.steps[prefix+up]; s != nil && (s.Status == engine.Failed || s.Status == engine.Skipped && b.starved(prefix+up)) {
			return true
		}
	}
	return false
}

// beside gives the nodes that lie on the level of an instance.
func (b *behind) beside(prefix, id string) []flow.Node {
	if prefix == "" {
		return b.doc.Spec.Nodes
	}
	_, around := apart(strings.TrimSuffix(prefix, "/"))
	if n := b.doc.Spec.Find(named(around)); n != nil {
		for _, body := range n.Bodies() {
			if slices.ContainsFunc(body.Nodes, func(n flow.Node) bool { return n.ID == id }) {
				return body.Nodes
			}
		}
	}
	return nil
}

// after gives the ids of the nodes beside that one that come after it.
func (b *behind) after(nodes []flow.Node, id string) map[string]bool {
	after := map[string]bool{}
	for up, all := range flow.Ancestors(nodes) {
		if all[id] {
			after[up] = true
		}
	}
	return after
}

// apart gives what the path of a step begins with, and the rest, which is the node's id or that of an instance of it.
func apart(path string) (prefix, last string) {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i], path[i:]
}

// named gives the id of the node that an instance is of: each[3] is one of each.
func named(instance string) string {
	id, _, _ := strings.Cut(instance, "[")
	return id
}
