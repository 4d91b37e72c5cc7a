package spec

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// kind is the JSON Schema type of a property; the empty one is any.
type kind string

const (
	kindAny     kind = ""
	kindString  kind = "string"
	kindNumber  kind = "number"
	kindInteger kind = "integer"
	kindBoolean kind = "boolean"
	kindObject  kind = "object"
	kindArray   kind = "array"
)

// property is one place of a configuration: a field, or the elements of a list or map.
type property struct {
	name             string
	kind             kind
	title, titleZH   string
	doc, docZH       string
	widget, of       string
	format           string
	def, example     any
	enum             []any
	minimum, maximum *float64
	pattern          *regexp.Regexp
	required         bool
	more             bool       // few need it: forms keep it folded until it is set or asked for
	when             *condition // nil is always
	// custom is set for types that decide themselves what they take.
	custom reflect.Type
	// object is set for structs, elem for lists and for maps (kind object).
	object *object
	elem   *property
	bits   int // of an integer; unsigned ones are negative
	// pointer says that leaving an object out means something else than an object of defaults.
	pointer bool
}

// object is a struct type; recursive types refer to the same object again.
type object struct {
	name      string
	props     []*property
	byName    map[string]*property
	recursive bool
}

func (p *property) isMap() bool { return p.kind == kindObject && p.object == nil && p.elem != nil }

// describe names what is expected, for people.
func (p *property) describe() string {
	switch p.kind {
	case kindString:
		return "a text"
	case kindNumber:
		return "a number"
	case kindInteger:
		return "a whole number"
	case kindBoolean:
		return "true or false"
	case kindArray:
		return "a list"
	case kindObject:
		if p.isMap() {
			return "a mapping of names to values"
		}
		return "an object"
	}
	return "any value"
}

func (p *property) field(path string) Field {
	enum := p.enum
	if len(enum) == 0 && p.kind == kindArray && p.elem != nil {
		enum = p.elem.enum
	}
	var when *When
	if p.when != nil {
		when = &When{p.when.field, slices.Clone(p.when.values)}
	}
	return Field{
		Path: path, When: when, Type: string(p.kind), Widget: p.widget, Title: p.title, Required: p.required, Enum: slices.Clone(enum),
		Default: clone(p.def), Example: clone(p.example), Doc: p.doc, TitleZH: p.titleZH, DocZH: p.docZH,
	}
}

// defaults collects the default values below o. A recursive type ends at its own repetition.
func (o *object) defaults(seen map[*object]bool) map[string]any {
	out := map[string]any{}
	if seen[o] {
		return out
	}
	seen[o] = true
	defer delete(seen, o)
	for _, p := range o.props {
		if p.def != nil {
			out[p.name] = clone(p.def)
			continue
		}
		if p.object != nil && !p.pointer {
			if sub := p.object.defaults(seen); len(sub) > 0 {
				out[p.name] = sub
			}
		}
	}
	return out
}

func collect(o *object, prefix string, seen map[*object]bool) []Field {
	if seen[o] {
		return nil
	}
	seen[o] = true
	defer delete(seen, o)
	var out []Field
	for _, p := range o.props {
		path := prefix + p.name
		out = append(out, p.field(path))
		out = append(out, inner(p, path, seen)...)
	}
	return out
}

// inner lists what lies below p: elements of lists and maps that are not structs are no fields of their own.
func inner(p *property, path string, seen map[*object]bool) []Field {
	for p.elem != nil {
		if p.kind == kindArray {
			path += "[]"
		} else {
			path += ".*"
		}
		p = p.elem
	}
	if p.object == nil {
		return nil
	}
	return collect(p.object, path+".", seen)
}

// find walks a path such as with.columns[2].name, columns[].name or headers.Accept.
func (s *Schema) find(path string) *property {
	if _, own := s.root().object.byName["with"]; !own {
		path = strings.TrimPrefix(path, "with.")
	}
	at := s.root()
	for _, step := range split(path) {
		switch {
		case at.object != nil:
			at = at.object.byName[step]
		case at.elem != nil:
			at = at.elem
		default:
			return nil
		}
		if at == nil {
			return nil
		}
	}
	if at == s.root() {
		return nil
	}
	return at
}

// split cuts a.b[2].c into a, b, 2, c.
func split(path string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(path, "[]", "[*]"), func(r rune) bool {
		return r == '.' || r == '[' || r == ']'
	})
}

// clone copies what JSON can hold, so that callers cannot change a schema.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for k := range out {
			out[k] = clone(out[k])
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = clone(out[i])
		}
		return out
	case json.RawMessage:
		return slices.Clone(v)
	}
	return v
}
