package flow

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/ide-go-lib/errs"
)

const (
	maxText  = 8 << 20
	maxDepth = 100
	maxFound = 50
)

// reader turns a YAML tree into the model, strictly, and remembers where everything stood.
type reader struct {
	problems []errs.Detail
	places   *Places
}

func (r *reader) refuse(n *yaml.Node, path, code, format string, args ...any) {
	if len(r.problems) >= maxFound {
		return
	}
	r.problems = append(r.problems, errs.At(errs.Place{Field: path, Line: n.Line, Column: n.Column}, code, format, args...))
}

// usable refuses what would be lost between text and model, or could be abused.
func (r *reader) usable(n *yaml.Node, path string, depth int) bool {
	switch {
	case depth > maxDepth:
		r.refuse(n, path, "yaml_too_deep", "this is nested more than %d levels deep", maxDepth)
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.refuse(n, path, "yaml_alias", "anchors and aliases (& and *) are not supported; write the value out")
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"), n.Tag == "!!binary", n.Tag == "!!set", n.Tag == "!!omap":
		r.refuse(n, path, "yaml_tag", "the tag %s is not supported; write a plain value", n.Tag)
	default:
		return true
	}
	return false
}

// pairs walks a mapping; it refuses keys that are no texts, merge keys and duplicates.
func (r *reader) pairs(n *yaml.Node, path string, each func(key, value *yaml.Node)) {
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.refuse(k, path, "yaml_key", "a key must be a plain text")
		case k.Tag == "!!merge":
			r.refuse(k, path, "yaml_merge", "merge keys (<<) are not supported; write the fields out")
		case k.Anchor != "":
			r.usable(k, path, 0)
		case seen[k.Value] != 0:
			r.refuse(k, join(path, k.Value), "yaml_duplicate", "%s is there twice; it already stands in line %d", k.Value, seen[k.Value])
		default:
			seen[k.Value] = k.Line
			each(k, v)
		}
	}
}

func (r *reader) read(n *yaml.Node, v reflect.Value, path string, depth int) {
	if !r.usable(n, path, depth) {
		return
	}
	r.places.note(path, n.Line, n.Column)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" && v.Kind() != reflect.Interface && v.Type() != rawType {
		return // as if it were absent
	}
	switch v.Type() {
	case paramsType:
		r.params(n, v, path, depth)
		return
	case sourcesType:
		if n.Kind == yaml.ScalarNode {
			v.Set(reflect.ValueOf(Sources{n.Value}))
			return
		}
	case rawType:
		raw, err := plainJSON(r.any(n, path, depth))
		if err != nil {
			r.refuse(n, path, "yaml_value", "this value has no form in JSON")
			return
		}
		v.SetBytes(raw)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		r.object(n, v, path, depth)
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		r.read(n, fresh.Elem(), path, depth)
		v.Set(fresh)
	case reflect.Slice:
		r.list(n, v, path, depth)
	case reflect.Map:
		if !r.is(n, yaml.MappingNode, path, "a mapping") {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		r.pairs(n, path, func(k, item *yaml.Node) {
			fresh := reflect.New(v.Type().Elem()).Elem()
			r.read(item, fresh, join(path, k.Value), depth+1)
			v.SetMapIndex(reflect.ValueOf(k.Value), fresh)
		})
	case reflect.Interface:
		if value := r.any(n, path, depth); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		r.scalar(n, v, path)
	}
}

func (r *reader) object(n *yaml.Node, v reflect.Value, path string, depth int) {
	if !r.is(n, yaml.MappingNode, path, "a mapping of fields") {
		return
	}
	fields := fieldsOf(v.Type())
	r.pairs(n, path, func(k, item *yaml.Node) {
		i := slices.Index(fields, k.Value)
		if i < 0 {
			r.refuse(k, join(path, k.Value), "unknown_field", "there is no field %s here%s", k.Value, hint(k.Value, fields))
			return
		}
		r.read(item, v.Field(fieldIndex(v.Type(), i)), join(path, k.Value), depth+1)
	})
}

func (r *reader) list(n *yaml.Node, v reflect.Value, path string, depth int) {
	if !r.is(n, yaml.SequenceNode, path, "a list") {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		r.read(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1)
	}
}

func (r *reader) params(n *yaml.Node, v reflect.Value, path string, depth int) {
	if !r.is(n, yaml.MappingNode, path, "a mapping of parameters by name") {
		return
	}
	list := Params{}
	r.pairs(n, path, func(k, item *yaml.Node) {
		p := Param{}
		r.read(item, reflect.ValueOf(&p).Elem(), join(path, k.Value), depth+1)
		p.Name = k.Value
		list = append(list, p)
	})
	v.Set(reflect.ValueOf(list))
}

// scalar reads a text, a number or a boolean into a field of that type. A text field takes what looks like a number or
// a date as it is written.
func (r *reader) scalar(n *yaml.Node, v reflect.Value, path string) {
	wanted := map[reflect.Kind]string{
		reflect.String: "a text", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false",
	}[v.Kind()]
	if !r.is(n, yaml.ScalarNode, path, wanted) {
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil || (v.Kind() == reflect.Float64 && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0))) {
		v.SetZero()
		r.refuse(n, path, "wrong_type", "this must be %s, not %s", wanted, shorten(n.Value))
	}
}

// any reads free material into what encoding/json would give, with numbers in their normal form.
func (r *reader) any(n *yaml.Node, path string, depth int) any {
	if !r.usable(n, path, depth) {
		return nil
	}
	r.places.note(path, n.Line, n.Column)
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		r.pairs(n, path, func(k, v *yaml.Node) { m[k.Value] = r.any(v, join(path, k.Value), depth+1) })
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = r.any(item, fmt.Sprintf("%s[%d]", path, i), depth+1)
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		b, _ := strconv.ParseBool(n.Value)
		return b
	case "!!int":
		return r.integer(n)
	case "!!float":
		if isInteger(n.Value) {
			return json.Number(strings.TrimPrefix(n.Value, "+"))
		}
		var f float64
		if err := n.Decode(&f); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			r.refuse(n, path, "yaml_number", "the number %s cannot be kept; a number must be finite", shorten(n.Value))
			return nil
		}
		return whole(f)
	}
	return n.Value // texts, and dates as they are written
}

// integer reads the notations that YAML has; what no int64 can hold stays exact.
func (r *reader) integer(n *yaml.Node) any {
	var i int64
	if n.Decode(&i) == nil {
		return i
	}
	var u uint64
	if n.Decode(&u) == nil {
		return json.Number(strconv.FormatUint(u, 10))
	}
	return json.Number(strings.TrimPrefix(n.Value, "+"))
}

func (r *reader) is(n *yaml.Node, kind yaml.Kind, path, wanted string) bool {
	if n.Kind == kind {
		return true
	}
	found := map[yaml.Kind]string{yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: shorten(n.Value)}[n.Kind]
	r.refuse(n, path, "wrong_type", "this must be %s, not %s", wanted, found)
	return false
}

var (
	rawType     = reflect.TypeFor[json.RawMessage]()
	paramsType  = reflect.TypeFor[Params]()
	sourcesType = reflect.TypeFor[Sources]()
)

// fieldsOf names the fields that a struct has in YAML, in order.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// fieldIndex is the place in the struct of the i-th field of fieldsOf.
func fieldIndex(t reflect.Type, i int) int {
	for at := range t.NumField() {
		if t.Field(at).Tag.Get("yaml") == "-" {
			continue
		}
		if i == 0 {
			return at
		}
		i--
	}
	return -1
}

func hint(name string, fields []string) string {
	if near := DidYouMean(name, fields); near != "" {
		return near
	}
	return "; there are " + strings.Join(fields, ", ")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		text = string(runes[:40]) + "…"
	}
	return strconv.Quote(text)
}
