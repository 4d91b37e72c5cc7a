package cli

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dataflow/coderunner/client"
	"dataflow/coderunner/environment"
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

// pythonService makes the supervised child, which may read artifacts and write results of a shared data folder.
func pythonService(data, python string, log *slog.Logger, flags coderunnerFlags, shared bool) (*supervisor.Supervisor, error) {
	args, err := flags.arguments()
	if err != nil {
		return nil, err
	}
	cfg := supervisor.Config{
		Python: python, Dir: filepath.Join(data, "coderunner"), Environments: filepath.Join(data, "environments"), Args: args, Log: log,
	}
	if shared {
		results, artifacts := filepath.Join(data, "tmp", "python"), filepath.Join(data, "artifacts")
		for _, dir := range []string{results, artifacts} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return nil, err
			}
		}
		cfg.AllowRead, cfg.AllowWrite = []string{artifacts}, []string{results}
	}
	return supervisor.New(cfg)
}

// isolatedTenants says for which tenants the operator lets only the sandbox hold, without the language policy.
func isolatedTenants(isolated []string) func(tenant string) bool {
	return func(tenant string) bool { return slices.Contains(isolated, tenant) || slices.Contains(isolated, "*") }
}

// missingPython answers for Python where there is none.
type missingPython struct{ why *errs.Error }

var _ environment.Python = missingPython{}

func (m missingPython) ExecuteIn(context.Context, node.PythonRequest, client.Environment) (node.PythonResult, error) {
	return node.PythonResult{Close: func() {}}, m.why
}

func (m missingPython) InspectIn(context.Context, string, client.Environment, string) (node.PythonSignature, error) {
	return node.PythonSignature{}, m.why
}

func (m missingPython) Build(context.Context, client.Build) (client.Built, error) {
	return client.Built{}, m.why
}

func (m missingPython) Base(context.Context) (client.Base, error) { return client.Base{}, m.why }

func (m missingPython) Collect(context.Context, string, []string, time.Duration) error { return m.why }
