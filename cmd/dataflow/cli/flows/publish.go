package flows

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/flow"
)

func newPublish(w *console.World) *cobra.Command {
	var how api.PublishBody
	cmd := &cobra.Command{
		Use:   "publish NAME…",
		Short: "Publish the drafts of flows as new versions",
		Long: `Publish the drafts of flows as new versions. A draft that means the same as the published version is left alone.

A connection that is not there, or that cannot do what a step asks of it, refuses this, unless the published version has the same.
With --force it is published all the same, such as when the connection is to be made afterwards, and it is said what is wrong with it.
Errors of the flow itself always refuse it.

What is published is the draft that this command has read, which says its revision; one that somebody changes meanwhile is refused.
With --revision it is the draft that was seen before.

` + remote.LoginHelp,
		Example: `  dataflow flows publish nightly
  dataflow flows publish nightly --force --revision 7
  dataflow flows publish nightly sales --note "new tariff"`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&how.Note, "note", "", "what the version is about")
	cmd.Flags().BoolVar(&how.Force, "force", false, forceHelp)
	cmd.Flags().Int64Var(&how.Revision, "revision", 0, "publish only the draft of this revision (default: the one that is there now)")
	remote.Complete(w, cmd, 0, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		switch {
		case how.Revision < 0 || how.Revision == 0 && cmd.Flags().Changed("revision"):
			return console.Usagef("--revision is a number from 1 on")
		case how.Revision > 0 && len(names) > 1:
			return console.Usagef("--revision is that of one flow; name only one")
		}
		list, err := find(ctx, c, names)
		if err != nil {
			return err
		}
		versions := map[string]int{}
		for _, f := range list {
			if !f.DraftChanged && how.Revision == 0 {
				v.Note("%s is published already, as version %d.\n", f.Name, f.PublishedVersion)
				versions[f.Name] = f.PublishedVersion
				continue
			}
			made, err := publishSeen(ctx, v, c, f, how)
			if err != nil {
				return fmt.Errorf("publish %s: %w", f.Name, err)
			}
			versions[f.Name] = made.Version
			if !v.JSON {
				console.Say(v.Stdout, "published %s as version %d\n", f.Name, made.Version)
			}
		}
		if v.JSON {
			return v.Print(versions)
		}
		return nil
	})
}

// publishSeen publishes the draft as it is shown, and no other one.
func publishSeen(ctx context.Context, v *remote.Verb, c *client.Client, f api.FlowSummary, how api.PublishBody) (api.FlowVersion, error) {
	seen, err := c.Flow(ctx, f.ID)
	if err != nil {
		return api.FlowVersion{}, err
	}
	if how.Revision == 0 {
		how.Revision = seen.Draft.Revision
	}
	problems := seen.Draft.Analysis.Problems
	lacking := slices.ContainsFunc(problems, func(p flow.Problem) bool { return p.Unpublishable })
	broken := slices.ContainsFunc(problems, func(p flow.Problem) bool { return p.Severity == flow.Error })
	if how.Force && lacking && how.Revision == seen.Draft.Revision {
		v.Note("%s is published as its draft is at revision %d, changed by %s at %s, although:\n", f.Name, seen.Draft.Revision, console.Printable(f.UpdatedBy), moment(f.UpdatedAt))
		for _, p := range problems {
			if p.Unpublishable {
				v.Note("  %s\n", console.Printable(p.Message))
			}
		}
	}
	made, err := c.Publish(ctx, f.ID, how)
	if err != nil && !how.Force && lacking && !broken {
		v.Note("The draft of %s is at revision %d; --force --revision %d publishes it all the same, and no other one.\n", f.Name, seen.Draft.Revision, seen.Draft.Revision)
	}
	return made, err
}
