package flow

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// CodeYAMLInvalid is the code of a document whose YAML cannot be read.
const CodeYAMLInvalid = "yaml_invalid"

// Parse reads a document from YAML. The error is an *errs.Error whose details name line and column; a document that
// can be read may still have problems, which Validate finds.
func Parse(text []byte) (*Document, *Places, error) {
	root, err := tree(text)
	if err != nil {
		return nil, nil, err
	}
	places := newPlaces()
	doc := &Document{}
	r := &reader{places: places}
	r.read(root, reflect.ValueOf(doc).Elem(), "", 0)
	if len(r.problems) > 0 {
		return nil, nil, errs.Invalid(CodeYAMLInvalid, "The YAML is not a flow").With(r.problems...)
	}
	doc.normalise()
	places.index(doc.Spec.Nodes, "spec.nodes")
	return doc, places, nil
}

// tree reads the one YAML document in text and gives its top value.
func tree(text []byte) (*yaml.Node, error) {
	if len(text) > maxText {
		return nil, errs.Invalid(CodeYAMLInvalid, "The YAML has %d bytes; at most %d are read", len(text), maxText)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root, second yaml.Node
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF), err == nil && len(root.Content) == 0:
		return nil, syntax("the text is empty; a flow begins with apiVersion: "+APIVersion, 1, 1)
	case err != nil:
		return nil, syntaxError(err, text)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, syntax("there is a second document (---); put one flow into one text", second.Line, 1)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(err, text)
	}
	return root.Content[0], nil
}

var lineOf = pattern.Of(`^(?:yaml: )?(?:line (\d+): )?`)

// syntaxError takes the place out of the library's message. The library names the line where the broken construct
// began, and no column; the line where the text stops making sense is mostly further down.
func syntaxError(err error, text []byte) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := lineOf.FindStringSubmatch(message); m[1] != "" {
		line, _ = strconv.Atoi(m[1])
		message = strings.TrimPrefix(message, m[0])
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(text) < maxSearched {
		line = max(line, firstBroken(text, lines))
	}
	column := 1
	if line >= 1 && line <= len(lines) {
		l := lines[line-1]
		column += len(l) - len(bytes.TrimLeft(l, " "))
	}
	return syntax(message, line, column)
}

const maxSearched = 1 << 20

// firstBroken finds, by halving, a line before which the text is right and with which it is not.
func firstBroken(text []byte, lines [][]byte) int {
	ends := make([]int, len(lines)+1)
	for i, l := range lines {
		ends[i+1] = ends[i] + len(l)
	}
	return sort.Search(len(lines), func(i int) bool {
		decoder := yaml.NewDecoder(bytes.NewReader(text[:ends[i+1]]))
		for {
			var n yaml.Node
			if err := decoder.Decode(&n); err != nil {
				return !errors.Is(err, io.EOF)
			}
		}
	}) + 1
}

func syntax(message string, line, column int) error {
	return errs.Invalid(CodeYAMLInvalid, "The text is not valid YAML").With(errs.Detail{
		Code: "yaml_syntax", Message: message, Place: errs.Place{Line: line, Column: column},
	})
}
