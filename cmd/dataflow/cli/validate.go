package cli

import (
	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/flowfile"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/flow"
)

func newValidate(w *World) *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE…",
		Short: "Check flows without running them",
		Long:  "Check flows without running them. Every problem is printed with its file, line and column; the exit code is 3 when there is an error.",
		Example: `  dataflow validate flow.yaml
  dataflow validate flows/*.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			bad := 0
			for _, name := range names {
				ok, err := validateOne(w, name)
				if err != nil {
					return err
				}
				if !ok {
					bad++
				}
			}
			if bad > 0 {
				return withCode(exitInvalid, errReported)
			}
			return nil
		},
	}
}

func validateOne(w *World, name string) (ok bool, err error) {
	file, err := flowfile.Read(w, name)
	problems := flowfile.Problems(err)
	switch {
	case len(problems) > 0:
	case err != nil:
		return false, err
	default:
		problems = automation.Check(file.Doc, file.Places)
	}
	for _, p := range problems {
		flowfile.PrintProblem(w.Stdout, name, p)
	}
	if flow.HasErrors(problems) {
		return false, nil
	}
	say(w.Stdout, "%s: ok, %d nodes\n", name, len(file.Doc.Spec.Nodes))
	return true, nil
}
