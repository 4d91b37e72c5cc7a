package flows

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/flow-automation/flow"
)

// otherKinds are documents of Dataflow that are no flows; a folder may hold them beside flows.
var otherKinds = []string{"Pipeline", "Job", "Connection", "Environment"}

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

// collect reads every flow that the paths name: a file must be one; in a folder every .yaml and .yml is looked at, those
// in folders within too. What is broken is told together, so that a person mends all of it at once.
func collect(w *console.World, paths []string) (*collection, error) {
	var c collection
	seen := map[string]bool{}
	for _, path := range paths {
		info, err := os.Stat(w.Path(path))
		if err != nil {
			return nil, console.Usagef("%s: %w", path, cause(err))
		}
		if !info.IsDir() {
			if err := c.read(w, path, false, seen); err != nil {
				return nil, err
			}
			continue
		}
		err = filepath.WalkDir(w.Path(path), func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != w.Path(path):
				return fs.SkipDir
			case d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)):
				return nil
			}
			inside, err := filepath.Rel(w.Path(path), name)
			if err != nil {
				return err
			}
			return c.read(w, filepath.Join(path, inside), true, seen)
		})
		if err != nil {
			return nil, console.Usagef("read the folder %s: %w", path, err)
		}
	}
	c.twice()
	return &c, nil
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (c *collection) read(w *console.World, name string, inFolder bool, seen map[string]bool) error {
	key := filepath.Clean(w.Path(name))
	if seen[key] {
		return nil
	}
	seen[key] = true
	text, err := os.ReadFile(w.Path(name))
	if err != nil {
		return console.Usagef("read the flow: %w", err)
	}
	if why := notAFlow(text); inFolder && why != "" {
		c.skipped = append(c.skipped, name+" "+why)
		return nil
	}
	doc, places, err := flow.Parse(text)
	problems := flowfile.Problems(err)
	if err == nil {
		problems = flow.Validate(doc, places)
	} else if problems == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range problems {
		c.broken = append(c.broken, problem{name, p})
	}
	if err == nil {
		c.files = append(c.files, flowfile.File{Name: name, Text: string(text), Doc: doc, Places: places})
	}
	return nil
}

// notAFlow says why a YAML text is plainly something else than a flow. A text that cannot be read is not: it may be a
// flow that is broken.
func notAFlow(text []byte) string {
	var head struct {
		APIVersion any `yaml:"apiVersion"`
		Kind       any `yaml:"kind"`
	}
	err := yaml.Unmarshal(text, &head)
	switch kind, _ := head.Kind.(string); {
	case errors.As(err, new(*yaml.TypeError)):
		return "is no flow: it is not a mapping."
	case err != nil:
		return ""
	case head.APIVersion == nil && head.Kind == nil:
		return "is no flow: it has neither apiVersion nor kind."
	case slices.Contains(otherKinds, kind):
		return fmt.Sprintf("is no flow: its kind is %s.", kind)
	}
	return ""
}

// twice finds names that two files share.
func (c *collection) twice() {
	first := map[string]string{}
	for _, f := range c.files {
		name := f.Doc.Metadata.Name
		if other, ok := first[name]; ok && name != "" {
			p := []flow.Problem{flow.Errorf("flow_name_twice", "", "metadata.name", "The flow %s is in %s too; give each a name of its own", name, other)}
			f.Places.Put(p)
			c.broken = append(c.broken, problem{f.Name, p[0]})
			continue
		}
		first[name] = f.Name
	}
}

// report prints problems and gives the number of errors among them.
func report(w *console.World, problems []problem) (bad int) {
	for _, p := range problems {
		flowfile.PrintProblem(w.Stderr, p.file, p.Problem)
		if p.Severity == flow.Error {
			bad++
		}
	}
	return bad
}
