package cli

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"dataflow/coderunner/client"
	"dataflow/coderunner/environment"
	"dataflow/coderunner/supervisor"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/codecheck"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/auth"
)

// codeValidator checks the code in flows with a Python service of its own, which starts with the first flow that has code.
type codeValidator struct {
	w        *World
	python   string
	isolated bool

	checker *codecheck.Checker
	service *supervisor.Supervisor // nil until it is needed
	client  *client.Client
	dir     string
	noted   bool
}

func (v *codeValidator) flags(fl *pflag.FlagSet) {
	fl.StringVar(&v.python, "python", "", "Python `interpreter` with coderunner's requirements, for flows with Python nodes; found in .venv by itself")
	fl.BoolVar(&v.isolated, "python-isolated", false, "check code as for a tenant whose Python may use all of the language")
}

// problems checks the code of a flow. Where it cannot be checked a note says so, unless an interpreter was named.
func (v *codeValidator) problems(ctx context.Context, doc *flow.Document, places *flow.Places) ([]flow.Problem, error) {
	if v.checker == nil {
		v.checker = codecheck.New(automation.NodeTypes(), v, slog.New(slog.DiscardHandler))
	}
	if !v.checker.HasCode(doc) || v.noted {
		return nil, nil
	}
	err := v.start()
	var found []flow.Problem
	if err == nil {
		found, err = v.checker.Check(ctx, auth.DefaultTenant, doc, places)
	}
	if err != nil && v.python == "" && ctx.Err() == nil {
		v.noted = true
		say(v.w.Stderr, "Python code is not checked: %v\n", err)
		return nil, nil
	}
	return found, err
}

// start starts the service, once.
func (v *codeValidator) start() (err error) {
	if v.client != nil {
		return nil
	}
	python, missing := findPython(v.w, v.python)
	if missing != nil {
		return missing
	}
	log, err := localLogger(v.w)
	if err != nil {
		return err
	}
	if v.dir, err = os.MkdirTemp("", "dataflow-validate-"); err != nil {
		return err
	}
	if v.service, err = pythonService(v.dir, python, log, coderunnerFlags{}, false); err != nil {
		return err
	}
	// It ends with the command, by close.
	if err := v.service.Start(context.Background()); err != nil {
		return err
	}
	policy := environment.Restricted
	if v.isolated {
		policy = environment.Isolated
	}
	v.client = client.New(client.Config{Socket: v.service.Socket(), Dir: filepath.Join(v.dir, "results"), Policy: func(string) string { return string(policy) }})
	return nil
}

// Inspect implements codecheck.Inspector. Environments are not known here.
func (v *codeValidator) Inspect(ctx context.Context, tenant, environment, code string) (node.PythonSignature, error) {
	return v.client.Inspect(ctx, tenant, environment, code)
}

// close ends the service and removes its folder.
func (v *codeValidator) close() {
	if v.client != nil {
		v.client.Close()
	}
	if v.service != nil {
		ctx, cancel := context.WithTimeout(context.Background(), localStop)
		defer cancel()
		_ = v.service.Stop(ctx) // what was found is known; nothing of the folder is kept
	}
	if v.dir != "" {
		_ = os.RemoveAll(v.dir)
	}
}
