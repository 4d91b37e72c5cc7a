package runs

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

type retryFlags struct {
	from, step string
	draft      bool
	detach     bool
	params     flowfile.Params
	show       progress.Options
}

func newRetry(w *console.World) *cobra.Command {
	var f retryFlags
	cmd := &cobra.Command{
		Use:   "retry RUN",
		Short: "Repeat a run, from what failed, from a step or from the start",
		Long: `Repeat a run as a new run and show how it goes. Steps that would do the same on the same inputs are taken over from the run
before; what follows from a change is carried out anew.

  --from failed   what did not succeed, and what follows (the default)
  --from step     the step named by --step, and what follows
  --from start    everything

With --param the new run gets other parameters; those that are not named stay. With --draft it runs the flow's draft in place of
the document that the run before used. An interruption cancels the new run, unless --detach left it alone.

` + remote.LoginHelp,
		Example: `  dataflow retry 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow retry 01kcx5t6m8q2v4w7y9z1a3b5d7 --step clean
  dataflow retry 01kcx5t6m8q2v4w7y9z1a3b5d7 --from start --param date=2026-01-31
  dataflow retry 01kcx5t6m8q2v4w7y9z1a3b5d7 --draft --detach`,
		Args: cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.from, "from", "", "failed, start or step")
	fl.StringVar(&f.step, "step", "", "`node` to begin from")
	fl.BoolVar(&f.draft, "draft", false, "run the flow's draft")
	fl.BoolVar(&f.detach, "detach", false, "print the new run and do not wait for it")
	f.params.Flags(fl)
	f.show.Flags(fl)
	remote.Complete(w, cmd, 1, remote.RunIDs)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		return f.retry(ctx, v, c, args[0])
	})
}

func (f *retryFlags) retry(ctx context.Context, v *remote.Verb, c *client.Client, id string) error {
	req, err := f.request()
	if err != nil {
		return err
	}
	if req.Params, err = f.changed(ctx, v.World, c, id); err != nil {
		return err
	}
	begin, done := v.UntilAnswered(ctx)
	defer done()
	run, err := c.Retry(begin, id, req)
	if err != nil {
		return err
	}
	if f.detach {
		return v.Detached(run.ID, run, f.show.JSON)
	}
	graph, err := c.Graph(begin, run.ID)
	if err != nil {
		return err
	}
	if !f.show.JSON && !f.show.Quiet {
		v.Note("Run %s repeats %s.\n", run.ID, id)
	}
	return f.show.Follow(ctx, v.World, c, run.ID, graph.Document)
}

// request makes sure that --from and --step agree.
func (f *retryFlags) request() (api.RetryBody, error) {
	from := f.from
	switch {
	case from == "" && f.step != "":
		from = "step"
	case from == "":
		from = "failed"
	}
	switch from {
	case "failed", "start", "step":
	default:
		return api.RetryBody{}, console.Usagef("--from is failed, start or step, not %q", f.from)
	}
	if (from == "step") != (f.step != "") {
		return api.RetryBody{}, console.Usagef("--from step and --step NODE belong together")
	}
	return api.RetryBody{From: from, Step: f.step, Draft: f.draft}, nil
}

// changed gives the parameters that the new run has of its own, in the types of the document that will run.
func (f *retryFlags) changed(ctx context.Context, w *console.World, c *client.Client, id string) (map[string]any, error) {
	if !f.params.Some() {
		return nil, nil
	}
	if f.draft {
		run, err := c.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		if run.FlowID != "" {
			doc, err := c.Document(ctx, run.FlowID, 0)
			if err != nil {
				return nil, err
			}
			return f.params.Given(w, doc.Spec.Params)
		}
	}
	graph, err := c.Graph(ctx, id)
	if err != nil {
		return nil, err
	}
	return f.params.Given(w, graph.Document.Spec.Params)
}
