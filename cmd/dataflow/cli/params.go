package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/flow-automation/flow"
)

// paramFlags are how a person gives the parameters of a run.
type paramFlags struct {
	pairs []string // name=value
	file  string   // YAML or JSON, a mapping
}

// resolve checks what was given against the flow's parameters. What --param says wins over the file.
func (p paramFlags) resolve(w *World, params flow.Params) (map[string]any, error) {
	texts := map[string]string{}
	if p.file != "" {
		if err := readParams(w, p.file, texts); err != nil {
			return nil, err
		}
	}
	for _, pair := range p.pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usagef("--param takes name=value, not %q", pair)
		}
		texts[name] = value
	}
	values, err := params.ResolveText(texts)
	return values, withCode(exitInvalid, err)
}

func readParams(w *World, name string, into map[string]string) error {
	text, err := os.ReadFile(w.path(name))
	if err != nil {
		return usagef("read the parameters: %w", err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return usagef("%s is not a mapping of names to values: %w", name, err)
	}
	for k, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			into[k] = v
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				return usagef("%s: the value of %s cannot be used: %w", name, k, err)
			}
			into[k] = string(raw)
		}
	}
	return nil
}

// readFlow reads a flow file. Its problems name the file.
func readFlow(w *World, name string) (text string, doc *flow.Document, places *flow.Places, err error) {
	raw, err := os.ReadFile(w.path(name))
	if err != nil {
		return "", nil, nil, usagef("read the flow: %w", err)
	}
	doc, places, err = flow.Parse(raw)
	if err != nil {
		return "", nil, nil, withCode(exitInvalid, fmt.Errorf("%s: %w", name, err))
	}
	return string(raw), doc, places, nil
}
