package flows

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
)

func newDiff(w *console.World) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "diff FILE|FOLDER…",
		Short: "Compare flow files with the server",
		Long: `Compare flow files with the drafts on the server and print what differs as a unified diff, from the server's text to the
file's. Nothing is changed. The exit code is 8 when there are differences.

` + remote.LoginHelp,
		Example: `  dataflow flows diff flows/
  dataflow flows diff flows/ --prune            # flows that no file has are listed too
  dataflow flows diff nightly.yaml | less -R`,
		Args: cobra.MinimumNArgs(1),
	}
	o.flags(cmd)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, paths []string) error {
		p, err := newPlan(ctx, w, c, paths, o)
		if err != nil {
			return err
		}
		if v.JSON {
			if err := v.Print(outcome{Changes: p.changes}); err != nil {
				return err
			}
		} else {
			p.showDiff(v)
		}
		if p.idle() {
			return nil
		}
		return console.WithCode(console.ExitDifferent, console.ErrReported)
	})
}

func (p *plan) showDiff(v *remote.Verb) {
	for _, why := range p.skipped {
		v.Note("%s\n", why)
	}
	for _, c := range p.changes {
		switch c.Action {
		case create:
			console.Say(v.Stdout, "only in %s: %s\n", c.File, c.Name)
		case remove:
			console.Say(v.Stdout, "only on the server: %s\n", c.Name)
		case update:
			writeDiff(v.Stdout, v.Color(), "", c.Diff)
		case unchanged:
		}
	}
	v.Note("%s.\n", p.summary("the same"))
}

// unified compares two texts.
func unified(fromName, toName, from, to string) (string, error) {
	const context = 3
	text, err := udiff.ToUnified(fromName, toName, from, udiff.Lines(from, to), context)
	if err != nil {
		return "", fmt.Errorf("compare %s with %s: %w", fromName, toName, err)
	}
	return text, nil
}

// writeDiff prints a unified diff with its lines coloured and indented.
func writeDiff(w io.Writer, color bool, indent, diff string) {
	for line := range strings.Lines(diff) {
		line = strings.TrimSuffix(line, "\n")
		style := ""
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
			style = console.Bold
		case strings.HasPrefix(line, "+"):
			style = console.Green
		case strings.HasPrefix(line, "-"):
			style = console.Red
		case strings.HasPrefix(line, "@@"):
			style = console.Blue
		}
		console.Say(w, "%s%s\n", indent, console.Paint(color, style, line))
	}
}
