// Package trigger is what starts runs: the kinds of triggers that an installation knows. Each kind is a folder of its
// own, made of pure functions; whoever listens to the outside wires them.
package trigger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

// Type is one kind of trigger.
type Type struct {
	Name    string
	Version int
	Doc     node.Doc
	Config  *spec.Schema
	// Check finds what the schema cannot; fields are relative to the trigger, such as with.path.
	Check    func(config json.RawMessage) []errs.Detail
	Examples []node.Example
}

// Registry is the kinds of triggers that an installation knows. It never changes once built.
type Registry struct{ types map[string]*Type }

// NewRegistry builds a registry. It panics when a type is incomplete or named twice, for that is a fault of the program.
func NewRegistry(types ...Type) *Registry {
	r := &Registry{types: map[string]*Type{}}
	for _, t := range types {
		switch {
		case t.Name == "" || t.Version < 1 || t.Config == nil || t.Doc.Icon == "" || t.Doc.Title.EN == "" || t.Doc.Title.ZH == "":
			panic(fmt.Sprintf("trigger type %q is incomplete", t.Name))
		case r.types[t.Name] != nil:
			panic(fmt.Sprintf("trigger type %q is registered twice", t.Name))
		}
		r.types[t.Name] = &t
	}
	return r
}

// Get gives the type of that name, or nil.
func (r *Registry) Get(name string) *Type { return r.types[name] }

// Names gives all names in order.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.types)) }

// All gives all types in the order of their names.
func (r *Registry) All() []*Type {
	names := r.Names()
	all := make([]*Type, len(names))
	for i, name := range names {
		all[i] = r.types[name]
	}
	return all
}
