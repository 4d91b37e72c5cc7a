package flows

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/node"
)

func newMarks(w *console.World) *cobra.Command {
	var forget, yes bool
	var step string
	cmd := &cobra.Command{
		Use:   "marks NAME",
		Short: "Show how far a flow's incremental reads have come",
		Long: `Show how far the steps of a flow that read only what is new have come, by what they read. With --forget they begin anew: the
next run reads everything, as the first one did. It asks first, unless --yes is given.

` + remote.LoginHelp,
		Example: `  dataflow flows marks nightly
  dataflow flows marks nightly --forget --step read`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "let them begin anew")
	cmd.Flags().StringVar(&step, "step", "", "only the `step` of that id, with the instances of containers around it")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		f, err := c.FindFlow(ctx, names[0])
		if err != nil {
			return err
		}
		marks, err := c.Marks(ctx, f.ID)
		if err != nil {
			return err
		}
		if forget {
			what := "all incremental reads of " + f.Name
			if step != "" {
				what = step + " of " + f.Name
			}
			if err := v.Confirm(yes, fmt.Sprintf("Let %s begin anew?", what)); err != nil {
				return err
			}
			if err := c.ForgetMarks(ctx, f.ID, step); err != nil {
				return err
			}
			if marks, err = c.Marks(ctx, f.ID); err != nil {
				return err
			}
		}
		if v.JSON {
			return v.Print(marks)
		}
		if len(marks) == 0 {
			v.Note("No step of %s remembers how far it has come: the next run reads everything.\n", f.Name)
			return nil
		}
		const widest = 60
		t := console.Table{Header: []string{"STEP", "READS", "UP TO", "SINCE"}}
		for _, m := range marks {
			reads, value := said(m)
			t.Add(console.Text(m.Step), console.Text(console.Shorten(reads, widest)), console.Text(console.Shorten(value, widest)), console.Text(moment(m.At)))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

// said puts a mark into words, as far as somebody knows them.
func said(m api.Mark) (reads, value string) {
	r := m.Reads
	if r == nil {
		return string(m.Subject), m.Value
	}
	name := r.Name
	if name == "" {
		name = "all"
	}
	reads, value = fmt.Sprintf("%s %s of %s", r.Kind, strings.Join(strings.Fields(name), " "), r.Connection), r.Value
	if r.Only != "" {
		reads += ", only " + r.Only
	}
	switch {
	case r.Kind == node.MarkedObjects:
		value = fmt.Sprintf("%d seen", r.Seen)
	case r.Column != "":
		value = r.Column + " " + value
	}
	return reads, value
}
