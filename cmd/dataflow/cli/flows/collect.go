package flows

import (
	"fmt"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/flow-automation/flow"
)

// collection is the flow files that paths name, with what is wrong with them.
type collection struct {
	files   []flowfile.File
	skipped []string // why, one line for each file that is no flow
	broken  []problem
}

// problem is something wrong with a file.
type problem struct {
	file string
	flow.Problem
}

// collect reads every flow that the paths name. What is broken is told together, so that a person mends all of it at once.
func collect(w *console.World, paths []string) (*collection, error) {
	var c collection
	var err error
	if c.skipped, err = flowfile.Walk(w, paths, c.read); err != nil {
		return nil, err
	}
	c.twice()
	return &c, nil
}

func (c *collection) read(name string, text []byte) error {
	doc, places, err := flow.Parse(text)
	if err == nil {
		c.files = append(c.files, flowfile.File{Name: name, Text: string(text), Doc: doc, Places: places})
		return nil
	}
	problems := flowfile.Problems(err)
	if problems == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range problems {
		c.broken = append(c.broken, problem{name, p})
	}
	return nil
}

// twice finds names that two files share.
func (c *collection) twice() {
	first := map[string]string{}
	for _, f := range c.files {
		name := f.Doc.Metadata.Name
		if other, ok := first[name]; ok && name != "" {
			p := []flow.Problem{flowfile.Twice(name, other)}
			f.Places.Put(p)
			c.broken = append(c.broken, problem{f.Name, p[0]})
			continue
		}
		first[name] = f.Name
	}
}

// report prints problems and gives the number of errors among them, and of files that have some.
func report(w *console.World, problems []problem) (bad, files int) {
	broken := map[string]bool{}
	for _, p := range problems {
		flowfile.PrintProblem(w.Stderr, p.file, p.Problem)
		if p.Severity == flow.Error {
			bad++
			broken[p.file] = true
		}
	}
	return bad, len(broken)
}
