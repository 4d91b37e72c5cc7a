// Package tree is a JSON value that is taken apart only where somebody looks. Names keep their order and numbers their
// digits, and what nobody touches leaves as it was written.
package tree

import (
	"encoding/json"
	"slices"

	"dataflow/ide-go-lib/expr"
)

// Node is one value. A node serves one goroutine at a time.
type Node struct {
	raw    json.RawMessage // as written; what counts until the node is opened
	opened bool
	object bool // of what is opened: an object, or a list
	names  []string
	kids   []*Node
	index  map[string]int // of names, where there are many
}

// Parse makes a node of valid JSON.
func Parse(raw json.RawMessage) *Node { return &Node{raw: trim(raw)} }

// Object makes an empty object.
func Object() *Node { return &Node{opened: true, object: true} }

// List makes a list of nodes.
func List(items []*Node) *Node { return &Node{opened: true, kids: items} }

// Kind gives the first character of the value: { [ " t f n, or that of a number.
func (n *Node) Kind() byte {
	switch {
	case n.opened && n.object:
		return '{'
	case n.opened:
		return '['
	case len(n.raw) == 0:
		return 'n'
	}
	return n.raw[0]
}

// IsObject says whether the value is an object.
func (n *Node) IsObject() bool { return n.Kind() == '{' }

// IsList says whether the value is a list.
func (n *Node) IsList() bool { return n.Kind() == '[' }

// IsNull says whether the value is null.
func (n *Node) IsNull() bool { return n.Kind() == 'n' }

// Kids gives the items of a list or the values of an object, in order; nothing for anything else.
func (n *Node) Kids() []*Node {
	n.open()
	return n.kids
}

// Names gives the names of an object in order.
func (n *Node) Names() []string {
	n.open()
	return n.names
}

// Get gives the value of a name of an object; nil when it is not there.
func (n *Node) Get(name string) *Node {
	if i := n.find(name); i >= 0 {
		return n.kids[i]
	}
	return nil
}

// At gives an item of a list, from the end when i is negative; nil when it is not there.
func (n *Node) At(i int) *Node {
	if !n.IsList() {
		return nil
	}
	kids := n.Kids()
	if i < 0 {
		i += len(kids)
	}
	if i < 0 || i >= len(kids) {
		return nil
	}
	return kids[i]
}

// Put gives a name of an object a value; a new name comes last.
func (n *Node) Put(name string, v *Node) {
	if i := n.find(name); i >= 0 {
		n.kids[i] = v
		return
	}
	n.names = append(n.names, name)
	n.kids = append(n.kids, v)
	if n.index != nil {
		n.index[name] = len(n.names) - 1
	}
}

// Push adds an item to a list.
func (n *Node) Push(v *Node) {
	n.open()
	n.kids = append(n.kids, v)
}

// Drop takes the kids for which gone is true out of a list or an object.
func (n *Node) Drop(gone func(*Node) bool) {
	n.open()
	kept := 0
	for i, kid := range n.kids {
		if gone(kid) {
			continue
		}
		n.kids[kept] = kid
		if n.object {
			n.names[kept] = n.names[i]
		}
		kept++
	}
	n.kids, n.index = n.kids[:kept], nil
	if n.object {
		n.names = n.names[:kept]
	}
}

// Become makes the node another value, whoever holds it.
func (n *Node) Become(v *Node) { *n = *v }

// JSON gives the value; where nothing was changed, as it was written.
func (n *Node) JSON() json.RawMessage {
	if !n.opened && len(n.raw) > 0 {
		return n.raw
	}
	return n.Append(nil)
}

// Append writes the value.
func (n *Node) Append(dst []byte) []byte {
	if !n.opened {
		if len(n.raw) == 0 {
			return append(dst, "null"...)
		}
		return append(dst, n.raw...)
	}
	open, end := byte('['), byte(']')
	if n.object {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	for i, kid := range n.kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		if n.object {
			dst = quoted(dst, n.names[i])
			dst = append(dst, ':')
		}
		dst = kid.Append(dst)
	}
	return append(dst, end)
}

// Decoded gives the value as expressions see it.
func (n *Node) Decoded() (any, error) { return expr.Decode(n.JSON()) }

func quoted(dst []byte, s string) []byte {
	out, err := expr.AppendJSON(dst, s)
	if err != nil { // only for its size; a name comes from a value that was small enough
		return append(dst, `""`...)
	}
	return out
}

// many is the number of names from which looking one up is worth an index.
const many = 16

func (n *Node) find(name string) int {
	if !n.IsObject() {
		return -1
	}
	n.open()
	if len(n.names) < many {
		return slices.Index(n.names, name)
	}
	if n.index == nil {
		n.index = make(map[string]int, len(n.names))
		for i, known := range n.names {
			n.index[known] = i
		}
	}
	if i, ok := n.index[name]; ok {
		return i
	}
	return -1
}

// Equal says whether two values are the same, whatever the order of names and the writing of numbers.
func (n *Node) Equal(m *Node) (bool, error) {
	a, err := n.Decoded()
	if err != nil {
		return false, err
	}
	b, err := m.Decoded()
	if err != nil {
		return false, err
	}
	return expr.Equal(a, b)
}

// Key gives a text that is the same for equal values, whatever the order of names and the writing of numbers.
func (n *Node) Key() (string, error) {
	v, err := n.Decoded()
	if err != nil {
		return "", err
	}
	key, err := expr.AppendJSON(nil, v)
	return string(key), err
}
