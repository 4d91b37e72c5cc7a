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
	"dataflow/ide-go-lib/errs"
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

What is published is the draft as this command finds it; one that somebody changes meanwhile is refused. With --revision it is the
draft of that revision, and a later one is refused. The revision is said where --force is needed, and where it was.

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
			version, err := publishSeen(ctx, v, c, f.ID, how)
			if err != nil {
				return fmt.Errorf("publish %s: %w", f.Name, err)
			}
			versions[f.Name] = version
		}
		if v.JSON {
			return v.Print(versions)
		}
		return nil
	})
}

// publishSeen publishes the draft as it is now and no other one, unless that means what is published already. It gives the version.
func publishSeen(ctx context.Context, v *remote.Verb, c *client.Client, id string, how api.PublishBody) (int, error) {
	seen, err := c.Flow(ctx, id)
	if err != nil {
		return 0, err
	}
	if how.Revision == 0 {
		how.Revision = seen.Draft.Revision
	}
	current := how.Revision == seen.Draft.Revision
	if current && !seen.DraftChanged {
		v.Note("%s is published already, as version %d.\n", seen.Name, seen.PublishedVersion)
		return seen.PublishedVersion, nil
	}
	made, err := c.Publish(ctx, id, how)
	if err != nil {
		if errs.From(err).Code == flow.CodeForce && current {
			v.Note("The draft of %s is at revision %d; --force --revision %d publishes it all the same, and no other one.\n", seen.Name, how.Revision, how.Revision)
		}
		return 0, err
	}
	if !v.JSON {
		console.Say(v.Stdout, "published %s as version %d, from revision %d of its draft\n", seen.Name, made.Version, how.Revision)
	}
	problems := seen.Draft.Analysis.Problems
	if lacking := func(p flow.Problem) bool { return p.Unpublishable }; how.Force && slices.ContainsFunc(problems, lacking) {
		v.Note("%s is published as its draft was at revision %d, changed by %s at %s, although:\n", seen.Name, how.Revision, console.Printable(seen.UpdatedBy), moment(seen.UpdatedAt))
		for _, p := range problems {
			if lacking(p) {
				v.Note("  %s\n", console.Printable(p.Message))
			}
		}
	}
	return made.Version, nil
}
