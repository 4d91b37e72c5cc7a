package runs

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/engine"
)

func newBackfills(w *console.World) *cobra.Command {
	return remote.Group("backfills", "Look at backfills, watch and cancel them", "Look at the backfills of a flow, watch one until it ends, or cancel one.",
		`  dataflow backfills list nightly
  dataflow backfills watch 01kcx5t6m8q2v4w7y9z1a3b5d7`,
		newBackfillList(w), newBackfillWatch(w), newBackfillCancel(w))
}

func newBackfillList(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list FLOW",
		Short:   "List the backfills of a flow",
		Long:    "List the backfills of a flow.\n\n" + remote.LoginHelp,
		Example: `  dataflow backfills list nightly`,
		Args:    cobra.ExactArgs(1),
	}
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		found, err := c.FindFlow(ctx, args[0])
		if err != nil {
			return err
		}
		list, _, err := client.Collect(c.Backfills(ctx, found.ID), 0)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		if len(list) == 0 {
			v.Note("%s has had no backfill.\n", found.Name)
			return nil
		}
		t := console.Table{Header: []string{"BACKFILL", "STATUS", "ENDED", "FAILED", "RUNNING", "MADE", "BY"}}
		for _, b := range list {
			t.Add(console.Text(b.ID), remote.StatusCell(engine.Status(b.Status)), console.Text(fmt.Sprintf("%d/%d", b.Ended, b.Total)),
				console.Text(fmt.Sprint(b.Runs.Failed)), console.Text(fmt.Sprint(b.Runs.Running)), console.Text(instant(&b.CreatedAt)), console.Text(b.CreatedBy))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

func newBackfillWatch(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "watch BACKFILL",
		Short:   "Watch a backfill until it ends",
		Long:    "Watch a backfill until it ends. An interruption ends the watching; the backfill goes on.\n\n" + remote.LoginHelp,
		Example: `  dataflow backfills watch 01kcx5t6m8q2v4w7y9z1a3b5d7`,
		Args:    cobra.ExactArgs(1),
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		b, err := c.Backfill(ctx, args[0])
		if err != nil {
			return err
		}
		return follow(ctx, v, c, b, c.NameOf(ctx, b.FlowID), false)
	})
}

func newBackfillCancel(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cancel BACKFILL",
		Short:   "Cancel a backfill",
		Long:    "Cancel a backfill: its runs are canceled, and no further one begins.\n\n" + remote.LoginHelp,
		Example: `  dataflow backfills cancel 01kcx5t6m8q2v4w7y9z1a3b5d7`,
		Args:    cobra.ExactArgs(1),
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		b, err := c.CancelBackfill(ctx, args[0])
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(b)
		}
		console.Say(v.Stdout, "canceled backfill %s of %s: %d of %s ended\n", b.ID, c.NameOf(ctx, b.FlowID), b.Ended, console.Number(b.Total, "run", "runs"))
		return nil
	})
}
