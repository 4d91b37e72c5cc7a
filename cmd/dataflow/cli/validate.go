package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
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
	_, doc, places, err := readFlow(w, name)
	var e *errs.Error
	switch {
	case err != nil && codeOf(err) == exitInvalid && errors.As(err, &e):
		for _, d := range e.Details {
			printProblem(w.Stdout, name, flow.Problem{Severity: flow.Error, Message: d.Message, Node: d.Node, Field: d.Field, Line: d.Line, Column: d.Column})
		}
		if len(e.Details) == 0 {
			printProblem(w.Stdout, name, flow.Problem{Severity: flow.Error, Message: e.Message})
		}
		return false, nil
	case err != nil:
		return false, err
	}
	problems := automation.Check(doc, places)
	for _, p := range problems {
		printProblem(w.Stdout, name, p)
	}
	if flow.HasErrors(problems) {
		return false, nil
	}
	say(w.Stdout, "%s: ok, %d nodes\n", name, len(doc.Spec.Nodes))
	return true, nil
}

// printProblem writes file:line:column: severity: message, as editors and people read it.
func printProblem(w io.Writer, name string, p flow.Problem) {
	place := name
	if p.Line > 0 {
		place += fmt.Sprintf(":%d:%d", p.Line, max(p.Column, 1))
	}
	where := strings.TrimPrefix(strings.TrimSuffix(errs.Place{Node: p.Node, Field: p.Field}.String(), ", "), ", ")
	if where != "" {
		where = " [" + where + "]"
	}
	say(w, "%s: %s: %s%s\n", place, p.Severity, sentence(p.Message), where)
}
