package spec

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// Codes of the problems that a configuration can have.
const (
	CodeUnknownField = "unknown_field"
	CodeMissingField = "missing_field"
	CodeWrongType    = "wrong_type"
	CodeNotAllowed   = "not_allowed"
	CodeOutOfRange   = "out_of_range"
	CodePattern      = "pattern_mismatch"
	CodeInvalidJSON  = "invalid_json"
)

// Validate finds what is wrong with a configuration as a person wrote it: any text that holds "{{" is an expression
// whose value is not known yet and fits everywhere. Field of a problem is "with." and the path.
func (s *Schema) Validate(config map[string]any) []errs.Detail {
	c := checker{expressions: true}
	c.object(s.root().object, "with", config)
	return c.found
}

// checker walks a value along its property and collects what is wrong.
type checker struct {
	// expressions says that texts with {{ stand for values to come.
	expressions bool
	found       []errs.Detail
}

func (c *checker) report(code, path, format string, args ...any) {
	c.found = append(c.found, errs.At(errs.Place{Field: path}, code, format, args...))
}

func (c *checker) object(o *object, path string, v map[string]any) {
	for _, p := range o.props {
		if isEmpty(p, v[p.name]) {
			if p.required && p.when.holds(o, v) {
				c.report(CodeMissingField, path+"."+p.name, "%s must be filled in.", errs.Label{EN: p.title, ZH: p.titleZH})
			}
			continue
		}
		c.value(p, path+"."+p.name, v[p.name])
	}
	for name := range sorted(v) {
		if _, ok := o.byName[name]; ok {
			continue
		}
		c.unknown(o, path+"."+name, name)
	}
}

func (c *checker) unknown(o *object, path, name string) {
	names := make([]string, 0, len(o.props))
	for _, p := range o.props {
		names = append(names, p.name)
	}
	switch near := Nearest(name, names); {
	case near != "":
		c.report(CodeUnknownField, path, "There is no field %q; did you mean %q?", name, near)
	case len(names) == 0:
		c.report(CodeUnknownField, path, "There is no field %q; nothing can be set here.", name)
	default:
		c.report(CodeUnknownField, path, "There is no field %q; the fields are %s.", name, strings.Join(names, ", "))
	}
}

// isEmpty says that a value counts as not given: null always, and what is empty when something is required.
func isEmpty(p *property, v any) bool {
	if v == nil {
		return true
	}
	if !p.required || p.kind == kindAny {
		return false
	}
	switch v := v.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0 && p.isMap()
	}
	return false
}

func (c *checker) value(p *property, path string, v any) {
	if text, ok := v.(string); ok && c.expressions && strings.Contains(text, "{{") {
		return
	}
	if p.custom != nil {
		c.custom(p, path, v)
		return
	}
	if !c.kind(p, path, v) {
		return
	}
	c.limits(p, path, v)
	switch {
	case p.object != nil:
		c.object(p.object, path, asMap(v))
	case p.isMap():
		m := asMap(v)
		for name := range sorted(m) {
			c.element(p.elem, path+"."+name, m[name])
		}
	case p.kind == kindArray:
		for i, item := range asList(v) {
			c.element(p.elem, path+"["+strconv.Itoa(i)+"]", item)
		}
	}
}

// element checks one entry of a list or map, where null is not "not given".
func (c *checker) element(p *property, path string, v any) {
	if v == nil && p.kind != kindAny {
		c.report(CodeWrongType, path, "Must be %s, but is empty.", p.describe())
		return
	}
	c.value(p, path, v)
}

// custom asks the type itself, except for a text that a person still writes.
func (c *checker) custom(p *property, path string, v any) {
	if c.expressions && !c.kind(p, path, v) {
		return // a person writes what the schema says; other forms are for what expressions become
	}
	if _, text := v.(string); text && p.kind == kindString {
		c.limits(p, path, v)
	}
	target := reflect.New(p.custom).Interface()
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, target)
	}
	if err != nil {
		c.report(CodeWrongType, path, "Must be %s: %v.", p.describe(), err)
	}
}

// kind says whether v is of p's kind.
func (c *checker) kind(p *property, path string, v any) bool {
	ok := true
	switch p.kind {
	case kindString:
		_, ok = v.(string)
	case kindBoolean:
		_, ok = v.(bool)
	case kindNumber:
		_, ok = number(v)
	case kindInteger:
		var n *big.Float
		if n, ok = number(v); ok && !n.IsInt() {
			c.report(CodeWrongType, path, "Must be a whole number, but is %v.", v)
			return false
		}
	case kindArray:
		ok = reflect.ValueOf(v).Kind() == reflect.Slice
	case kindObject:
		ok = asMap(v) != nil
	}
	if !ok {
		c.report(CodeWrongType, path, "Must be %s, but is %s.%s", p.describe(), describe(v), c.remedy(p, v))
	}
	return ok
}

// remedy helps where an expression gave the wrong type.
func (c *checker) remedy(p *property, v any) string {
	if c.expressions || p.kind != kindString {
		return ""
	}
	switch v.(type) {
	case map[string]any, []any:
		return " In an expression, json(…) makes it a text."
	}
	return " In an expression, string(…) makes it a text."
}

func (c *checker) limits(p *property, path string, v any) {
	if len(p.enum) > 0 && !slices.ContainsFunc(p.enum, func(e any) bool { return equal(e, v) }) {
		c.notAllowed(p, path, v)
		return
	}
	if text, ok := v.(string); ok && p.pattern != nil && !p.pattern.MatchString(text) {
		c.report(CodePattern, path, "%q does not match the pattern %s.", text, p.patternText())
	}
	if p.kind != kindInteger && p.kind != kindNumber {
		return
	}
	n, _ := number(v)
	if p.minimum != nil && n.Cmp(big.NewFloat(*p.minimum)) < 0 {
		c.report(CodeOutOfRange, path, "Must be at least %s, but is %v.", plain(*p.minimum), v)
		return
	}
	if p.maximum != nil && n.Cmp(big.NewFloat(*p.maximum)) > 0 {
		c.report(CodeOutOfRange, path, "Must be at most %s, but is %v.", plain(*p.maximum), v)
		return
	}
	if p.kind == kindInteger && !fits(n, p.bits) {
		c.report(CodeOutOfRange, path, "%v is too large or too small.", v)
	}
}

func (c *checker) notAllowed(p *property, path string, v any) {
	names := make([]string, 0, len(p.enum))
	for _, e := range p.enum {
		names = append(names, fmt.Sprint(e))
	}
	if near := Nearest(fmt.Sprint(v), names); near != "" {
		c.report(CodeNotAllowed, path, "%q is not allowed; did you mean %q?", fmt.Sprint(v), near)
		return
	}
	c.report(CodeNotAllowed, path, "%q is not allowed; use one of %s.", fmt.Sprint(v), strings.Join(names, ", "))
}

// fits says whether a whole number can be kept in so many bits; negative bits are unsigned.
func fits(n *big.Float, bits int) bool {
	i, _ := n.Int(nil)
	if bits < 0 {
		return i.Sign() >= 0 && i.BitLen() <= -bits
	}
	if i.Sign() < 0 {
		i.Add(i, big.NewInt(1)) // the smallest one has no positive counterpart
	}
	return i.BitLen() <= bits-1
}

// number reads any of Go's or JSON's numbers; not-a-number and infinity are none.
func number(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case json.Number:
		n, _, err := big.ParseFloat(string(v), 10, 128, big.ToNearestEven)
		return n, err == nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false
		}
		return big.NewFloat(v), true
	case int:
		return new(big.Float).SetInt64(int64(v)), true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return new(big.Float).SetInt64(r.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return new(big.Float).SetUint64(r.Uint()), true
	case reflect.Float32:
		return number(r.Float())
	}
	return nil, false
}

func equal(a, b any) bool {
	if n, ok := number(a); ok {
		m, ok := number(b)
		return ok && n.Cmp(m) == 0
	}
	return a == b
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
