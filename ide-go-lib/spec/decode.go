package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"dataflow/ide-go-lib/errs"
)

// Decode reads a configuration whose expressions are resolved: strictly, with defaults filled in. T must be the type
// that s was made for.
func Decode[T any](s *Schema, raw json.RawMessage) (T, []errs.Detail) {
	var out T
	if t := indirect(reflect.TypeFor[T]()); t != s.typ {
		panic(fmt.Sprintf("spec: the schema is for %s, not for %s", s.typ, t))
	}
	details := s.decode(raw, &out)
	if len(details) > 0 {
		var none T
		return none, details
	}
	return out, nil
}

func (s *Schema) decode(raw json.RawMessage, target any) []errs.Detail {
	config, detail := parseConfig(raw)
	if detail != nil {
		return []errs.Detail{*detail}
	}
	var c checker
	c.object(s.root().object, "with", config)
	if len(c.found) > 0 {
		return c.found
	}
	complete(s.root().object, config)
	data, err := json.Marshal(config)
	if err == nil {
		err = json.Unmarshal(data, target)
	}
	if err != nil {
		return []errs.Detail{{Code: CodeWrongType, Message: "The configuration cannot be read: " + err.Error(), Place: errs.Place{Field: "with"}}}
	}
	return nil
}

func parseConfig(raw json.RawMessage) (map[string]any, *errs.Detail) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return map[string]any{}, nil
	}
	v, err := parse(raw)
	if err != nil {
		return nil, &errs.Detail{Code: CodeInvalidJSON, Message: "The configuration is not JSON: " + err.Error(), Place: errs.Place{Field: "with"}}
	}
	config, ok := v.(map[string]any)
	if !ok {
		return nil, &errs.Detail{Code: CodeWrongType, Message: "The configuration must be an object, but is " + describe(v) + ".", Place: errs.Place{Field: "with"}}
	}
	return config, nil
}

// complete puts defaults where nothing was given, drops nulls that mean that, and writes whole numbers as such.
func complete(o *object, v map[string]any) {
	for _, p := range o.props {
		given, ok := v[p.name]
		switch {
		case ok && given != nil:
			v[p.name] = completeValue(p, given)
		case p.def != nil:
			v[p.name] = clone(p.def)
		case p.object != nil && !p.pointer && !p.object.recursive:
			inner := map[string]any{}
			complete(p.object, inner)
			v[p.name] = inner
		default:
			delete(v, p.name)
		}
	}
}

func completeValue(p *property, v any) any {
	switch {
	case p.custom != nil:
		return v
	case p.object != nil:
		complete(p.object, v.(map[string]any))
	case p.isMap():
		m := v.(map[string]any)
		for k, item := range m {
			m[k] = completeValue(p.elem, item)
		}
	case p.kind == kindArray:
		list := v.([]any)
		for i, item := range list {
			list[i] = completeValue(p.elem, item)
		}
	case p.kind == kindInteger:
		if n, ok := number(v); ok {
			return json.Number(n.Text('f', 0)) // 5.0 and 5e3 are whole numbers, but not for Go's integers
		}
	}
	return v
}
