package path

import (
	"context"

	"github.com/theory/jsonpath/spec"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// The most that one path may find and visit.
const (
	maxFound   = 1_000_000
	maxVisited = 50_000_000
)

// Place is where a path has led, with what holds it; Holder is nil at the root.
type Place struct {
	Node, Holder *tree.Node
}

// One follows a path that leads to one place; nil when nothing is there.
func (p *Path) One(root *tree.Node) *tree.Node {
	at := root
	for _, s := range p.Steps {
		if at = follow(at, s); at == nil {
			return nil
		}
	}
	return at
}

func follow(n *tree.Node, s Step) *tree.Node {
	if s.Name != nil {
		return n.Get(*s.Name)
	}
	return n.At(s.Index)
}

// Missing is the error of a path that leads nowhere: it says at which step, and what is near.
func (p *Path) Missing(root *tree.Node) *errs.Error {
	const code = "path_missing"
	at := root
	for _, s := range p.Steps {
		next := follow(at, s)
		if next != nil {
			at = next
			continue
		}
		switch {
		case s.Name == nil && at.IsList():
			return node.FieldError(code, p.field, "There is nothing at %s: the list has %s, so that there is no [%d]", p.Text, words.Number(len(at.Kids()), "item", "items"), s.Index)
		case s.Name == nil:
			return node.FieldError(code, p.field, "There is nothing at %s: [%d] needs a list, but there is %s", p.Text, s.Index, what(at))
		case !at.IsObject():
			return node.FieldError(code, p.field, "There is nothing at %s: %s needs an object, but there is %s", p.Text, s, what(at))
		}
		hint := near.Hint(*s.Name, at.Names())
		if hint == "" {
			hint = "The object is empty."
		}
		return node.FieldError(code, p.field, "There is nothing at %s: there is no %s. %s", p.Text, s, hint)
	}
	return node.FieldError(code, p.field, "There is nothing at %s", p.Text)
}

func what(n *tree.Node) string {
	switch n.Kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// All finds every place that the path leads to, in the order of RFC 9535.
func (p *Path) All(ctx context.Context, root *tree.Node) ([]Place, error) {
	f := finder{ctx: ctx, path: p, root: root}
	places := []Place{{Node: root}}
	for _, segment := range p.segments {
		f.found = nil
		for _, from := range places {
			if err := f.segment(from.Node, segment); err != nil {
				return nil, err
			}
		}
		places = f.found
	}
	return places, nil
}

// Holders finds what a path leads to, except when it ends with a plain name: then it finds what may hold that name, and
// gives the name.
func (p *Path) Holders(ctx context.Context, root *tree.Node) (places []Place, name *string, err error) {
	end := len(p.segments) - 1
	if s := p.segments[end]; !s.IsDescendant() && len(s.Selectors()) == 1 {
		if last, ok := s.Selectors()[0].(spec.Name); ok {
			text := string(last)
			before := &Path{Text: p.Text, field: p.field, segments: p.segments[:end]}
			places, err = before.All(ctx, root)
			return places, &text, err
		}
	}
	places, err = p.All(ctx, root)
	return places, nil, err
}

// finder finds what one segment leads to.
type finder struct {
	ctx     context.Context //nolint:containedctx // lives for one search
	path    *Path
	root    *tree.Node
	decoded any // the root, once a filter has asked for it
	found   []Place
	visited int
}

func (f *finder) segment(n *tree.Node, s *spec.Segment) error {
	for _, sel := range s.Selectors() {
		if err := f.choose(n, sel); err != nil {
			return err
		}
	}
	if !s.IsDescendant() {
		return nil
	}
	for _, kid := range n.Kids() {
		if err := f.segment(kid, s); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) visit(n int) error {
	before := f.visited >> 12
	f.visited += n
	if f.visited > maxVisited || len(f.found) > maxFound {
		return node.FieldError("path_limit", f.path.field, "The path %s finds too much: at most %d places are kept; lead it to less, or work on a table", f.path.Text, maxFound)
	}
	if f.visited>>12 != before {
		return f.ctx.Err()
	}
	return nil
}

func (f *finder) add(holder, n *tree.Node) error {
	if n == nil {
		return nil
	}
	f.found = append(f.found, Place{n, holder})
	return f.visit(1)
}

func (f *finder) choose(n *tree.Node, selector spec.Selector) error {
	if err := f.visit(1); err != nil {
		return err
	}
	switch s := selector.(type) {
	case spec.Name:
		return f.add(n, n.Get(string(s)))
	case spec.Index:
		return f.add(n, n.At(int(s)))
	case spec.SliceSelector:
		return f.slice(n, s)
	case *spec.FilterSelector:
		return f.filter(n, s)
	}
	for _, kid := range n.Kids() { // the wildcard
		if err := f.add(n, kid); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) slice(n *tree.Node, s spec.SliceSelector) error {
	if !n.IsList() {
		return nil
	}
	for _, kid := range Slice(n.Kids(), s) {
		if err := f.add(n, kid); err != nil {
			return err
		}
	}
	return nil
}

// Slice takes a part of a list as [start:end:step] does.
func Slice[T any](list []T, s spec.SliceSelector) []T {
	lower, upper := s.Bounds(len(list))
	var part []T
	switch step := s.Step(); {
	case step > 0:
		for i := lower; i < upper; i += step {
			part = append(part, list[i])
		}
	case step < 0:
		for i := upper; i > lower; i += step {
			part = append(part, list[i])
		}
	}
	return part
}

func (f *finder) filter(n *tree.Node, s *spec.FilterSelector) error {
	for _, kid := range n.Kids() {
		v, err := kid.Decoded()
		if err != nil {
			return errs.Internal(err)
		}
		if f.decoded == nil {
			if f.decoded, err = f.root.Decoded(); err != nil {
				return errs.Internal(err)
			}
		}
		if err := f.visit(1 + len(kid.JSON())/64); err != nil {
			return err
		}
		if s.Eval(v, f.decoded) {
			if err := f.add(n, kid); err != nil {
				return err
			}
		}
	}
	return nil
}
