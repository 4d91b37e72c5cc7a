// Package flows is the commands about the flows on a server: list, apply, diff, export, publish and delete.
package flows

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
)

// New gives `dataflow flows`, which lists by itself.
func New(w *console.World) *cobra.Command {
	cmd := newList(w, "flows")
	cmd.Short = "Keep the flows of a server: list, apply, diff, export, publish, lineage, quality, run, delete"
	cmd.Long = "Keep the flows of a server. Without a further word it lists them.\n\n" + remote.LoginHelp
	cmd.Example = `  dataflow flows
  dataflow flows apply flows/
  dataflow flows diff flows/
  dataflow flows export --dir flows/`
	cmd.AddCommand(newList(w, "list"), newApply(w), newDiff(w), newExport(w), newPublish(w), newVersions(w), newLineage(w), newQuality(w), newMarks(w), newRun(w), newDelete(w))
	return cmd
}

func newList(w *console.World, use string) *cobra.Command {
	var query, sort string
	cmd := &cobra.Command{
		Use:   use,
		Short: "List flows",
		Long:  "List flows with their published version, whether the draft differs from it, and their last run.\n\n" + remote.LoginHelp,
		Example: `  dataflow flows list
  dataflow flows list --query sales --sort -updated_at
  dataflow flows list --json | jq -r '.[].name'`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&query, "query", "", "only flows with this `text` in their name, title or description")
	cmd.Flags().StringVar(&sort, "sort", "name", "name, title, created_at or updated_at; - in front for descending")
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		list, _, err := client.Collect(c.Flows(ctx, query, sort), 0)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		if len(list) == 0 && query != "" {
			v.Note("There is no flow with %q in its name, title or description.\n", query)
			return nil
		}
		show(v, list)
		return nil
	})
}

func show(v *remote.Verb, list []api.FlowSummary) {
	if len(list) == 0 {
		v.Note("There are no flows. `dataflow flows apply FILE` makes some.\n")
		return
	}
	t := console.Table{Header: []string{"NAME", "TITLE", "NODES", "PUBLISHED", "DRAFT", "LAST RUN", "UPDATED"}}
	const widestTitle = 40
	for _, f := range list {
		published, draft, last := "–", "unpublished", console.Text("–")
		if f.PublishedVersion > 0 {
			published, draft = fmt.Sprint(f.PublishedVersion), "same"
			if f.DraftChanged {
				draft = "changed"
			}
		}
		if f.LastRun != nil {
			last = remote.StatusCell(f.LastRun.Status)
			last.Text += " " + moment(f.LastRun.CreatedAt)
		}
		t.Add(console.Text(f.Name), console.Text(console.Shorten(f.Title, widestTitle)), console.Text(fmt.Sprint(f.NodeCount)),
			console.Text(published), console.Text(draft), last, console.Text(moment(f.UpdatedAt)))
	}
	t.Write(v.Stdout, v.Color())
}

func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func newVersions(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "versions NAME",
		Short:   "List the published versions of a flow",
		Long:    "List the published versions of a flow, the newest first. `dataflow flows export NAME --version N` prints one.\n\n" + remote.LoginHelp,
		Example: `  dataflow flows versions nightly`,
		Args:    cobra.ExactArgs(1),
	}
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		f, err := c.FindFlow(ctx, names[0])
		if err != nil {
			return err
		}
		list, _, err := client.Collect(c.Versions(ctx, f.ID), 0)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		if len(list) == 0 {
			v.Note("Nothing of %s has been published.\n", f.Name)
			return nil
		}
		t := console.Table{Header: []string{"VERSION", "PUBLISHED", "BY", "NOTE"}}
		for _, one := range list {
			t.Add(console.Text(fmt.Sprint(one.Version)), console.Text(moment(one.CreatedAt)), console.Text(one.CreatedBy), console.Text(one.Note))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

func newDelete(w *console.World) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete NAME…",
		Short: "Delete flows",
		Long:  "Delete flows with their versions and webhooks; their runs stay. It asks first, unless --yes is given.\n\n" + remote.LoginHelp,
		Example: `  dataflow flows delete old
  dataflow flows delete old older --yes`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	remote.Complete(w, cmd, 0, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		list, err := find(ctx, c, names)
		if err != nil {
			return err
		}
		if err := v.Confirm(yes, fmt.Sprintf("Delete %s with all versions and webhooks?", console.Number(len(list), "flow", "flows"))); err != nil {
			return err
		}
		gone := []string{}
		for _, f := range list {
			if err := c.DeleteFlow(ctx, f.ID); err != nil {
				return fmt.Errorf("delete %s: %w", f.Name, err)
			}
			gone = append(gone, f.Name)
			if !v.JSON {
				console.Say(v.Stdout, "deleted %s\n", f.Name)
			}
		}
		if v.JSON {
			return v.Print(gone)
		}
		return nil
	})
}

// find gives the flows of all names before anything is done to one of them.
func find(ctx context.Context, c *client.Client, names []string) ([]api.FlowSummary, error) {
	list := make([]api.FlowSummary, len(names))
	for i, name := range names {
		var err error
		if list[i], err = c.FindFlow(ctx, name); err != nil {
			return nil, err
		}
	}
	return list, nil
}
