// Package runs is the commands about runs on a server: list and show them, follow their logs, and pause, cancel, repeat,
// delete and answer them.
package runs

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/engine"
)

// New gives the commands.
func New(w *console.World) []*cobra.Command {
	return []*cobra.Command{newRuns(w), newLogs(w), newCancel(w), newRetry(w), newBackfill(w), newBackfills(w), newApprovals(w)}
}

// newRuns gives `dataflow runs`, which lists by itself.
func newRuns(w *console.World) *cobra.Command {
	cmd := newList(w, "runs")
	cmd.Short = "Look at runs on a server, and pause, resume, cancel, retry or delete them"
	cmd.Long = "Look at the runs on a server and act on one or many of them. Without a further word it lists them.\n\n" + remote.LoginHelp
	cmd.Example = `  dataflow runs --flow nightly --status failed --since 7d
  dataflow runs show 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow runs why 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow runs delete --flow nightly --until 2026-01-01`
	cmd.AddCommand(newList(w, "list"), newShow(w), newWatch(w), newWhy(w))
	for _, a := range actions {
		cmd.AddCommand(newAct(w, a))
	}
	return cmd
}

func newList(w *console.World, use string) *cobra.Command {
	var filter filterFlags
	var limit int
	var sort string
	cmd := &cobra.Command{
		Use:   use,
		Short: "List runs",
		Long:  "List runs, the newest first.\n\n" + remote.LoginHelp,
		Example: `  dataflow runs list
  dataflow runs list --flow nightly --status failed,canceled --since 7d
  dataflow runs list --sort -duration --limit 10
  dataflow runs list --status running --json | jq -r '.[].id'`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&sort, "sort", "-created_at", "created_at or duration; - in front for descending")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many runs to list; 0 is all")
	filter.flags(w, cmd)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		if limit < 0 {
			return console.Usagef("--limit is 0 or more, not %d", limit)
		}
		f, err := filter.resolve(ctx, w, c)
		if err != nil {
			return err
		}
		f.Sort = sort
		list, more, err := client.Collect(c.Runs(ctx, f), limit)
		if err != nil {
			return err
		}
		if v.JSON {
			err = v.Print(list)
		} else {
			showList(v, list)
		}
		if more {
			v.Note("There are more; --limit shows them.\n")
		}
		return err
	})
}

func showList(v *remote.Verb, list []engine.Run) {
	if len(list) == 0 {
		v.Note("There are no such runs.\n")
		return
	}
	t := console.Table{Header: []string{"RUN", "FLOW", "STATUS", "STEPS", "MADE", "TOOK", "BY"}}
	for _, r := range list {
		t.Add(console.Text(r.ID), console.Text(flowText(r)), statusOf(r), console.Text(fmt.Sprintf("%d/%d", r.StepsDone, r.StepsTotal)),
			console.Text(instant(&r.CreatedAt)), console.Text(took(v.World, r.StartedAt, r.EndedAt)), console.Text(byText(r)))
	}
	t.Write(v.Stdout, v.Color())
}

func flowText(r engine.Run) string {
	if r.FlowVersion > 0 {
		return fmt.Sprintf("%s v%d", r.FlowName, r.FlowVersion)
	}
	return r.FlowName
}

func byText(r engine.Run) string {
	if r.Trigger.Type == "manual" || r.Trigger.Type == "" {
		return r.By
	}
	return r.By + ", " + r.Trigger.Type
}

// statusOf is a run's status with what is special about it.
func statusOf(r engine.Run) console.Cell {
	cell := remote.StatusCell(r.Status)
	if r.PausedBy != "" {
		cell.Text, cell.Style = "paused", console.Amber
	}
	if r.Late {
		cell.Text += ", late"
	}
	return cell
}

func instant(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// took is how long something has lasted, up to now when it has not ended.
func took(w *console.World, from, to *time.Time) string {
	switch {
	case from == nil:
		return ""
	case to == nil:
		return console.Duration(w.Clock.Now().Sub(*from)) + " so far"
	}
	return console.Duration(to.Sub(*from))
}
