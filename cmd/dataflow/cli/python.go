package cli

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/coderunner/supervisor"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// findPython finds the interpreter that has coderunner's requirements: the one named, or a .venv near.
func findPython(w *World, named string) (string, *errs.Error) {
	if named != "" {
		path := named
		if strings.ContainsRune(named, filepath.Separator) {
			path = w.Path(named)
		}
		if _, err := exec.LookPath(path); err != nil {
			return "", errs.Unavailable("python_missing", "There is no Python interpreter at %s.", named).Wrap(err)
		}
		return path, nil
	}
	if v, ok := w.Env(envPrefix + "PYTHON"); ok && v != "" {
		return findPython(w, v)
	}
	for _, dir := range []string{w.Dir, filepath.Join(filepath.Dir(w.Executable), "..")} {
		if path := filepath.Join(dir, ".venv", "bin", "python"); exists(path) {
			return filepath.Clean(path), nil
		}
	}
	return "", errs.Unavailable("python_missing", "No Python interpreter with coderunner's requirements was found.").
		WithHint("Make one (python3 -m venv .venv && .venv/bin/pip install -r coderunner/requirements.lock) and name it by --python or DATAFLOW_PYTHON.")
}

// pythonService makes the supervised child, which may read artifacts and write results.
func pythonService(data, python string, log *slog.Logger) (*supervisor.Supervisor, error) {
	results, artifacts := filepath.Join(data, "tmp", "python"), filepath.Join(data, "artifacts")
	for _, dir := range []string{results, artifacts} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	return supervisor.New(supervisor.Config{
		Python: python, Dir: filepath.Join(data, "coderunner"), AllowRead: []string{artifacts}, AllowWrite: []string{results}, Log: log,
	})
}

// pythonPolicy gives the language policy of a tenant's code: restricted, unless the operator allows isolated, under which
// only the sandbox holds.
func pythonPolicy(isolated []string) func(tenant string) string {
	return func(tenant string) string {
		if slices.Contains(isolated, tenant) || slices.Contains(isolated, "*") {
			return "isolated"
		}
		return "restricted"
	}
}

// missingPython answers for Python where there is none.
type missingPython struct{ why *errs.Error }

func (m missingPython) Execute(context.Context, node.PythonRequest) (node.PythonResult, error) {
	return node.PythonResult{Close: func() {}}, m.why
}

func (m missingPython) Inspect(context.Context, string, string) (node.PythonSignature, error) {
	return node.PythonSignature{}, m.why
}
