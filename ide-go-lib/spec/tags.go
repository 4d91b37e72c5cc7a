package spec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// tagError is a programmer's mistake in a struct; it becomes a panic that names the field.
type tagError string

func (p *property) readTags(tag reflect.StructTag) {
	p.title, p.titleZH = tag.Get("title"), tag.Get("zh")
	p.doc, p.docZH = tag.Get("doc"), tag.Get("doc_zh")
	p.widget, p.of = tag.Get("widget"), tag.Get("of")
	p.required, p.more = tag.Get("required") == "true", tag.Get("more") == "true"
	p.minimum, p.maximum = bound(tag, "minimum"), bound(tag, "maximum")
	if text, ok := tag.Lookup("pattern"); ok {
		re, err := regexp.Compile("^(?:" + text + ")$")
		if err != nil {
			panic(tagError("pattern: " + err.Error()))
		}
		p.pattern = re
	}
	if text, ok := tag.Lookup("when"); ok {
		field, values, ok := strings.Cut(text, "=")
		if !ok {
			panic(tagError("when: write field=value|value"))
		}
		p.when = &condition{field: field, values: strings.FieldsFunc(values, func(r rune) bool { return r == ',' || r == '|' })}
	}
	if text, ok := tag.Lookup("enum"); ok {
		p.readEnum(text)
	}
	if text, ok := tag.Lookup("default"); ok {
		p.def = p.literal("default", text)
	}
	if text, ok := tag.Lookup("example"); ok {
		p.example = p.literal("example", text)
	}
	if (p.minimum != nil || p.maximum != nil) && p.kind != kindNumber && p.kind != kindInteger {
		panic(tagError("minimum and maximum are for numbers"))
	}
	if p.pattern != nil && p.kind != kindString {
		panic(tagError("pattern is for texts"))
	}
	if p.more && p.required {
		panic(tagError("a required field is not one of more"))
	}
	if p.def != nil && p.required {
		panic(tagError("a field with a default cannot be required"))
	}
}

func (p *property) readEnum(text string) {
	of := p
	if p.kind == kindArray {
		of = p.elem
	}
	for value := range strings.SplitSeq(text, ",") {
		of.enum = append(of.enum, of.literal("enum", strings.TrimSpace(value)))
	}
}

// literal reads a tag's text as a value of the property's kind.
func (p *property) literal(tag, text string) any {
	switch p.kind {
	case kindString:
		return text
	case kindAny:
		if v, err := parse([]byte(text)); err == nil {
			return v
		}
		return text
	}
	v, err := parse([]byte(text))
	if err == nil {
		var c checker
		c.value(p, "", v)
		if len(c.found) > 0 {
			err = fmt.Errorf("%s", c.found[0].Message)
		}
	}
	if err != nil {
		panic(tagError(fmt.Sprintf("%s %q: %v", tag, text, err)))
	}
	return v
}

func bound(tag reflect.StructTag, name string) *float64 {
	text, ok := tag.Lookup(name)
	if !ok {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(tagError(name + ": " + err.Error()))
	}
	return &v
}

// parse reads JSON without losing digits of numbers.
func parse(data []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}
