package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

func newValidate(w *World) *cobra.Command {
	code := codeValidator{w: w}
	var server remote.Connection
	cmd := &cobra.Command{
		Use:   "validate FILE|FOLDER…",
		Short: "Check flows without running them",
		Long: `Check flows without running them. Of a folder every .yaml and .yml is read, folders within included; files that are plainly no
flows are passed over and said. Every problem is printed with its file, line and column, and at the end how many flows are
sound. The exit code is 3 when there is an error.

Python code is checked in the sandbox as when a flow is saved, without running it. Where there is no sandbox, a note says that
it was not checked; with --python that is an error. SQL over tables is read, and columns are looked for in the files beside
the flow, where it reads some.

With --server a server is asked, which knows its connections, environments and files, too; nothing is stored there. Only the
flag does this: DATAFLOW_SERVER is for the commands that need a server. Its own Python checks the code.

` + remote.LoginHelp,
		Example: `  dataflow validate flow.yaml
  dataflow validate flows/ --python .venv/bin/python
  dataflow validate flows/ --server http://localhost:3000 --token dft_…`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			defer code.close()
			c := checking{w: w, names: map[string]string{}}
			done, err := c.by(cmd, &server, &code)
			if err != nil {
				return err
			}
			defer done()
			skipped, err := flowfile.Walk(w, paths, func(name string, text []byte) error { return c.check(cmd.Context(), name, text) })
			if err != nil {
				return err
			}
			for _, why := range skipped {
				say(w.Stderr, "%s\n", why)
			}
			return c.conclude()
		},
	}
	code.flags(cmd.Flags())
	server.Flags(cmd.Flags())
	cmd.Flags().Lookup("server").Usage = "`address` of a server to ask, such as http://localhost:3000; absent checks here"
	return cmd
}

// checking counts what is found in the files.
type checking struct {
	w     *World
	find  finder
	names map[string]string // the file that has a flow of this name

	sound, broken, errors, warnings int
}

// finder finds what is wrong with the flow of a file.
type finder func(ctx context.Context, name string, text []byte, doc *flow.Document, places *flow.Places) ([]flow.Problem, error)

// by chooses who checks, and gives the function that ends it.
func (c *checking) by(cmd *cobra.Command, server *remote.Connection, code *codeValidator) (done func(), err error) {
	ask := cmd.Flags().Changed("server") && server.Server != ""
	for _, name := range []string{"python", "python-isolated"} {
		if ask && cmd.Flags().Changed(name) {
			return nil, usagef("--%s is how code is checked here, and with --server the server checks it; leave one of them out", name)
		}
	}
	if err := applySettings(c.w, cmd); err != nil {
		return nil, err
	}
	if !ask {
		if server.Server != "" { // of the environment
			say(c.w.Stderr, "Checked here, without the connections, environments and files of %[1]s; to ask that server, give --server %[1]s.\n", server.Server)
		}
		here := &offline{w: c.w, code: code}
		c.find = here.problems
		return here.close, nil
	}
	there, err := server.Open(cmd.Context(), c.w)
	c.find = func(ctx context.Context, name string, text []byte, _ *flow.Document, _ *flow.Places) ([]flow.Problem, error) {
		a, err := there.ValidateText(ctx, string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return a.Problems, nil
	}
	return func() {}, err
}

func (c *checking) check(ctx context.Context, name string, text []byte) error {
	doc, places, err := flow.Parse(text)
	var problems []flow.Problem
	var e *errs.Error
	switch {
	case err == nil:
		found, err := c.find(ctx, name, text, doc, places)
		if err != nil {
			return err
		}
		problems = slices.Concat(found, c.twice(name, doc, places))
		flow.SortProblems(problems)
	case errors.As(err, &e):
		problems = flowfile.Problems(err)
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range problems {
		flowfile.PrintProblem(c.w.Stdout, name, p)
		if p.Severity == flow.Error {
			c.errors++
		} else {
			c.warnings++
		}
	}
	if flow.HasErrors(problems) {
		c.broken++
		return nil
	}
	c.sound++
	say(c.w.Stdout, "%s: ok, %s\n", name, console.Number(len(doc.Spec.Nodes), "node", "nodes"))
	return nil
}

// twice finds a name that another file has already: a server keeps flows by their names.
func (c *checking) twice(name string, doc *flow.Document, places *flow.Places) []flow.Problem {
	known, other := c.names[doc.Metadata.Name]
	if !other || doc.Metadata.Name == "" {
		c.names[doc.Metadata.Name] = name
		return nil
	}
	p := []flow.Problem{flowfile.Twice(doc.Metadata.Name, known)}
	places.Put(p)
	return p
}

// conclude sums up what was found in several files, as the exit code too.
func (c *checking) conclude() error {
	if total := c.sound + c.broken; total > 1 {
		text := fmt.Sprintf("%s checked: %d ok, %d with errors", console.Number(total, "flow", "flows"), c.sound, c.broken)
		if c.errors+c.warnings > 0 {
			text += fmt.Sprintf(" (%s, %s)", console.Number(c.errors, "error", "errors"), console.Number(c.warnings, "warning", "warnings"))
		}
		say(c.w.Stdout, "%s.\n", text)
	}
	switch {
	case c.sound+c.broken == 0:
		return usagef("there are no flows to check")
	case c.broken > 0:
		return withCode(exitInvalid, errReported)
	}
	return nil
}
