package flowfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
	var at *notSets
	switch {
	case errors.As(err, &at):
		return nil, errs.Invalid(flow.CodeParamsInvalid, "%s holds no sets of parameters", name).
			With(errs.Detail{Code: flow.CodeParamsInvalid, Message: at.message, Place: errs.Place{File: name, Line: at.line, Column: at.column}}).
			WithHint("%s", example(params))
	case err != nil:
		return nil, err
	case len(texts) == 0:
		return nil, errs.Invalid(flow.CodeParamsInvalid, "%s has no set of parameters", name).WithHint("%s", example(params))
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

// notSets is why a file cannot be read as sets of parameters, and where.
type notSets struct {
	message      string
	line, column int
}

func (e *notSets) Error() string { return e.message }

// example shows what a file of sets for a flow looks like.
func example(params flow.Params) string {
	values := map[string]string{
		"string": "text", "number": "1.5", "integer": "1", "boolean": "true", "date": "2026-01-31", "datetime": "2026-01-31T08:30:00Z", "object": "{a: 1}", "array": "[1, 2]",
	}
	const most = 3
	shown := params[:min(most, len(params))]
	pairs := make([]string, len(shown))
	for i, p := range shown {
		pairs[i] = p.Name + ": " + values[p.Type]
	}
	if len(pairs) == 0 {
		return "The flow has no parameters, so there is nothing to backfill"
	}
	return fmt.Sprintf("Write a list with a mapping for each run, such as - {%s}, or CSV whose first line names parameters", strings.Join(pairs, ", "))
}

func csvSets(raw []byte) (sets []map[string]string, lines []int, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	rows := [][]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := r.FieldPos(0)
			return nil, nil, &notSets{fmt.Sprintf("this line has %s and the first one %d", console.Number(len(row), "value", "values"), len(rows[0])), line, 0}
		case errors.As(err, &wrong):
			return nil, nil, &notSets{"this is not CSV: " + wrong.Err.Error(), wrong.Line, wrong.Column}
		case err != nil:
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
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, nil, broken(err)
	}
	if len(root.Content) == 0 {
		return nil, nil, nil
	}
	list := root.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, nil, &notSets{"there must be a list, not " + kindOf(list), list.Line, list.Column}
	}
	for _, item := range list.Content {
		var values map[string]any
		if item.Kind != yaml.MappingNode {
			return nil, nil, &notSets{"there must be a mapping of names to values, not " + kindOf(item), item.Line, item.Column}
		}
		if err := item.Decode(&values); err != nil {
			return nil, nil, broken(err)
		}
		texts, err := textsOf(values)
		if err != nil {
			return nil, nil, &notSets{err.Error(), item.Line, item.Column}
		}
		sets, lines = append(sets, texts), append(lines, item.Line)
	}
	return sets, lines, nil
}

// broken takes what the reader of YAML says apart: it names the line within its message.
func broken(err error) *notSets {
	message := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n  ")
	message, _, _ = strings.Cut(message, "\n")
	at := &notSets{message: "this is not YAML or JSON: " + message}
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if line, text, ok := strings.Cut(rest, ": "); ok {
			at.line, _ = strconv.Atoi(line)
			at.message = "this is not YAML or JSON: " + text
		}
	}
	return at
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
	return "a single value"
}
