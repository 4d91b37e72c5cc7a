package runs

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/flow"
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
	run, err := c.Retry(ctx, id, req)
	if err != nil {
		return err
	}
	if f.detach {
		if f.show.JSON {
			return v.Print(run)
		}
		console.Say(v.Stdout, "%s\n", run.ID)
		return nil
	}
	graph, err := c.Graph(ctx, run.ID)
	if err != nil {
		return err
	}
	if !f.show.JSON && !f.show.Quiet {
		v.Note("Run %s repeats %s.\n", run.ID, id)
	}
	return f.show.Follow(ctx, v.World, c, run.ID, graph.Document)
}

// request makes sure that --from and --step agree.
func (f *retryFlags) request() (client.Retry, error) {
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
		return client.Retry{}, console.Usagef("--from is failed, start or step, not %q", f.from)
	}
	if (from == "step") != (f.step != "") {
		return client.Retry{}, console.Usagef("--from step and --step NODE belong together")
	}
	return client.Retry{From: from, Step: f.step, Draft: f.draft}, nil
}

// changed gives all parameters of the new run when one was given: those of the run before with what is said here.
func (f *retryFlags) changed(ctx context.Context, w *console.World, c *client.Client, id string) (map[string]any, error) {
	params, before, err := f.paramsOf(ctx, c, id)
	if err != nil {
		return nil, err
	}
	given, err := f.params.Given(w, params)
	if err != nil || given == nil {
		return nil, err
	}
	all := map[string]any{}
	for _, p := range params {
		if value, ok := before[p.Name]; ok {
			all[p.Name] = value
		}
	}
	maps.Copy(all, given)
	return all, nil
}

// paramsOf gives the parameters of the document that will run, and their values in the run before.
func (f *retryFlags) paramsOf(ctx context.Context, c *client.Client, id string) (flow.Params, map[string]any, error) {
	run, err := c.Run(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	before := map[string]any{}
	if len(run.Params) > 0 {
		if err := json.Unmarshal(run.Params, &before); err != nil {
			return nil, nil, err
		}
	}
	if f.draft && run.FlowID != "" {
		whole, err := c.Flow(ctx, run.FlowID)
		if err != nil {
			return nil, nil, err
		}
		return whole.Draft.Document.Spec.Params, before, nil
	}
	graph, err := c.Graph(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return graph.Document.Spec.Params, before, nil
}
