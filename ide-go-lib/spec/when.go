package spec

import (
	"fmt"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// CodeUnused is the code of a field that means nothing beside the others.
const CodeUnused = "field_unused"

// condition says while what another field is a field means something.
type condition struct {
	field  string
	values []string
}

// check says what is wrong with a condition on the fields of an object.
func (c *condition) check(o *object) string {
	if c == nil {
		return ""
	}
	p := o.byName[c.field]
	if p == nil {
		return fmt.Sprintf("there is no field %q", c.field)
	}
	for _, v := range c.values {
		if len(p.enum) > 0 && !slices.ContainsFunc(p.enum, func(e any) bool { return fmt.Sprint(e) == v }) {
			return fmt.Sprintf("%q is no value of %s", v, c.field)
		}
	}
	return ""
}

// holds says whether the condition is met; one on a field that holds an expression may be.
func (c *condition) holds(o *object, v map[string]any) bool {
	if c == nil {
		return true
	}
	value := v[c.field]
	if value == nil {
		value = o.byName[c.field].def
	}
	text, ok := value.(string)
	if ok && strings.Contains(text, "{{") {
		return true
	}
	return slices.Contains(c.values, fmt.Sprint(value))
}

// Means says whether a field of the configuration itself means something beside the others; one that there is not does not.
func (s *Schema) Means(field string, config map[string]any) bool {
	p := s.root().object.byName[field]
	return p != nil && p.when.holds(s.root().object, config)
}

// Unused finds the fields of a configuration that mean nothing beside the others.
func (s *Schema) Unused(config map[string]any) []errs.Detail {
	var c checker
	c.unused(s.root().object, "with", config)
	return c.found
}

func (c *checker) unused(o *object, path string, v map[string]any) {
	for _, p := range o.props {
		value, there := v[p.name]
		if !there || value == nil {
			continue
		}
		at := path + "." + p.name
		if !p.when.holds(o, v) {
			on := v[p.when.field]
			if on == nil {
				on = o.byName[p.when.field].def
			}
			c.report(CodeUnused, at, "%s means nothing while %s is %v; it is for %s.", p.name, p.when.field, on, strings.Join(p.when.values, ", "))
			continue
		}
		c.unusedIn(p, at, value)
	}
}

func (c *checker) unusedIn(p *property, path string, v any) {
	switch {
	case p.custom != nil:
	case p.object != nil:
		if m := asMap(v); m != nil {
			c.unused(p.object, path, m)
		}
	case p.kind == kindArray:
		items, _ := v.([]any)
		for i, item := range items {
			c.unusedIn(p.elem, fmt.Sprintf("%s[%d]", path, i), item)
		}
	}
}
