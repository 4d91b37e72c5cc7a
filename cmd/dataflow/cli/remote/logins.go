package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
)

// Logins are the servers that a person has logged in to.
type Logins struct {
	Server string            `yaml:"server,omitempty"` // used when none is named
	Tokens map[string]string `yaml:"tokens,omitempty"` // by address
}

// loginsFile is where they are kept; "" when the environment names no home.
func loginsFile(w *console.World) string {
	if dir, ok := w.Env("XDG_CONFIG_HOME"); ok && dir != "" {
		return filepath.Join(dir, "dataflow", "logins.yaml")
	}
	if home, ok := w.Env("HOME"); ok && home != "" {
		return filepath.Join(home, ".config", "dataflow", "logins.yaml")
	}
	return ""
}

// ReadLogins reads what is kept; nothing kept is no error.
func ReadLogins(w *console.World) (Logins, error) {
	l := Logins{Tokens: map[string]string{}}
	name := loginsFile(w)
	if name == "" {
		return l, nil
	}
	text, err := os.ReadFile(name) //nolint:gosec // in the person's own configuration folder
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return l, nil
	case err != nil:
		return l, fmt.Errorf("read the logins: %w", err)
	}
	if err := yaml.Unmarshal(text, &l); err != nil {
		return l, console.Usagef("%s cannot be read; mend it, or remove it and log in again: %w", name, err)
	}
	if l.Tokens == nil {
		l.Tokens = map[string]string{}
	}
	return l, nil
}

// Write keeps the logins, readable by their owner only, and gives the file's name.
func (l Logins) Write(w *console.World) (string, error) {
	name := loginsFile(w)
	if name == "" {
		return "", console.Usagef("there is no home folder to keep the login in; set HOME or XDG_CONFIG_HOME, or use DATAFLOW_TOKEN")
	}
	text, err := yaml.Marshal(l)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", fmt.Errorf("keep the login: %w", err)
	}
	return name, console.WriteFile(name, text, 0o600)
}
