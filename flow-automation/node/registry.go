package node

import (
	"fmt"
	"maps"
	"slices"

	"dataflow/ide-go-lib/pattern"
)

// Registry is the node types that an installation knows. It never changes once built and is safe for concurrent use.
type Registry struct {
	types map[string]*Type
	names []string
}

var typeName = pattern.Of(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)?$`)

// NewRegistry builds a registry. It panics when a type is incomplete or named twice, for that is a fault of the program.
func NewRegistry(families ...[]Type) *Registry {
	r := &Registry{types: map[string]*Type{}}
	for _, family := range families {
		for _, t := range family {
			if err := complain(&t); err != "" {
				panic(fmt.Sprintf("node type %q: %s", t.Name, err))
			}
			if r.types[t.Name] != nil {
				panic(fmt.Sprintf("node type %q is registered twice", t.Name))
			}
			r.types[t.Name] = &t
		}
	}
	r.names = slices.Sorted(maps.Keys(r.types))
	return r
}

// Get gives the type of that name, or nil.
func (r *Registry) Get(name string) *Type { return r.types[name] }

// Names gives all names in order.
func (r *Registry) Names() []string { return slices.Clone(r.names) }

// All gives all types in the order of their names.
func (r *Registry) All() []*Type {
	all := make([]*Type, len(r.names))
	for i, name := range r.names {
		all[i] = r.types[name]
	}
	return all
}

// Copy gives all types as values, to build another registry from.
func (r *Registry) Copy() []Type {
	list := make([]Type, 0, len(r.names))
	for _, t := range r.All() {
		list = append(list, *t)
	}
	return list
}

// ways counts the ways in which a type can be carried out.
func ways(t *Type) (n int) {
	for _, set := range []bool{t.Run != nil, t.Relation != nil, t.Suspend != nil, t.Container != nil} {
		if set {
			n++
		}
	}
	return n
}

// complain says what an incomplete type lacks.
func complain(t *Type) string {
	switch {
	case !typeName.MatchString(t.Name):
		return "the name must be family.verb in lower case"
	case t.Version < 1:
		return "the version must be at least 1"
	case t.Config == nil:
		return "there is no configuration schema; use Define or DefineTable"
	case ways(t) != 1:
		return "exactly one of Run, Relation, Suspend and Container must be set"
	case !slices.Contains([]Effect{Pure, Idempotent, Unsafe}, t.Effect):
		return "the effect must be pure, idempotent or unsafe"
	case !slices.Contains([]Pool{Inline, Go, SQL, Python, IO}, t.Pool):
		return "the pool must be inline, go, sql, python or io"
	case t.Pool == Inline && t.Effect != Pure:
		return "an inline type must be pure"
	case len(t.Outputs) == 0 && t.OutputsOf == nil:
		return "there are no outputs"
	case t.Doc.Title.EN == "" || t.Doc.Title.ZH == "" || t.Doc.Summary.EN == "" || t.Doc.Summary.ZH == "":
		return "title and summary must be there in both languages"
	case t.Doc.Icon == "" || t.Doc.Family == "":
		return "icon and family must be there"
	}
	for _, ports := range [][]Port{t.Inputs, t.Outputs} {
		seen := map[string]bool{}
		for _, p := range ports {
			if p.Name == "" || seen[p.Name] {
				return fmt.Sprintf("the port name %q is empty or used twice", p.Name)
			}
			seen[p.Name] = true
		}
	}
	return ""
}
