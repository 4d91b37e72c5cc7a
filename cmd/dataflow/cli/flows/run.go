package flows

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
)

type runFlags struct {
	start   api.StartRunBody
	version remote.Version
	key     string
	detach  bool
	params  flowfile.Params
	show    progress.Options
}

func newRun(w *console.World) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NAME",
		Short: "Run a flow of the server",
		Long: `Run a flow that the server has and show how it goes. It is the flow's draft that runs, as the server has it now. With --version
published it is the version that was published last, which is what webhooks run; with a number, any other one. An
interruption cancels the run, unless --detach left it alone.

` + "`dataflow run FILE --server ADDRESS`" + ` runs a file on the server, without keeping it as a flow there.

` + remote.LoginHelp,
		Example: `  dataflow flows run nightly --param date=2026-01-31
  dataflow flows run nightly --version published
  dataflow flows run nightly --version 3 --detach
  dataflow flows run nightly --target clean --test`,
		Args: cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	f.version.Flag(cmd, fl, "to run")
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
	if f.start.Version, err = f.version.Of(found); err != nil {
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
	if !f.show.JSON && !f.show.Quiet {
		v.Note("Run %s runs %s.\n", run.ID, what(found, f.start.Version))
	}
	if !f.detach {
		return f.show.Follow(ctx, v.World, c, run.ID, doc)
	}
	return v.Detached(run.ID, run, f.show.JSON)
}

// what says what a run of a flow runs: the draft is often not what is published, and webhooks run that.
func what(f api.FlowSummary, version int) string {
	switch {
	case version > 0:
		return fmt.Sprintf("version %d of %s", version, f.Name)
	case f.PublishedVersion == 0:
		return fmt.Sprintf("the draft of %s", f.Name)
	case f.DraftChanged:
		return fmt.Sprintf("the draft of %s, which differs from the published version %d (--version published runs that)", f.Name, f.PublishedVersion)
	}
	return fmt.Sprintf("the draft of %s, which is as the published version %d", f.Name, f.PublishedVersion)
}
