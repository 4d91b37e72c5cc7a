package spec

import (
	"bytes"
	"encoding/json"
	"strings"
)

// keywords is a JSON object that keeps the order in which it was written.
type keywords struct {
	buf bytes.Buffer
}

func (k *keywords) set(name string, v any) {
	if k.buf.Len() > 0 {
		k.buf.WriteByte(',')
	}
	k.buf.Write(marshal(name))
	k.buf.WriteByte(':')
	if written, ok := v.(json.RawMessage); ok { // of our own: to read it again at each level around it takes most of the time
		k.buf.Write(written)
		return
	}
	k.buf.Write(marshal(v))
}

func (k *keywords) text(name, v string) {
	if v != "" {
		k.set(name, v)
	}
}

func (k *keywords) bytes() json.RawMessage {
	return json.RawMessage("{" + k.buf.String() + "}")
}

func marshal(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("spec: " + err.Error()) // only values read from JSON or tags come here
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// renderer writes the schema; recursive structs go to $defs.
type renderer struct {
	defs  keywords
	known map[*object]bool
}

func render(root *property) json.RawMessage {
	r := renderer{known: map[*object]bool{}}
	var k keywords
	k.set("$schema", "https://json-schema.org/draft/2020-12/schema")
	if root.object.recursive {
		k.set("$ref", r.reference(root.object))
	} else {
		r.object(&k, root.object)
	}
	if r.defs.buf.Len() > 0 {
		k.set("$defs", r.defs.bytes())
	}
	return k.bytes()
}

func (r *renderer) reference(o *object) string {
	if !r.known[o] {
		r.known[o] = true
		var k keywords
		r.object(&k, o)
		r.defs.set(o.name, k.bytes())
	}
	return "#/$defs/" + o.name
}

func (r *renderer) object(k *keywords, o *object) {
	k.set("type", "object")
	var props keywords
	required := []string{}
	for i, p := range o.props {
		props.set(p.name, r.property(p, i))
		if p.required && p.when == nil {
			required = append(required, p.name)
		}
	}
	k.set("properties", props.bytes())
	if len(required) > 0 {
		k.set("required", required)
	}
	k.set("additionalProperties", false)
}

func (r *renderer) property(p *property, order int) json.RawMessage {
	var k keywords
	r.shape(&k, p)
	k.text("title", p.title)
	k.text("description", p.doc)
	if p.def != nil {
		k.set("default", p.def)
	}
	if p.example != nil {
		k.set("examples", []any{p.example})
	}
	k.text("x-widget", p.widget)
	k.text("x-of", p.of)
	if p.more {
		k.set("x-more", true)
	}
	if p.when != nil {
		k.set("x-when", map[string][]string{p.when.field: p.when.values})
	}
	if p.titleZH != "" || p.docZH != "" {
		var zh keywords
		zh.text("title", p.titleZH)
		zh.text("description", p.docZH)
		k.set("x-zh", zh.bytes())
	}
	k.set("x-order", order)
	return k.bytes()
}

// shape writes what restricts the value.
func (r *renderer) shape(k *keywords, p *property) {
	switch {
	case p.object != nil && p.object.recursive:
		k.set("$ref", r.reference(p.object))
	case p.object != nil:
		r.object(k, p.object)
	case p.kind != kindAny:
		k.set("type", p.kind)
	}
	if p.elem != nil {
		var inner keywords
		r.shape(&inner, p.elem)
		if p.kind == kindArray {
			k.set("items", inner.bytes())
		} else {
			k.set("additionalProperties", inner.bytes())
		}
	}
	k.text("format", p.format)
	if len(p.enum) > 0 {
		k.set("enum", p.enum)
	}
	if p.minimum != nil {
		k.set("minimum", *p.minimum)
	}
	if p.maximum != nil {
		k.set("maximum", *p.maximum)
	}
	if p.pattern != nil {
		k.set("pattern", p.pattern.String())
	}
	if p.required {
		r.notEmpty(k, p)
	}
}

func (r *renderer) notEmpty(k *keywords, p *property) {
	switch {
	case p.kind == kindString:
		k.set("minLength", 1)
	case p.kind == kindArray:
		k.set("minItems", 1)
	case p.isMap():
		k.set("minProperties", 1)
	}
}

// patternText is the pattern as its author wrote it.
func (p *property) patternText() string {
	return strings.TrimSuffix(strings.TrimPrefix(p.pattern.String(), "^(?:"), ")$")
}
