package flows

import (
	"context"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
)

type runFlags struct {
	start  api.StartRunBody
	key    string
	detach bool
	params flowfile.Params
	show   progress.Options
}

func newRun(w *console.World) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NAME",
		Short: "Run a flow of the server",
		Long: `Run a flow that the server has, its draft or a published version, and show how it goes. An interruption cancels the run, unless
--detach left it alone. (` + "`dataflow run FILE`" + ` runs a file.)

` + remote.LoginHelp,
		Example: `  dataflow flows run nightly --param date=2026-01-31
  dataflow flows run nightly --version 3 --detach
  dataflow flows run nightly --target clean --test`,
		Args: cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.IntVar(&f.start.Version, "version", 0, "published version to run; 0 is the draft")
	fl.StringArrayVar(&f.start.Targets, "target", nil, "run only as far as this `node`; may be repeated")
	fl.BoolVar(&f.start.Keep, "keep", false, "keep every table to look at, also those that the next step could compute along")
	fl.BoolVar(&f.start.Test, "test", false, "take pinned outputs in place of carrying nodes out")
	fl.StringVar(&f.key, "idempotency-key", "", "a second start with the same `key` answers the first run")
	fl.BoolVar(&f.detach, "detach", false, "print the run and do not wait for it")
	f.params.Flags(fl)
	f.show.Flags(fl)
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		return f.run(ctx, v, c, args[0])
	})
}

func (f *runFlags) run(ctx context.Context, v *remote.Verb, c *client.Client, name string) error {
	found, err := c.FindFlow(ctx, name)
	if err != nil {
		return err
	}
	doc, err := c.Document(ctx, found.ID, f.start.Version)
	if err != nil {
		return err
	}
	if f.start.Params, err = f.params.Given(v.World, doc.Spec.Params); err != nil {
		return err
	}
	begin, done := v.UntilAnswered(ctx)
	defer done()
	run, err := c.Start(begin, found.ID, f.start, f.key)
	if err != nil {
		return err
	}
	if !f.detach {
		return f.show.Follow(ctx, v.World, c, run.ID, doc)
	}
	return v.Detached(run.ID, run, f.show.JSON)
}
