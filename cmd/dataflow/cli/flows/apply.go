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
)

// forceHelp says what --force is for.
const forceHelp = "publish although connections are not there yet, or cannot do what is asked of them"

// outcome is what apply and diff answer as JSON.
type outcome struct {
	Changes []change `json:"changes"`
	Applied bool     `json:"applied"`
}

func (o *planOptions) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.prune, "prune", false, "delete flows on the server that are in none of the files")
	cmd.Flags().StringArrayVar(&o.labels, "label", nil, "with --prune: delete only flows with this label, as `key=value`; may be repeated")
}

func newApply(w *console.World) *cobra.Command {
	var o planOptions
	var yes, dry bool
	var how api.PublishBody
	cmd := &cobra.Command{
		Use:   "apply FILE|FOLDER…",
		Short: "Make the server's flows those of files",
		Long: `Make the server's flows those of files. Of a folder every .yaml and .yml is read, folders within included.

First it makes a plan and shows it: flows to create, to update with the difference, and with --prune to delete. Then it asks,
unless --yes is given, and does it. What is the same already is left alone, so a second apply has nothing to do. A file that is
broken stops everything before anything is changed. The texts are kept as they are, comments included.

With --publish each flow whose meaning differs from its published version is published. Connections that are not there, or cannot
do what is asked of them, stop everything as broken files do, unless the published version has the same; with --force they do not.

` + remote.LoginHelp,
		Example: `  dataflow flows apply nightly.yaml
  dataflow flows apply flows/ --publish --note "$(git log -1 --format=%s)" --yes
  dataflow flows apply flows/ --prune --label team=safety
  dataflow flows apply flows/ --dry-run --json`,
		Args: cobra.MinimumNArgs(1),
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.publish, "publish", false, "publish what differs from its published version")
	cmd.Flags().StringVar(&how.Note, "note", "", "with --publish: what the versions are about")
	cmd.Flags().BoolVar(&how.Force, "force", false, "with --publish: "+forceHelp)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show the plan only")
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, paths []string) error {
		if how.Note != "" && !o.publish {
			return console.Usagef("--note is of the versions that --publish makes; it needs --publish")
		}
		if how.Force && !o.publish {
			return console.Usagef("--force is of the versions that --publish makes; it needs --publish")
		}
		o.force = how.Force
		p, err := newPlan(ctx, w, c, paths, o)
		if err != nil {
			return err
		}
		if !v.JSON {
			p.show(v)
		}
		if p.idle() || dry {
			if v.JSON {
				return v.Print(outcome{Changes: p.changes})
			}
			return nil
		}
		if err := v.Confirm(yes, "Apply?"); err != nil {
			return err
		}
		if err := p.apply(ctx, v, c, how); err != nil {
			return err
		}
		if v.JSON {
			return v.Print(outcome{Changes: p.changes, Applied: true})
		}
		return nil
	})
}

// signs stand before the lines of a plan.
var signs = map[action]struct{ sign, style string }{
	create: {"+", console.Green}, update: {"~", console.Amber}, remove: {"-", console.Red}, unchanged: {"=", console.Grey},
}

func (p *plan) show(v *remote.Verb) {
	for _, why := range p.skipped {
		v.Note("%s\n", why)
	}
	width := 0
	for _, c := range p.changes {
		width = max(width, len(c.Name))
	}
	for _, c := range p.changes {
		if c.idle() {
			continue
		}
		what := string(c.Action)
		if c.Action == unchanged {
			what = "publish"
		} else if c.Publish {
			what += ", publish"
		}
		s := signs[c.Action]
		line := fmt.Sprintf("%s %s  %s  %s", s.sign, console.Pad(what, len("create, publish")), console.Pad(c.Name, width), c.File)
		console.Say(v.Stdout, "%s\n", console.Paint(v.Color(), s.style, strings.TrimRight(line, " ")))
		writeDiff(v.Stdout, v.Color(), "    ", c.Diff)
	}
	if p.idle() {
		console.Say(v.Stdout, "Nothing to do: %s.\n", p.summary("as in the files"))
		return
	}
	console.Say(v.Stdout, "Plan: %s.\n", p.summary("unchanged"))
}

// summary counts the changes; same is the word for those that are none.
func (p *plan) summary(same string) string {
	publish, idle := 0, 0
	for _, c := range p.changes {
		if c.Publish {
			publish++
		}
		if c.idle() {
			idle++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{p.count(create), "to create"}, {p.count(update), "to update"}, {publish, "to publish"}, {p.count(remove), "to delete"}, {idle, same}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// apply makes the changes. Publishing comes when all texts are there, and deleting last. One that fails ends it; what
// has been done is said, and a further apply does the rest.
func (p *plan) apply(ctx context.Context, v *remote.Verb, c *client.Client, how api.PublishBody) error {
	done := 0
	for _, step := range []func(context.Context, *change) (string, error){
		func(ctx context.Context, ch *change) (string, error) { return save(ctx, c, ch) },
		func(ctx context.Context, ch *change) (string, error) { return publish(ctx, c, ch, how) },
		func(ctx context.Context, ch *change) (string, error) { return prune(ctx, c, ch) },
	} {
		for i := range p.changes {
			did, err := step(ctx, &p.changes[i])
			if err != nil {
				v.Note("%s made before this; apply again to do the rest.\n", console.Number(done, "change was", "changes were"))
				return fmt.Errorf("%s: %w", p.changes[i].Name, err)
			}
			if did == "" {
				continue
			}
			done++
			if !v.JSON {
				console.Say(v.Stdout, "%s\n", did)
			}
		}
	}
	return nil
}

func save(ctx context.Context, c *client.Client, ch *change) (string, error) {
	switch ch.Action {
	case create:
		f, err := c.CreateFlow(ctx, ch.text)
		ch.id, ch.revision = f.ID, f.Draft.Revision
		return "created " + ch.Name, err
	case update:
		d, err := c.SaveDraft(ctx, ch.id, ch.revision, ch.text)
		ch.revision = d.Revision
		return "updated " + ch.Name, err
	case unchanged, remove:
	}
	return "", nil
}

func publish(ctx context.Context, c *client.Client, ch *change, how api.PublishBody) (string, error) {
	if !ch.Publish {
		return "", nil
	}
	how.Revision = ch.revision // what the plan has shown
	made, err := c.Publish(ctx, ch.id, how)
	ch.Version, ch.Revision = made.Version, how.Revision
	return fmt.Sprintf("published %s as version %d, from revision %d of its draft", ch.Name, made.Version, how.Revision), err
}

func prune(ctx context.Context, c *client.Client, ch *change) (string, error) {
	if ch.Action != remove {
		return "", nil
	}
	return "deleted " + ch.Name, c.DeleteFlow(ctx, ch.id)
}
