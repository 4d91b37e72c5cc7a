package spec

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	customType          = reflect.TypeFor[Custom]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	rawMessageType      = reflect.TypeFor[json.RawMessage]()
	numberType          = reflect.TypeFor[json.Number]()
	timeType            = reflect.TypeFor[time.Time]()
)

// builder reflects types; open holds the structs being reflected, so that a recursive type is met again.
type builder struct {
	open map[reflect.Type]*object
}

func (b *builder) object(t reflect.Type) *object {
	if o, ok := b.open[t]; ok {
		o.recursive = true
		return o
	}
	o := &object{name: t.Name(), byName: map[string]*property{}}
	b.open[t] = o
	defer delete(b.open, t)
	b.addFields(o, t)
	for _, p := range o.props {
		if err := p.when.check(o); err != "" {
			panic(fmt.Sprintf("spec: %s.%s: when: %s", t, p.name, err))
		}
	}
	return o
}

func (b *builder) addFields(o *object, t reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous && name == "" {
			if inner := indirect(f.Type); inner.Kind() == reflect.Struct {
				b.addFields(o, inner)
				continue
			}
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if _, double := o.byName[name]; double {
			panic(fmt.Sprintf("spec: %s has the field %q twice", t, name))
		}
		p := b.property(t, f, name)
		o.props = append(o.props, p)
		o.byName[name] = p
	}
}

func (b *builder) property(owner reflect.Type, f reflect.StructField, name string) *property {
	defer func() {
		if r := recover(); r != nil {
			if text, ok := r.(tagError); ok {
				panic(fmt.Sprintf("spec: %s.%s: %s", owner, f.Name, string(text)))
			}
			panic(r)
		}
	}()
	p := b.typ(f.Type)
	p.name = name
	p.readTags(f.Tag)
	if p.title == "" {
		p.title = humanize(name)
	}
	if p.widget == "" {
		p.widget = p.usualWidget()
	}
	return p
}

// typ gives the property for a Go type, without the description.
func (b *builder) typ(t reflect.Type) *property {
	pointer := t.Kind() == reflect.Pointer
	t = indirect(t)
	switch {
	case implements(t, customType):
		c := reflect.New(t).Interface().(Custom)
		return &property{kind: kind(c.JSONSchemaType()), custom: t}
	case t == rawMessageType:
		return &property{}
	case t == timeType:
		return &property{kind: kindString, format: "date-time", custom: t}
	case t == numberType:
		return &property{kind: kindNumber}
	case implements(t, jsonUnmarshalerType):
		return &property{custom: t}
	case implements(t, textUnmarshalerType):
		return &property{kind: kindString, custom: t}
	}
	switch t.Kind() {
	case reflect.String:
		return &property{kind: kindString}
	case reflect.Bool:
		return &property{kind: kindBoolean}
	case reflect.Float32, reflect.Float64:
		return &property{kind: kindNumber}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &property{kind: kindInteger, bits: t.Bits()}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &property{kind: kindInteger, bits: -t.Bits()}
	case reflect.Interface:
		return &property{}
	case reflect.Slice, reflect.Array:
		return &property{kind: kindArray, elem: b.typ(t.Elem())}
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(tagError(fmt.Sprintf("keys of a map must be texts, not %s", t.Key())))
		}
		return &property{kind: kindObject, elem: b.typ(t.Elem())}
	case reflect.Struct:
		return &property{kind: kindObject, object: b.object(t), pointer: pointer}
	}
	panic(tagError(fmt.Sprintf("type %s cannot be configured", t)))
}

func (p *property) usualWidget() string {
	switch {
	case len(p.enum) > 0:
		return "select"
	case p.kind == kindString:
		return "text"
	case p.kind == kindNumber || p.kind == kindInteger:
		return "number"
	case p.kind == kindBoolean:
		return "switch"
	case p.kind == kindArray:
		return "list"
	case p.isMap() && p.elem.kind == kindString:
		return "keyvalue"
	case p.object != nil:
		return "group"
	}
	return "json"
}

func implements(t, iface reflect.Type) bool {
	return t.Kind() != reflect.Interface && (t.Implements(iface) || reflect.PointerTo(t).Implements(iface))
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// humanize makes "bad_rows" or "badRows" into "Bad rows".
func humanize(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '_' || r == '-':
			b.WriteByte(' ')
		case i > 0 && unicode.IsUpper(r):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	first, size := utf8.DecodeRuneInString(b.String())
	return string(unicode.ToUpper(first)) + b.String()[size:]
}
