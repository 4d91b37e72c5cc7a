package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/flowfile"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/flow"
)

func newValidate(w *World) *cobra.Command {
	code := codeValidator{w: w}
	cmd := &cobra.Command{
		Use:   "validate FILE…",
		Short: "Check flows without running them",
		Long: `Check flows without running them. Every problem is printed with its file, line and column; the exit code is 3 when there is
an error.

Python code is checked in the sandbox as when a flow is saved, without running it. Where there is no sandbox, a note says that
it was not checked; with --python that is an error.`,
		Example: `  dataflow validate flow.yaml
  dataflow validate flows/*.yaml --python .venv/bin/python`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			defer code.close()
			bad := 0
			for _, name := range names {
				ok, err := validateOne(cmd.Context(), w, &code, name)
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
	code.flags(cmd.Flags())
	return cmd
}

func validateOne(ctx context.Context, w *World, code *codeValidator, name string) (ok bool, err error) {
	file, err := flowfile.Read(w, name)
	problems := flowfile.Problems(err)
	switch {
	case len(problems) > 0:
	case err != nil:
		return false, err
	default:
		found, err := code.problems(ctx, file)
		if err != nil {
			return false, err
		}
		problems = append(automation.Check(file.Doc, file.Places), found...)
		flow.SortProblems(problems)
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
