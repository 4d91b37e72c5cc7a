package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/cmd/dataflow/cli/remote"
)

type runFlags struct {
	params       flowfile.Params
	show         progress.Options
	connection   remote.Connection
	replaceFiles bool
	python       string
	tables       tableFlags
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

` + remote.LoginHelp,
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
	f.params.Flags(fl)
	f.show.Flags(fl)
	f.connection.Flags(fl)
	fl.Lookup("server").Usage = "`address` of a server to run on, such as http://localhost:3000; absent runs here"
	fl.BoolVar(&f.replaceFiles, "replace-files", false, "replace files on the server that differ from those here")
	fl.StringVar(&f.python, "python", "", "Python `interpreter` with coderunner's requirements, for flows with Python nodes")
	f.tables.add(fl)
	return cmd
}

func (f *runFlags) run(ctx context.Context, w *World, name string) error {
	file, err := flowfile.Read(w, name)
	if err != nil {
		return err
	}
	params, err := f.params.Resolve(w, file.Doc.Spec.Params)
	if err != nil {
		return err
	}
	if f.connection.Server == "" {
		if err := withoutEnvironments(file.Doc.Spec.Nodes); err != nil {
			return err
		}
		tables, err := f.tables.config()
		if err != nil {
			return err
		}
		l, err := startLocal(ctx, w, localConfig{file: name, doc: file.Doc, places: file.Places, python: f.python, tables: tables})
		if err != nil {
			return err
		}
		defer l.close()
		run, err := l.begin(ctx, params)
		if err != nil {
			return err
		}
		return f.show.Follow(ctx, w, l, run.ID, file.Doc)
	}
	c, err := f.connection.Open(ctx, w)
	if err != nil {
		return err
	}
	if err := bring(ctx, c, w, name, file.Doc, f.replaceFiles); err != nil {
		return err
	}
	begin, done := w.UntilAnswered(ctx)
	defer done()
	run, err := c.StartText(begin, file.Text, params)
	if err != nil {
		return err
	}
	return f.show.Follow(ctx, w, c, run.ID, file.Doc)
}
