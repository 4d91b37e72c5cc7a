package flow

import (
	"bytes"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Patch gives the YAML text source changed so that it means doc. Comments, order and style of what stays are kept; the
// text is the same when nothing changed. A source that cannot be read is replaced as a whole.
func Patch(source []byte, doc *Document) ([]byte, error) {
	fresh, err := Encode(doc)
	if err != nil {
		return nil, err
	}
	old, _, err := Parse(source)
	if err != nil {
		return fresh, nil //nolint:nilerr // an unreadable text has nothing worth keeping
	}
	want, _, err := Parse(fresh)
	if err != nil {
		return nil, err
	}
	if reflect.DeepEqual(old, want) {
		return source, nil
	}
	var tree yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(source)).Decode(&tree); err != nil {
		return fresh, nil //nolint:nilerr // cannot be: Parse has read it
	}
	goal, err := grow(want)
	if err != nil {
		return nil, err
	}
	g := grafter{nodes: map[string]*yaml.Node{}, used: map[*yaml.Node]bool{}}
	g.index(tree.Content[0], "")
	tree.Content[0] = g.graft(tree.Content[0], goal, "")
	patched, err := render(&tree)
	if err != nil {
		return fresh, nil //nolint:nilerr // the canonical text is always right
	}
	// Comments and blank lines in odd places can confuse the emitter; a right text without them beats a wrong one.
	for _, candidate := range [][]byte{withBlankLines(source, patched), patched} {
		if got, _, err := Parse(candidate); err == nil && reflect.DeepEqual(got, want) {
			return candidate, nil
		}
	}
	return fresh, nil
}

// grafter knows the old text's flow nodes by id, so that one that moves from one body to another takes its comments along.
type grafter struct {
	nodes map[string]*yaml.Node
	used  map[*yaml.Node]bool
}

func holdsNodes(key string) bool { return key == "nodes" || key == "catch" || key == "finally" }

func (g *grafter) index(n *yaml.Node, key string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch name := n.Content[i].Value; {
			case name == "spec" || holdsNodes(name):
				g.index(n.Content[i+1], name)
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if id := idOf(item); id != "" && holdsNodes(key) && g.nodes[id] == nil {
				g.nodes[id] = item
			}
			g.index(item, "")
		}
	}
}

// graft gives old changed into goal, keeping what it can of old's comments, order and style. Key is the field that the
// value stands under.
func (g *grafter) graft(old, goal *yaml.Node, key string) *yaml.Node {
	if old.Kind != goal.Kind {
		goal.HeadComment, goal.LineComment, goal.FootComment = old.HeadComment, old.LineComment, old.FootComment
		return goal
	}
	switch old.Kind {
	case yaml.MappingNode:
		g.graftMapping(old, goal, key)
	case yaml.SequenceNode:
		g.graftList(old, goal, key)
	case yaml.ScalarNode:
		if !sameScalar(old, goal) {
			style := goal.Style
			if style == 0 && old.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && goal.Tag == "!!str" {
				style = old.Style
			}
			old.Tag, old.Value, old.Style = goal.Tag, goal.Value, style
		}
	}
	return old
}

func sameScalar(a, b *yaml.Node) bool {
	r := &reader{places: newPlaces()}
	return reflect.DeepEqual(r.any(a, "", 0), r.any(b, "", 0))
}

func (g *grafter) graftMapping(old, goal *yaml.Node, key string) {
	has := make(map[string]*yaml.Node, len(goal.Content)/2)
	for i := 0; i+1 < len(goal.Content); i += 2 {
		has[goal.Content[i].Value] = goal.Content[i+1]
	}
	mine := make(map[string][2]*yaml.Node, len(old.Content)/2)
	var kept []*yaml.Node
	for i := 0; i+1 < len(old.Content); i += 2 {
		k, v := old.Content[i], old.Content[i+1]
		if want := has[k.Value]; want != nil {
			v = g.graft(v, want, k.Value)
			kept = append(kept, k, v)
			mine[k.Value] = [2]*yaml.Node{k, v}
		}
	}
	if key == "params" { // their order has a meaning
		kept = kept[:0:0]
	}
	// What is new goes behind what comes before it in the canonical order.
	after := 0
	for i := 0; i+1 < len(goal.Content); i += 2 {
		name := goal.Content[i].Value
		if pair, ok := mine[name]; ok {
			if key == "params" {
				kept = append(kept, pair[0], pair[1])
			}
			after = indexOfKey(kept, name) + 2
			continue
		}
		kept = append(kept[:after:after], append([]*yaml.Node{goal.Content[i], goal.Content[i+1]}, kept[after:]...)...)
		after += 2
	}
	restyle(old, goal, kept)
}

// restyle gives a mapping or list what it holds now. Braces and brackets stay while what is in them can be read on a line;
// those around nothing are no wish, since nothing has no other form.
func restyle(n, goal *yaml.Node, content []*yaml.Node) {
	if len(n.Content) == 0 {
		n.Style = goal.Style
	}
	n.Content = content
	switch {
	case len(content) == 0:
		n.Style |= yaml.FlowStyle
	case n.Style&yaml.FlowStyle != 0 && (hasBlock(n) || width(n) > 120):
		n.Style &^= yaml.FlowStyle
	}
}

// width is about how many characters a value takes on one line.
func width(n *yaml.Node) int {
	w := len(n.Value) + 2
	for _, c := range n.Content {
		w += width(c)
	}
	return w
}

// hasBlock says whether a text of several lines is below, which a flow mapping could not show readably.
func hasBlock(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	}
	for _, c := range n.Content {
		if hasBlock(c) {
			return true
		}
	}
	return false
}

func indexOfKey(content []*yaml.Node, key string) int {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == key {
			return i
		}
	}
	return -2
}

// graftList matches items by id where they have one, else equal ones first and then by position.
func (g *grafter) graftList(old, goal *yaml.Node, key string) {
	result := make([]*yaml.Node, len(goal.Content))
	take := func(i int, candidate *yaml.Node) {
		g.used[candidate] = true
		result[i] = g.graft(candidate, goal.Content[i], "")
	}
	match := func(i int, ok func(candidate *yaml.Node) bool) {
		for _, candidate := range old.Content {
			if !g.used[candidate] && ok(candidate) {
				take(i, candidate)
				return
			}
		}
	}
	for i, item := range goal.Content {
		if id := idOf(item); id != "" {
			match(i, func(c *yaml.Node) bool { return idOf(c) == id })
			if moved := g.nodes[id]; result[i] == nil && holdsNodes(key) && moved != nil && !g.used[moved] {
				take(i, moved)
			}
		} else if item.Kind == yaml.ScalarNode {
			match(i, func(c *yaml.Node) bool { return c.Kind == yaml.ScalarNode && sameScalar(c, item) })
		}
	}
	for i, item := range goal.Content {
		switch {
		case result[i] != nil:
		case idOf(item) == "" && i < len(old.Content) && !g.used[old.Content[i]] && old.Content[i].Kind == item.Kind && idOf(old.Content[i]) == "":
			take(i, old.Content[i])
		default:
			result[i] = item
		}
	}
	restyle(old, goal, result)
}

func idOf(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		if i := indexOfKey(n.Content, "id"); i >= 0 {
			return n.Content[i+1].Value
		}
	}
	return ""
}
