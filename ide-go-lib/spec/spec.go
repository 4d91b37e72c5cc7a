// Package spec turns a typed configuration struct into a JSON Schema with defaults, documentation and validation, so
// that the struct is the one place where a configuration is described.
//
// Fields are described by tags:
//
//	json                       name; "-" leaves the field out
//	title, zh                  short label in English and in Chinese
//	doc, doc_zh                what the field means
//	default, example           as a person would write it; lists, maps and structs as JSON
//	enum                       allowed values, separated by commas; of a list, those of its elements
//	minimum, maximum           of numbers
//	pattern                    regular expression that a text must match from start to end
//	required:"true"            must be given and, for texts, lists, maps and objects, not be empty
//	more:"true"                few need the field, so that forms keep it folded until it is set (x-more)
//	when                       the field has a meaning only while another of the same struct has one of these values: check=unique,not_null
//	widget                     how to edit it: text, textarea, literal (every character counts, and none is a choice too), sql, document (a text of JSON, in which expressions are values), python, expression, item, column, columns, stored (what the node's connection has), texts, file, json, keyvalue, code …
//	of                         what the widget is to offer: of a connection, what it must be able to do; several are separated by |; of a document, that it is a filter; of what is stored, schema, table or column
package spec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// Custom is implemented by types that read and write as something else than their Go structure says. The value itself
// decides in UnmarshalJSON what it takes; the schema shows the type that a person writes.
type Custom interface {
	// JSONSchemaType gives the JSON Schema type: string, number, integer, boolean, object or array; "" is any.
	JSONSchemaType() string
}

// Schema is that of one struct type. It is immutable and safe for concurrent use. Each part is made when it is first asked for,
// since a program knows many types and most of its processes need a few.
type Schema struct {
	typ    reflect.Type
	root   func() *property
	raw    func() json.RawMessage
	fields func() []Field
}

// Field describes one field. Path is relative to the struct: name, object.name, list[].name or map.*.
type Field struct {
	Path     string
	Type     string // string, number, integer, boolean, object, array; "" is any
	Widget   string
	Title    string
	Required bool
	Enum     []any
	Default  any // nil when there is none
	Example  any // nil when there is none
	Doc      string
	When     *When // while what it means something; nil is always
	// The same in Chinese; empty where it is not there.
	TitleZH, DocZH string
}

// When says that another field of the same struct has one of these values.
type When struct {
	Field  string
	Values []string
}

// For reflects T, which must be a struct. Mistakes in tags are mistakes of the programmer and panic when the schema is used.
func For[T any]() *Schema {
	return Of(reflect.TypeFor[T]())
}

// Of is For with the type as a value.
func Of(t reflect.Type) *Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("spec: %s is not a struct", t))
	}
	root := sync.OnceValue(func() *property {
		b := builder{open: map[reflect.Type]*object{}}
		return &property{kind: kindObject, widget: "group", object: b.object(t)}
	})
	return &Schema{
		typ: t, root: root,
		raw:    sync.OnceValue(func() json.RawMessage { return render(root()) }),
		fields: sync.OnceValue(func() []Field { return collect(root().object, "", map[*object]bool{}) }),
	}
}

// JSON gives the JSON Schema (2020-12). Besides the standard keywords a property has x-widget, x-order, x-more, x-when
// with the field and its values on which it depends, and, when it is documented in Chinese, x-zh with title and description.
func (s *Schema) JSON() json.RawMessage { return append(json.RawMessage(nil), s.raw()...) }

// MarshalJSON makes a Schema usable as a value in an answer.
func (s *Schema) MarshalJSON() ([]byte, error) { return s.raw(), nil }

// Defaults gives the default values of all fields that have one, nested like the configuration.
func (s *Schema) Defaults() map[string]any { return s.root().object.defaults(map[*object]bool{}) }

// Fields lists all fields, outer before inner, in the order of the struct.
func (s *Schema) Fields() []Field { return append([]Field(nil), s.fields()...) }

// Field finds a field by a path as in Fields or as in a problem: a leading "with." and concrete indexes and keys are understood.
func (s *Schema) Field(path string) (Field, bool) {
	p := s.find(path)
	if p == nil {
		return Field{}, false
	}
	return p.field(path), true
}

// Of gives what the widget of the field at path is of; "" when there is no such field.
func (s *Schema) Of(path string) string {
	if p := s.find(path); p != nil {
		return p.of
	}
	return ""
}

// Widget gives the widget of the field at path; "" when there is no such field.
func (s *Schema) Widget(path string) string {
	if p := s.find(path); p != nil {
		return p.widget
	}
	return ""
}
