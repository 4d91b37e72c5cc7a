// Package flowfile is flows and parameters as people keep them: in files, with problems that have a line.
package flowfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// File is a flow read from a file.
type File struct {
	Name   string // as the person gave it
	Text   string
	Doc    *flow.Document
	Places *flow.Places
}

// Read reads a flow file. Its problems name the file.
func Read(w *console.World, name string) (File, error) {
	raw, err := os.ReadFile(w.Path(name))
	switch stat, _ := os.Stat(w.Path(name)); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && filepath.Ext(name) == "" && !strings.ContainsRune(name, filepath.Separator):
		return File{}, console.Usagef("there is no file %s; a flow of a server is run by `dataflow flows run %s`", name, name)
	case errors.Is(err, fs.ErrNotExist):
		return File{}, console.Usagef("there is no file %s", name)
	case stat != nil && stat.IsDir():
		return File{}, console.Usagef("%s is a folder; name the file of a flow, such as %s", name, filepath.Join(name, "flow.yaml"))
	default:
		return File{}, console.Usagef("read the flow: %w", err)
	}
	doc, places, err := flow.Parse(raw)
	if err != nil {
		return File{}, console.WithCode(console.ExitInvalid, fmt.Errorf("%s: %w", name, err))
	}
	return File{Name: name, Text: string(raw), Doc: doc, Places: places}, nil
}

// Problems takes the problems of a document apart that Read refused; nil is any other error.
func Problems(err error) []flow.Problem {
	var e *errs.Error
	if console.CodeOf(err) != console.ExitInvalid || !errors.As(err, &e) {
		return nil
	}
	if len(e.Details) == 0 {
		return []flow.Problem{{Severity: flow.Error, Message: e.Message}}
	}
	list := make([]flow.Problem, len(e.Details))
	for i, d := range e.Details {
		list[i] = flow.Problem{Severity: flow.Error, Code: d.Code, Message: d.Message, Node: d.Node, Field: d.Field, Line: d.Line, Column: d.Column}
	}
	return list
}

// Twice is the problem of a flow whose name another file has.
func Twice(name, other string) flow.Problem {
	return flow.Errorf("flow_name_twice", "", "metadata.name", "The flow %s is in %s too; give each a name of its own", name, other)
}

// PrintProblem writes file:line:column: severity: message, as editors and people read it.
func PrintProblem(w io.Writer, name string, p flow.Problem) {
	place := name
	if p.Line > 0 {
		place += fmt.Sprintf(":%d:%d", p.Line, max(p.Column, 1))
	}
	where := strings.TrimPrefix(strings.TrimSuffix(errs.Place{Node: p.Node, Field: p.Field}.String(), ", "), ", ")
	if where != "" {
		where = " [" + where + "]"
	}
	console.Say(w, "%s: %s: %s%s\n", place, p.Severity, console.Sentence(p.Message), where)
}
