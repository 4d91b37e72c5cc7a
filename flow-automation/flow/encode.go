package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"dataflow/ide-go-lib/errs"
)

// Encode writes a document as YAML in its one canonical form: fields in the order of the model, free mappings in the
// order of their keys, texts of several lines as blocks.
func Encode(doc *Document) ([]byte, error) {
	root, err := grow(doc)
	if err != nil {
		return nil, err
	}
	return render(root)
}

func grow(doc *Document) (*yaml.Node, error) {
	w := &writer{}
	root := w.node(reflect.ValueOf(doc).Elem())
	if w.err != nil {
		return nil, errs.Invalid(CodeJSONInvalid, "The flow cannot be written as YAML: %v", w.err)
	}
	return root, nil
}

func render(root *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, errs.Invalid(CodeYAMLInvalid, "The flow cannot be written as YAML: %v", err)
	}
	if err := e.Close(); err != nil {
		return nil, errs.Internal(err)
	}
	return b.Bytes(), nil
}

// writer turns the model into a YAML tree.
type writer struct{ err error }

func (w *writer) node(v reflect.Value) *yaml.Node {
	switch x := v.Interface().(type) {
	case Params:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for i := range x {
			n.Content = append(n.Content, textNode(x[i].Name), w.node(v.Index(i)))
		}
		return n
	case Sources:
		if len(x) == 1 {
			return textNode(x[0])
		}
		return flat(w.list(v))
	case []float64:
		return flat(w.list(v))
	case json.RawMessage:
		var value any
		if err := strict(x, &value); err != nil {
			w.err = fmt.Errorf("a default is not JSON: %w", err)
			return nullNode()
		}
		return w.any(normal(value))
	}
	switch v.Kind() {
	case reflect.Struct:
		return w.object(v)
	case reflect.Pointer:
		return w.node(v.Elem())
	case reflect.Slice:
		return w.list(v)
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			n.Content = append(n.Content, textNode(k.String()), w.node(v.MapIndex(k)))
		}
		return n
	case reflect.String:
		return textNode(v.String())
	}
	return w.any(v.Interface())
}

func (w *writer) object(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "-" || option == "omitempty" && empty(v.Field(i)) {
			continue
		}
		n.Content = append(n.Content, textNode(name), w.node(v.Field(i)))
	}
	return n
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (w *writer) list(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range v.Len() {
		n.Content = append(n.Content, w.node(v.Index(i)))
	}
	return n
}

func (w *writer) any(v any) *yaml.Node {
	switch v := v.(type) {
	case nil:
		return nullNode()
	case string:
		return textNode(v)
	case bool:
		return plain("!!bool", strconv.FormatBool(v))
	case int:
		return plain("", strconv.Itoa(v))
	case int64:
		return plain("", strconv.FormatInt(v, 10))
	case float64:
		if n, ok := whole(v).(int64); ok {
			return plain("", strconv.FormatInt(n, 10))
		}
		return plain("", strconv.FormatFloat(v, 'g', -1, 64))
	case json.Number:
		return plain("", string(v))
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, textNode(k), w.any(v[k]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, w.any(item))
		}
		return n
	}
	w.err = fmt.Errorf("a value of type %T has no form in a flow", v)
	return nullNode()
}

func nullNode() *yaml.Node { return plain("!!null", "null") }

func plain(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

func flat(n *yaml.Node) *yaml.Node {
	n.Style = yaml.FlowStyle
	return n
}

// textNode writes several lines as a block, so that code stays readable, unless a block would change the text.
func textNode(s string) *yaml.Node {
	n := plain("!!str", s)
	if strings.Contains(s, "\n") {
		n.Style = yaml.DoubleQuotedStyle
		if blockable(s) {
			n.Style = yaml.LiteralStyle
		}
	}
	return n
}

// blockable says whether a literal block gives back exactly s.
func blockable(s string) bool {
	first := strings.TrimLeft(s, "\n")
	if first == "" || first[0] == ' ' || first[0] == '\t' || s[0] == '\n' {
		return false // the indentation of a block is taken from its first line
	}
	for _, r := range s {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
