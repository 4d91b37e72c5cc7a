package spec

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
)

// asMap gives v as an object; nil when it is none. YAML and Go code also bring maps of other value types.
func asMap(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		if m == nil {
			return map[string]any{}
		}
		return m
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Map || r.Type().Key().Kind() != reflect.String {
		return nil
	}
	out := make(map[string]any, r.Len())
	for it := r.MapRange(); it.Next(); {
		out[it.Key().String()] = it.Value().Interface()
	}
	return out
}

// asList gives v, which is a slice, as a list.
func asList(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	r := reflect.ValueOf(v)
	out := make([]any, r.Len())
	for i := range out {
		out[i] = r.Index(i).Interface()
	}
	return out
}

// sorted walks the keys in order, so that problems come in the same order every time.
func sorted(m map[string]any) iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(m)))
}

// describe names what a value is, for people.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		return fmt.Sprintf("the text %s", shorten(v))
	case bool:
		return fmt.Sprint(v)
	case float64:
		return fmt.Sprintf("the number %v", v)
	}
	if _, ok := number(v); ok {
		return fmt.Sprintf("the number %v", v)
	}
	if reflect.ValueOf(v).Kind() == reflect.Slice {
		return "a list"
	}
	return "an object"
}

func shorten(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
