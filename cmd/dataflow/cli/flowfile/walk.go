package flowfile

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
)

// otherKinds are documents of Dataflow that are no flows; a folder may hold them beside flows.
var otherKinds = []string{"Pipeline", "Job", "Connection", "Environment"}

// Walk gives the text of every flow that the paths name, each once: a file must be one; in a folder every .yaml and .yml
// is looked at, those in folders within too. Skipped says why a file of a folder is plainly no flow, one line for each.
func Walk(w *console.World, paths []string, visit func(name string, text []byte) error) (skipped []string, err error) {
	seen := map[string]bool{}
	read := func(name string, inFolder bool) error {
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
			skipped = append(skipped, name+" "+why)
			return nil
		}
		return visit(name, text)
	}
	for _, path := range paths {
		info, err := os.Stat(w.Path(path))
		switch {
		case err != nil:
			return nil, console.Usagef("%s: %w", path, cause(err))
		case info.IsDir():
			err = walkFolder(w, path, func(name string) error { return read(name, true) })
		default:
			err = read(path, false)
		}
		if err != nil {
			return nil, err
		}
	}
	return skipped, nil
}

func walkFolder(w *console.World, path string, read func(name string) error) error {
	err := filepath.WalkDir(w.Path(path), func(name string, d fs.DirEntry, err error) error {
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
		return read(filepath.Join(path, inside))
	})
	if err != nil {
		return console.Usagef("read the folder %s: %w", path, err)
	}
	return nil
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
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
