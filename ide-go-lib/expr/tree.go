package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dataflow/ide-go-lib/errs"
)

// Tree is a compiled configuration: any JSON in whose texts there may be expressions.
type Tree struct {
	static []byte // when nothing below has an expression
	text   *Template
	keys   []string // of an object
	items  []*Tree  // of an object or a list
	path   string
}

// CompileTree compiles a configuration. Mode tells how the text at a path is to be taken, such as where or
// columns[0].name. All problems are given at once, with the path as Field.
func CompileTree(config map[string]any, mode func(path string) Mode) (*Tree, []errs.Detail) {
	var problems []errs.Detail
	object := config
	if object == nil {
		object = map[string]any{}
	}
	return compileTree(object, "", mode, &problems), problems
}

func compileTree(v any, path string, mode func(string) Mode, problems *[]errs.Detail) *Tree {
	t := &Tree{path: path}
	switch v := v.(type) {
	case string:
		m := Literal
		if Has(v) {
			m = mode(path)
		}
		template, err := Compile(v, m)
		if err != nil {
			*problems = append(*problems, errs.Detail{Code: CodeInvalid, Message: errs.From(err).Error(), Place: errs.Place{Field: path}})
			return t
		}
		if !template.Static() {
			t.text = template
			return t
		}
	case map[string]any:
		t.keys = slices.Sorted(maps.Keys(v))
		for _, k := range t.keys {
			t.items = append(t.items, compileTree(v[k], join(path, k), mode, problems))
		}
		if slices.ContainsFunc(t.items, dynamic) {
			return t
		}
	case []any:
		for i, item := range v {
			t.items = append(t.items, compileTree(item, fmt.Sprintf("%s[%d]", path, i), mode, problems))
		}
		if slices.ContainsFunc(t.items, dynamic) {
			return t
		}
	}
	raw, err := AppendJSON(nil, v)
	if err != nil {
		*problems = append(*problems, errs.Detail{Code: CodeInvalid, Message: err.Error(), Place: errs.Place{Field: path}})
	}
	return &Tree{static: raw, path: path}
}

func dynamic(t *Tree) bool { return t.static == nil }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Static says whether there are no expressions at all.
func (t *Tree) Static() bool { return t.static != nil }

// Walk visits every text with expressions.
func (t *Tree) Walk(visit func(path string, text *Template)) {
	if t.text != nil {
		visit(t.path, t.text)
	}
	for _, item := range t.items {
		item.Walk(visit)
	}
}

// Eval gives the JSON of the configuration with all expressions evaluated. An error's details name the path as Field.
func (t *Tree) Eval(ctx context.Context, scope *Scope) (json.RawMessage, error) {
	if t.static != nil {
		return t.static, nil
	}
	scope.begin(ctx)
	return t.append(make([]byte, 0, 256), scope)
}

// Open gives the JSON of the configuration while nobody knows the values of its expressions: SQL has a bound null for each,
// and of the other texts that have some those are left out of which keep is false, or are null in lists, whose order counts.
func (t *Tree) Open(keep func(path string) bool) (json.RawMessage, error) {
	return t.open(nil, keep)
}

func (t *Tree) open(dst []byte, keep func(path string) bool) ([]byte, error) {
	switch {
	case t.static != nil:
		return append(dst, t.static...), nil
	case t.text != nil && t.text.mode == SQL:
		return appendJSON(dst, t.text.unbound(), &budget{}, 0)
	case t.text != nil:
		return appendString(dst, t.text.text), nil
	}
	opens, closes := byte('['), byte(']')
	if t.keys != nil {
		opens, closes = '{', '}'
	}
	dst = append(dst, opens)
	first := true
	for i, item := range t.items {
		unknown := item.text != nil && item.text.mode != SQL && !keep(item.path)
		if unknown && t.keys != nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if t.keys != nil {
			dst = append(appendString(dst, t.keys[i]), ':')
		}
		if unknown {
			dst = append(dst, "null"...)
			continue
		}
		var err error
		if dst, err = item.open(dst, keep); err != nil {
			return nil, err
		}
	}
	return append(dst, closes), nil
}

func (t *Tree) append(dst []byte, scope *Scope) ([]byte, error) {
	switch {
	case t.static != nil:
		return append(dst, t.static...), nil
	case t.text != nil:
		v, err := t.text.eval(scope)
		if err == nil {
			dst, err = appendJSON(dst, v, scope.budget, 0)
		}
		if err != nil {
			return nil, t.at(err)
		}
		return dst, nil
	case t.keys != nil:
		dst = append(dst, '{')
		for i, item := range t.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, t.keys[i])
			dst = append(dst, ':')
			var err error
			if dst, err = item.append(dst, scope); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	}
	dst = append(dst, '[')
	for i, item := range t.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = item.append(dst, scope); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

// at puts the path into an error.
func (t *Tree) at(err error) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		code := CodeFailed
		var limit limitError
		if errors.As(err, &limit) {
			code = CodeLimit
		}
		e = errs.Invalid(code, "The value of %s cannot be used", brief(t.text.text)).With(errs.Detail{Code: code, Message: err.Error()})
	}
	if len(e.Details) == 0 {
		e = e.With(e.At(errs.Place{}))
	}
	for i := range e.Details {
		e.Details[i].Field = t.path
	}
	return e
}
