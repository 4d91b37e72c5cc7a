package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/table"
)

// backend carries out a run: here, or on a server.
type backend interface {
	begin(ctx context.Context, text string, params map[string]any) (engine.Run, error)
	// watch shows the run's events until it has ended or ctx has.
	watch(ctx context.Context, id string, show func(engine.Event)) error
	run(ctx context.Context, id string) (engine.Run, error)
	steps(ctx context.Context, id string) ([]engine.Step, error)
	cancel(ctx context.Context, id string) error
	page(ctx context.Context, artifact string, limit int64) (table.Page, error)
}

type runFlags struct {
	params       paramFlags
	json, quiet  bool
	server       string
	credentials  credentials
	replaceFiles bool
	python       string
	rows         int64
}

func newRun(w *World) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a flow, here or on a server",
		Long: `Run a flow from its YAML file and show how it goes.

Without --server the flow runs in this process: its files are those of the folder that the flow's file lies in, and nothing
stays behind but what it writes there. With --server it runs on a server; the files that it reads are uploaded first, and a
file that is there already with other content is an error unless --replace-files is given.

Log in to a server with --token (or DATAFLOW_TOKEN), or with --user (DATAFLOW_USER) and DATAFLOW_PASSWORD.`,
		Example: `  dataflow run examples/birdstrikes/flow.yaml
  dataflow run flow.yaml --param min_cost=1000 --param state=Texas
  dataflow run flow.yaml --params-file params.yaml --json
  dataflow run flow.yaml --server http://localhost:3000 --token dft_…`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := applySettings(w, cmd); err != nil {
				return err
			}
			return f.run(cmd.Context(), w, args[0])
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.params.pairs, "param", nil, "value of a parameter, as `name=value`; may be repeated")
	fl.StringVar(&f.params.file, "params-file", "", "YAML or JSON `file` with values of parameters")
	fl.BoolVar(&f.json, "json", false, "write each event as a line of JSON to standard output")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "show no progress, only results and errors")
	fl.Int64Var(&f.rows, "rows", 5, "how many rows of each resulting table to show")
	fl.StringVar(&f.server, "server", "", "`address` of a server to run on, such as http://localhost:3000")
	fl.StringVar(&f.credentials.token, "token", "", "API token for the server")
	fl.StringVar(&f.credentials.user, "user", "", "name to log in to the server with")
	fl.StringVar(&f.credentials.password, "password", "", "password to log in with; better given as DATAFLOW_PASSWORD")
	fl.BoolVar(&f.replaceFiles, "replace-files", false, "replace files on the server that differ from those here")
	fl.StringVar(&f.python, "python", "", "Python `interpreter` with coderunner's requirements, for flows with Python nodes")
	return cmd
}

func (f *runFlags) run(ctx context.Context, w *World, file string) error {
	text, doc, places, err := readFlow(w, file)
	if err != nil {
		return err
	}
	params, err := f.params.resolve(w, doc.Spec.Params)
	if err != nil {
		return err
	}
	var b backend
	if f.server != "" {
		r, err := connect(ctx, f.server, f.credentials)
		if err != nil {
			return err
		}
		if err := r.bring(ctx, w, file, doc, f.replaceFiles); err != nil {
			return err
		}
		b = r
	} else {
		l, err := startLocal(ctx, w, localConfig{file: file, doc: doc, places: places, python: f.python})
		if err != nil {
			return err
		}
		defer l.close()
		b = l
	}
	return f.follow(ctx, w, b, text, doc, params)
}

// cancelGrace is how long a canceled run may take to end.
const cancelGrace = 15 * time.Second

func (f *runFlags) follow(ctx context.Context, w *World, b backend, text string, doc *flow.Document, params map[string]any) error {
	run, err := b.begin(ctx, text, params)
	if err != nil {
		return err
	}
	v := f.view(w, doc)
	err = b.watch(ctx, run.ID, v.show)
	if errors.Is(err, errSignal) {
		// The run is canceled with the command that started it, and seen to its end.
		after, done := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer done()
		if err = b.cancel(after, run.ID); err == nil {
			err = b.watch(after, run.ID, v.show)
		}
		ctx = after
	}
	v.close()
	if err != nil {
		return err
	}
	if run, err = b.run(ctx, run.ID); err != nil {
		return err
	}
	if f.json {
		return withCode(codeOfStatus(run.Status), errIfNot(run.Status))
	}
	return f.conclude(ctx, w, b, run)
}

func (f *runFlags) view(w *World, doc *flow.Document) view {
	switch {
	case f.json:
		return newJSONView(w.Stdout)
	case f.quiet:
		return newLineView(io.Discard, false, nil)
	}
	ids := make([]string, len(doc.Spec.Nodes))
	for i, n := range doc.Spec.Nodes {
		ids[i] = n.ID
	}
	return newLineView(w.Stderr, w.Terminal, ids)
}

// conclude says how the run ended and what came of it.
func (f *runFlags) conclude(ctx context.Context, w *World, b backend, run engine.Run) error {
	steps, err := b.steps(ctx, run.ID)
	if err != nil {
		return err
	}
	if run.Status == engine.Succeeded {
		if err := showResults(ctx, w.Stdout, b, steps, f.rows); err != nil {
			return err
		}
	}
	took := ""
	if run.StartedAt != nil && run.EndedAt != nil {
		took = " after " + duration(run.EndedAt.Sub(*run.StartedAt))
	}
	say(w.Stderr, "Run %s of %s %s%s.\n", run.ID, run.FlowName, run.Status, took)
	if run.Status == engine.Succeeded {
		return nil
	}
	for _, s := range steps {
		if s.Status != engine.Failed || s.Error == nil {
			continue
		}
		say(w.Stderr, "  node %s: %s\n", s.NodeID, s.Error.Message)
		for _, d := range s.Error.Details {
			say(w.Stderr, "    %s\n", d)
		}
		if s.Error.Hint != "" {
			say(w.Stderr, "    %s\n", s.Error.Hint)
		}
	}
	return withCode(codeOfStatus(run.Status), errReported)
}

func codeOfStatus(s engine.Status) int {
	switch s {
	case engine.Succeeded:
		return exitOK
	case engine.Canceled:
		return exitCanceled
	}
	return exitFailed
}

func errIfNot(s engine.Status) error {
	if s == engine.Succeeded {
		return nil
	}
	return errReported
}
