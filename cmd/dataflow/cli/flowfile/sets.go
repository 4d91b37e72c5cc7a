package flowfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// ReadSets reads the parameters of many runs: a CSV file whose first line names parameters, or a YAML or JSON list of
// mappings. Every set is checked; the error names each line that does not fit.
func ReadSets(w *console.World, name string, params flow.Params) ([]map[string]any, error) {
	raw, err := os.ReadFile(w.Path(name))
	if err != nil {
		return nil, console.Usagef("read the sets of parameters: %w", err)
	}
	read := yamlSets
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		read = csvSets
	}
	texts, lines, err := read(raw)
	if err != nil {
		return nil, console.WithCode(console.ExitInvalid, fmt.Errorf("%s: %w", name, err))
	}
	if len(texts) == 0 {
		return nil, console.WithCode(console.ExitInvalid, fmt.Errorf("%s has no set of parameters", name))
	}
	sets := make([]map[string]any, len(texts))
	var details []errs.Detail
	for i := range texts {
		sets[i], err = Typed(params, texts[i])
		var e *errs.Error
		switch {
		case errors.As(err, &e):
			for _, d := range e.Details {
				d.File, d.Line = name, lines[i]
				details = append(details, d)
			}
		case err != nil:
			return nil, err
		}
	}
	if len(details) > 0 {
		return nil, errs.Invalid(flow.CodeParamsInvalid, "The sets of parameters do not fit the flow").With(details...)
	}
	return sets, nil
}

func csvSets(raw []byte) (sets []map[string]string, lines []int, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	rows := [][]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := r.FieldPos(0)
		rows, lines = append(rows, row), append(lines, line)
	}
	if len(rows) == 0 {
		return nil, nil, nil
	}
	for _, row := range rows[1:] {
		set := map[string]string{}
		for i, name := range rows[0] {
			if row[i] != "" {
				set[strings.TrimSpace(name)] = row[i]
			}
		}
		sets = append(sets, set)
	}
	return sets, lines[1:], nil
}

func yamlSets(raw []byte) (sets []map[string]string, lines []int, err error) {
	var items []yaml.Node
	if err := yaml.Unmarshal(raw, &items); err != nil {
		return nil, nil, fmt.Errorf("it is not a list of mappings of names to values: %w", err)
	}
	for _, item := range items {
		var values map[string]any
		if err := item.Decode(&values); err != nil {
			return nil, nil, fmt.Errorf("line %d is not a mapping of names to values: %w", item.Line, err)
		}
		texts, err := textsOf(values)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", item.Line, err)
		}
		sets, lines = append(sets, texts), append(lines, item.Line)
	}
	return sets, lines, nil
}
