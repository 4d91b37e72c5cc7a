package console

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// EnvPrefix stands before the name of every setting in the environment: addr is DATAFLOW_ADDR.
const EnvPrefix = "DATAFLOW_"

// ApplySettings fills flags that were not given from the environment and then from the settings file, so that a flag
// wins over the environment and that over the file. With names only those flags are filled.
func ApplySettings(w *World, cmd *cobra.Command, only ...string) error {
	file, err := settingsFile(w, cmd)
	if err != nil {
		return err
	}
	var problems []error
	known := []string{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Name == "config" || (len(only) > 0 && !slices.Contains(only, f.Name)) {
			return
		}
		known = append(known, f.Name)
		if f.Changed {
			return
		}
		from := EnvPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		var value string
		if v, ok := w.Env(from); ok && v != "" {
			value = v
		} else if v, ok := file[f.Name]; ok {
			from, value = "the settings file's "+f.Name, fmt.Sprint(v)
		} else {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			problems = append(problems, Usagef("%s: %w", from, err))
		}
	})
	for name := range file {
		if !slices.Contains(known, name) {
			problems = append(problems, Usagef("the settings file has %q, which this command does not know; it takes %s", name, strings.Join(known, ", ")))
		}
	}
	return errors.Join(problems...)
}

// settingsFile reads the file named by --config or DATAFLOW_CONFIG, a mapping by the names of the flags.
func settingsFile(w *World, cmd *cobra.Command) (map[string]any, error) {
	flag := cmd.Flags().Lookup("config")
	if flag == nil {
		return nil, nil
	}
	name := flag.Value.String()
	if name == "" {
		name, _ = w.Env(EnvPrefix + "CONFIG")
	}
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(w.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Usagef("there is no settings file %s", name)
	}
	if err != nil {
		return nil, Usagef("read the settings file: %w", err)
	}
	var m map[string]any
	if err := yaml.Unmarshal(text, &m); err != nil {
		return nil, Usagef("the settings file %s is not a mapping of names to values: %w", name, err)
	}
	return m, nil
}
