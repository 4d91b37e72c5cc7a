// Package path is JSONPath (RFC 9535) over JSON trees: what it finds keeps its order and its digits, it can be stopped,
// and its work is bounded.
package path

import (
	"fmt"
	"strings"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// Code is the code of a path that cannot be read.
const Code = "path_invalid"

// Doc is what a field's documentation says of paths.
const Doc = "items[0].name, or any JSONPath such as $.items[?@.price > 3].name"

// Path is a compiled path.
type Path struct {
	Text     string
	field    string
	segments []*spec.Segment
	// Steps are those of a path that leads to at most one place; nil when it may lead to several.
	Steps []Step
}

// Step is a name or, when Name is nil, an index.
type Step struct {
	Name  *string
	Index int
}

// String gives the step as it is written in a path.
func (s Step) String() string {
	if s.Name != nil {
		return spec.Name(*s.Name).String()
	}
	return fmt.Sprint(s.Index)
}

const maxPath = 4096

// Parse reads the path of a field. The leading $. may be left out.
func Parse(field, text string) (*Path, error) {
	full := strings.TrimSpace(text)
	switch {
	case full == "":
		full = "$"
	case full[0] == '[':
		full = "$" + full
	case full[0] != '$':
		full = "$." + full
	}
	if len(full) > maxPath {
		return nil, node.FieldError(Code, field, "The path has %d characters; at most %d are read", len(full), maxPath)
	}
	parsed, err := jsonpath.Parse(full)
	if err != nil {
		message := strings.TrimPrefix(err.Error(), "jsonpath: ")
		return nil, node.FieldError(Code, field, "The path %s is not a JSONPath: %s; a name with other characters than letters, digits and _ is written as [\"the name\"]", full, message)
	}
	query := parsed.Query()
	if problem := costly(query.String()); problem != "" {
		return nil, node.FieldError(Code, field, "The path %s is not allowed: %s", full, problem)
	}
	p := &Path{Text: full, field: field, segments: query.Segments()}
	if query.Singular() != nil {
		p.Steps = make([]Step, len(p.segments))
		for i, s := range p.segments {
			switch sel := s.Selectors()[0].(type) {
			case spec.Name:
				name := string(sel)
				p.Steps[i].Name = &name
			case spec.Index:
				p.Steps[i].Index = int(sel)
			}
		}
	}
	return p, nil
}

// ParseSingle reads a path that leads to one place.
func ParseSingle(field, text string) (*Path, error) {
	p, err := Parse(field, text)
	if err == nil && p.Steps == nil {
		return nil, node.FieldError(Code, field, "The path %s may lead to several places; one is needed, such as address.city", p.Text)
	}
	return p, err
}

// ParseEach is ParseSingle for the paths of a list; field names that of each.
func ParseEach(field func(i int) string, texts []string) ([]*Path, error) {
	paths := make([]*Path, len(texts))
	for i, text := range texts {
		var err error
		if paths[i], err = ParseSingle(field(i), text); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// CheckEach is CheckSingle for the paths of a list.
func CheckEach(field func(i int) string, texts []string) []errs.Detail {
	details := make([]errs.Detail, 0, len(texts))
	for i, text := range texts {
		details = append(details, CheckSingle(field(i), text)...)
	}
	return details
}

// Check finds what is wrong with a path; one with expressions is looked at when the step runs.
func Check(field, text string) []errs.Detail {
	if strings.Contains(text, "{{") {
		return nil
	}
	if _, err := Parse(field, text); err != nil {
		return errs.From(err).Details
	}
	return nil
}

// CheckSingle is Check for a path that leads to one place.
func CheckSingle(field, text string) []errs.Detail {
	if strings.Contains(text, "{{") {
		return nil
	}
	if _, err := ParseSingle(field, text); err != nil {
		return errs.From(err).Details
	}
	return nil
}

var (
	texts    = pattern.Of(`"(?:[^"\\]|\\.)*"`)
	absolute = pattern.Of(`\$[^\s)&|=<>!]*`)
	single   = pattern.Of(`^\$(\[-?\d*\])*,?\]*$`)
)

// costly says why a path may take far longer than its value is large: with several .. every value is visited once for
// each of those around it, and a filter that looks everywhere does so once for each value that it filters. The path is
// given in its canonical form, where every name is in quotes.
func costly(canonical string) string {
	bare := texts.ReplaceAllString(canonical, "")
	if strings.Count(bare, "..") > 2 {
		return "it has more than two .."
	}
	_, filters, _ := strings.Cut(bare, "?")
	for _, query := range absolute.Regexp().FindAllString(filters, -1) {
		if !single.MatchString(query) {
			return "within a filter, a path from $ must lead to one place"
		}
	}
	return ""
}
