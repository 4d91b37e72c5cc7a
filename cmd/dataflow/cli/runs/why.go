package runs

import (
	"context"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
)

func newWhy(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "why RUN",
		Short:   "Say why a run waits",
		Long:    "Say why a run does not go on, and for each step of it that waits what it waits for.\n\n" + remote.LoginHelp,
		Example: `  dataflow runs why 01kcx5t6m8q2v4w7y9z1a3b5d7`,
		Args:    cobra.ExactArgs(1),
	}
	remote.Complete(w, cmd, 1, remote.RunIDs)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		why, err := c.Why(ctx, args[0])
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(why)
		}
		if why.Reason != "" {
			console.Say(v.Stdout, "%s\n", console.Printable(console.Sentence(why.Reason)))
		}
		if len(why.Steps) == 0 {
			if why.Reason == "" {
				v.Note("Neither the run nor a step of it waits.\n")
			}
			return nil
		}
		t := console.Table{Header: []string{"STEP", "STATUS", "WHY"}}
		for _, s := range why.Steps {
			t.Add(console.Text(s.Step), remote.StatusCell(s.Status), console.Text(s.Reason))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}
