package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
)

// ParamTypes are the types that a parameter can have.
var ParamTypes = []string{"string", "number", "integer", "boolean", "date", "datetime", "object", "array"}

// CodeParamsInvalid is the code of parameters of a run that do not fit the flow.
const CodeParamsInvalid = "params_invalid"

// DefaultValue gives the default, if there is one.
func (p *Param) DefaultValue() (any, bool) {
	if p.Default == nil {
		return nil, false
	}
	var v any
	if strict(p.Default, &v) != nil {
		return nil, false
	}
	return normal(v), true
}

// Resolve gives the parameters of a run: given values checked and in their types, defaults for the rest. A parameter
// without a value or default is null. The error names each parameter that does not fit as params.<name>.
func (p Params) Resolve(given map[string]any) (map[string]any, error) {
	return p.resolve(given, false)
}

// ResolveText is Resolve for a command line or a form, where every value is text: "5" is fine for a number, and
// objects and arrays are JSON.
func (p Params) ResolveText(given map[string]string) (map[string]any, error) {
	values := make(map[string]any, len(given))
	for k, v := range given {
		values[k] = v
	}
	return p.resolve(values, true)
}

func (p Params) resolve(given map[string]any, fromText bool) (map[string]any, error) {
	var details []errs.Detail
	refuse := func(code, name, format string, args ...any) {
		details = append(details, errs.At(errs.Place{Field: "params." + name}, code, format, args...))
	}
	values := make(map[string]any, len(p))
	for i := range p {
		param := &p[i]
		v, there := given[param.Name]
		if !there || v == nil {
			v, there = param.DefaultValue()
			if (!there || v == nil) && param.Required {
				refuse("param_missing", param.Name, "The parameter %s is required", param.Name)
				continue
			}
			values[param.Name] = v
			continue
		}
		value, problem := param.check(normal(v), fromText)
		if problem != "" {
			refuse("param_invalid", param.Name, "The parameter %s does not fit: %s", param.Name, problem)
			continue
		}
		values[param.Name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if p.Get(name) == nil {
			refuse("param_unknown", name, "The flow has no parameter %s%s", name, DidYouMean(name, p.Names()))
		}
	}
	if len(details) > 0 {
		return nil, errs.Invalid(CodeParamsInvalid, "The parameters do not fit the flow").With(details...)
	}
	return values, nil
}

// check gives v in the parameter's type, or says what is wrong with it.
func (p *Param) check(v any, fromText bool) (any, string) {
	value, problem := p.typed(v, fromText)
	if problem != "" {
		return nil, problem
	}
	if f, ok := asFloat(value); ok {
		if p.Minimum != nil && f < *p.Minimum {
			return nil, fmt.Sprintf("%v is below the minimum, %v", value, *p.Minimum)
		}
		if p.Maximum != nil && f > *p.Maximum {
			return nil, fmt.Sprintf("%v is above the maximum, %v", value, *p.Maximum)
		}
	}
	if len(p.Enum) > 0 && !slices.ContainsFunc(p.Enum, func(c any) bool { return reflect.DeepEqual(normal(c), normal(value)) }) {
		choices := make([]string, len(p.Enum))
		for i, c := range p.Enum {
			choices[i] = fmt.Sprint(c)
		}
		return nil, fmt.Sprintf("it must be one of %s, not %v", strings.Join(choices, ", "), value)
	}
	return value, ""
}

func (p *Param) typed(v any, fromText bool) (any, string) {
	text, isText := v.(string)
	if fromText && isText {
		return p.fromText(text)
	}
	v = normal(v)
	switch p.Type {
	case "string":
		if isText {
			return v, ""
		}
	case "integer":
		switch v := v.(type) {
		case int64:
			return v, ""
		case json.Number:
			if isInteger(string(v)) {
				return v, ""
			}
		}
	case "number":
		if _, ok := asFloat(v); ok {
			return v, ""
		}
	case "boolean":
		if _, ok := v.(bool); ok {
			return v, ""
		}
	case "date", "datetime":
		if isText {
			return p.instant(text)
		}
	case "object":
		if _, ok := v.(map[string]any); ok {
			return v, ""
		}
	case "array":
		if _, ok := v.([]any); ok {
			return v, ""
		}
	}
	return nil, fmt.Sprintf("it must be of type %s, not %s", p.Type, typeName(v))
}

func (p *Param) fromText(text string) (any, string) {
	switch p.Type {
	case "string":
		return text, ""
	case "date", "datetime":
		return p.instant(text)
	case "boolean":
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return nil, fmt.Sprintf("it must be true or false, not %q", text)
		}
		return b, ""
	case "integer", "number":
		literal := strings.TrimSpace(text)
		f, err := strconv.ParseFloat(literal, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(literal, "xXpP_") {
			return nil, fmt.Sprintf("it must be a %s, not %q", map[string]string{"integer": "whole number", "number": "number"}[p.Type], text)
		}
		return p.typed(number(strings.TrimPrefix(literal, "+")), false)
	default:
		var v any
		if err := strict([]byte(text), &v); err != nil {
			return nil, fmt.Sprintf("it must be JSON for an %s: %v", p.Type, err)
		}
		return p.typed(v, false)
	}
}

// instant checks a date (2026-01-31) or a date with time and zone (RFC 3339) and leaves it a text.
func (p *Param) instant(text string) (any, string) {
	layout, example := time.DateOnly, "2026-01-31"
	if p.Type == "datetime" {
		layout, example = time.RFC3339, "2026-01-31T08:30:00Z"
	}
	if _, err := time.Parse(layout, text); err != nil {
		return nil, fmt.Sprintf("it must be a %s such as %s, not %q", p.Type, example, text)
	}
	return text, ""
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int64:
		return "integer"
	case float64, json.Number:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
