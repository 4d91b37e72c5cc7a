package environment_test

import (
	"context"
	"time"

	"dataflow/coderunner/client"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

type clientEnvironment = client.Environment

// nobody is a Python service that does not answer.
type nobody struct{}

func away() error { return errs.Unavailable("python_unavailable", "nobody is there") }

func (nobody) Build(context.Context, client.Build) (client.Built, error) {
	return client.Built{}, away()
}
func (nobody) Base(context.Context) (client.Base, error) { return client.Base{}, away() }
func (nobody) Collect(context.Context, string, []string, time.Duration) error {
	return away()
}
func (nobody) InspectIn(context.Context, string, client.Environment, string) (node.PythonSignature, error) {
	return node.PythonSignature{}, away()
}

func (nobody) ExecuteIn(context.Context, node.PythonRequest, client.Environment) (node.PythonResult, error) {
	return node.PythonResult{Close: func() {}}, away()
}
