package spec_test

import (
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

type whenRule struct {
	Kind string `json:"kind" enum:"range,set" default:"range"`
	Min  int    `json:"min,omitempty" when:"kind=range"`
	Set  []int  `json:"set,omitempty" when:"kind=set" required:"true"`
}

type whenConfig struct {
	Rules []whenRule `json:"rules"`
}

// A field that depends on another is required only with it, and is named when it stands where it means nothing.
func TestFieldsThatDependOnOthers(t *testing.T) {
	s := spec.For[whenConfig]()
	if !strings.Contains(string(s.JSON()), `"x-when":{"kind":["set"]}`) || strings.Contains(string(s.JSON()), `"required":["set"]`) {
		t.Errorf("%s", s.JSON())
	}
	for _, c := range []struct {
		rule            map[string]any
		missing, unused string
	}{
		{map[string]any{}, "", ""},
		{map[string]any{"min": 1}, "", ""},
		{map[string]any{"kind": "set"}, "with.rules[0].set", ""},
		{map[string]any{"kind": "set", "set": []any{1}, "min": 1}, "", "with.rules[0].min"},
		{map[string]any{"set": []any{1}}, "", "with.rules[0].set"},
		{map[string]any{"kind": "{{ params.kind }}", "set": []any{1}, "min": 1}, "", ""},
	} {
		config := map[string]any{"rules": []any{c.rule}}
		if got := fieldsOf(s.Validate(config)); got != c.missing {
			t.Errorf("%v: %q is wrong, not %q", c.rule, got, c.missing)
		}
		if got := fieldsOf(s.Unused(config)); got != c.unused {
			t.Errorf("%v: %q is unused, not %q", c.rule, got, c.unused)
		}
	}
}

func TestWhatAFieldMeans(t *testing.T) {
	s := spec.For[whenRule]()
	for _, c := range []struct {
		field  string
		config map[string]any
		want   bool
	}{
		{"kind", nil, true},
		{"min", nil, true},
		{"set", nil, false},
		{"set", map[string]any{"kind": "set"}, true},
		{"min", map[string]any{"kind": "set"}, false},
		{"max", nil, false},
	} {
		if got := s.Means(c.field, c.config); got != c.want {
			t.Errorf("%s beside %v: %v", c.field, c.config, got)
		}
	}
}

func fieldsOf(details []errs.Detail) string {
	var names []string
	for _, d := range details {
		names = append(names, d.Field)
	}
	return strings.Join(names, " ")
}

func TestBadConditions(t *testing.T) {
	for name, make := range map[string]func(){
		"no such field": func() {
			spec.For[struct {
				A string `json:"a" when:"b=1"`
			}]().Fields()
		},
		"no such value": func() {
			spec.For[struct {
				A string `json:"a" when:"b=3"`
				B string `json:"b" enum:"1,2"`
			}]().Fields()
		},
		"no value": func() {
			spec.For[struct {
				A string `json:"a" when:"b"`
			}]().Fields()
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nothing was said", name)
				}
			}()
			make()
		}()
	}
}
