package flowfile

import (
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
)

// Params are how a person gives the parameters of a run.
type Params struct {
	pairs []string // name=value
	file  string   // YAML or JSON, a mapping
}

// Flags adds --param and --params-file.
func (p *Params) Flags(fl *pflag.FlagSet) {
	fl.StringArrayVar(&p.pairs, "param", nil, "value of a parameter, as `name=value`; may be repeated")
	fl.StringVar(&p.file, "params-file", "", "YAML or JSON `file` with values of parameters")
}

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
	var known flow.Params
	for _, param := range params {
		if _, ok := texts[param.Name]; ok {
			known = append(known, param)
		}
	}
	if len(known) < len(texts) { // the whole list knows best how to say which names it does not have
		known = slices.Clone(params)
		for i := range known {
			known[i].Required = false
		}
	}
	values, err := known.ResolveText(texts)
	return values, console.WithCode(console.ExitInvalid, err)
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
			return nil, console.Usagef("--param takes name=value, not %q", pair)
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
	for k, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			into[k] = v
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				return console.Usagef("%s: the value of %s cannot be used: %w", name, k, err)
			}
			into[k] = string(raw)
		}
	}
	return nil
}
