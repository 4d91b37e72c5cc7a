package flowfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
)

// Params are how a person gives the parameters of a run.
type Params struct {
	pairFlag string
	pairs    []string // name=value
	file     string   // YAML or JSON, a mapping
}

// Flags adds --param and --params-file.
func (p *Params) Flags(fl *pflag.FlagSet) {
	p.FlagsAs(fl, "param", "params-file", "a parameter")
}

// FlagsAs adds the two under other names, for values of something else.
func (p *Params) FlagsAs(fl *pflag.FlagSet, pair, file, what string) {
	p.pairFlag = pair
	fl.StringArrayVar(&p.pairs, pair, nil, "value of "+what+", as `name=value`; may be repeated")
	fl.StringVar(&p.file, file, "", "YAML or JSON `file` with such values")
}

// Some says whether anything was given.
func (p *Params) Some() bool { return len(p.pairs) > 0 || p.file != "" }

// Resolve checks what was given against the flow's parameters and fills in their defaults. What --param says wins over
// the file.
func (p Params) Resolve(w *console.World, params flow.Params) (map[string]any, error) {
	texts, err := p.texts(w)
	if err != nil {
		return nil, err
	}
	values, err := params.ResolveText(texts)
	return values, console.WithCode(console.ExitInvalid, err)
}

// Given is Resolve without the defaults: only what was given. It is nil when that is nothing.
func (p Params) Given(w *console.World, params flow.Params) (map[string]any, error) {
	texts, err := p.texts(w)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	return Typed(params, texts)
}

// Typed checks values against the parameters they are for and gives them in their types. Parameters that have no value
// are left out.
func Typed(params flow.Params, texts map[string]string) (map[string]any, error) {
	optional := slices.Clone(params)
	for i := range optional {
		optional[i].Required = false
	}
	values, err := optional.ResolveText(texts)
	if err != nil {
		return nil, console.WithCode(console.ExitInvalid, err)
	}
	maps.DeleteFunc(values, func(name string, _ any) bool { _, given := texts[name]; return !given })
	return values, nil
}

func (p Params) texts(w *console.World) (map[string]string, error) {
	texts := map[string]string{}
	if p.file != "" {
		if err := readParams(w, p.file, texts); err != nil {
			return nil, err
		}
	}
	for _, pair := range p.pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, console.Usagef("--%s takes name=value, not %q", p.pairFlag, pair)
		}
		texts[name] = value
	}
	return texts, nil
}

func readParams(w *console.World, name string, into map[string]string) error {
	text, err := os.ReadFile(w.Path(name))
	if err != nil {
		return console.Usagef("read the parameters: %w", err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return console.Usagef("%s is not a mapping of names to values: %w", name, err)
	}
	texts, err := textsOf(values)
	if err != nil {
		return console.Usagef("%s: %w", name, err)
	}
	maps.Copy(into, texts)
	return nil
}

// textsOf makes values what a person would have typed; null is not given.
func textsOf(values map[string]any) (map[string]string, error) {
	texts := make(map[string]string, len(values))
	for k, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			texts[k] = v
		case time.Time:
			texts[k] = dateText(v)
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("the value of %s cannot be used: %w", k, err)
			}
			texts[k] = string(raw)
		}
	}
	return texts, nil
}

// dateText undoes that YAML reads 2026-01-31 as an instant.
func dateText(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
