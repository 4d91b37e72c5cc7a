package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/progress"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/engine"
)

func newShow(w *console.World) *cobra.Command {
	var within string
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run with its steps",
		Long: `Show a run with its steps: how they stand, how long they took, what they gave, and what was wrong; and how tables
differ from what was agreed on, or from the run before. --within shows the steps of one item of a map or one round of a loop.

` + remote.LoginHelp,
		Example: `  dataflow runs show 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow runs show 01kcx5t6m8q2v4w7y9z1a3b5d7 --within 'each[3]'
  dataflow runs show 01kcx5t6m8q2v4w7y9z1a3b5d7 --json | jq '.steps[] | select(.status == "failed")'
  dataflow runs show 01kcx5t6m8q2v4w7y9z1a3b5d7 --json | jq '.drift.steps'`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&within, "within", "", "only steps of this `instance` of a container, such as each[3]")
	remote.Complete(w, cmd, 1, remote.RunIDs)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		run, err := c.Run(ctx, args[0])
		if err != nil {
			return err
		}
		steps, err := c.StepsWithin(ctx, run.ID, within)
		if err != nil {
			return err
		}
		drift, err := c.Drift(ctx, run.ID)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(map[string]any{"run": run, "steps": steps, "drift": drift})
		}
		ports := progress.NewPorts(nil)
		if ports.NeedDocument(steps) {
			graph, err := c.Graph(ctx, run.ID)
			if err != nil {
				return err
			}
			ports = progress.NewPorts(graph.Document)
		}
		showRun(v, run)
		showSteps(v, ports, steps)
		if len(drift.Steps) > 0 {
			console.Say(v.Stdout, "\nDrift of tables:\n")
			progress.SayDrift(v.Stdout, drift)
		}
		return nil
	})
}

func showRun(v *remote.Verb, r engine.Run) {
	title, by := r.FlowName, r.By
	if r.FlowTitle != "" {
		title += fmt.Sprintf(" (%s)", r.FlowTitle)
	}
	switch {
	case r.FlowVersion > 0:
		title += fmt.Sprintf(", version %d", r.FlowVersion)
	case r.FlowID != "":
		title += ", draft"
	}
	if r.Trigger.Type != "" {
		by += ", " + r.Trigger.Type
		if r.Trigger.ID != "" {
			by += " " + r.Trigger.ID
		}
	}
	status := statusOf(r)
	facts := [][2]string{
		{"Run", r.ID},
		{"Flow", title},
		{"Status", status.Text},
		{"Steps", fmt.Sprintf("%d of %d", r.StepsDone, r.StepsTotal)},
		{"Made", instant(&r.CreatedAt)},
		{"Started", instant(r.StartedAt)},
		{"Ended", instant(r.EndedAt)},
		{"Took", took(v.World, r.StartedAt, r.EndedAt)},
		{"By", by},
	}
	if params := string(r.Params); params != "" && params != "{}" && params != "null" {
		facts = append(facts, [2]string{"Parameters", params})
	}
	facts = append(facts, more(r)...)
	if r.Error != nil {
		facts = append(facts, [2]string{"Error", r.Error.Message})
	}
	console.Facts(v.Stdout, v.Color(), facts)
}

// more is what only some runs have.
func more(r engine.Run) (facts [][2]string) {
	add := func(name, value string) { facts = append(facts, [2]string{name, value}) }
	add("Paused by", r.PausedBy)
	add("Waits", r.Why)
	add("Repeats", r.RetryOf)
	add("Backfill", r.Backfill)
	if r.Parent != nil {
		add("For", fmt.Sprintf("step %s of run %s", r.Parent.Step, r.Parent.RunID))
	}
	for _, h := range r.Held {
		add("Warning", fmt.Sprintf("what %s has read counts as unread: %s behind it failed, so that the next run reads it again", h.Step, h.Failed))
	}
	add("Targets", strings.Join(r.Targets, ", "))
	if r.Test {
		add("Test", "pinned outputs are used")
	}
	if r.Recovered > 0 {
		add("Recovered", console.Number(r.Recovered, "time", "times"))
	}
	if r.Result != nil && len(r.Result.Data) > 0 {
		add("Result", console.Shorten(string(r.Result.Data), widestResult))
	}
	return facts
}

const widestResult = 500

func showSteps(v *remote.Verb, ports progress.Ports, steps []engine.Step) {
	if len(steps) == 0 {
		return
	}
	t := console.Table{Header: []string{"STEP", "TYPE", "STATUS", "TOOK", "GAVE", "REMARKS"}}
	for _, s := range steps {
		t.Add(console.Text(s.NodeID), console.Text(s.NodeType), remote.StatusCell(s.Status), console.Text(took(v.World, s.StartedAt, s.EndedAt)),
			console.Text(ports.Gave(s)), console.Text(strings.Join(remarks(s), "; ")))
	}
	console.Say(v.Stdout, "\n")
	t.Write(v.Stdout, v.Color())
}

// remarks are what is special about a step.
func remarks(s engine.Step) (list []string) {
	if s.Attempt > 1 {
		list = append(list, fmt.Sprintf("attempt %d", s.Attempt))
	}
	if n := s.Items; n != nil {
		text := fmt.Sprintf("%s of %s", console.Count(int64(n.Ended)), console.Number(n.Count, "item", "items"))
		if n.Failed > 0 {
			text += fmt.Sprintf(", %s failed", console.Count(int64(n.Failed)))
		}
		list = append(list, text)
	}
	for _, detail := range []struct{ key, text string }{{"adopted", "taken over"}, {"cached", "from the cache"}, {"pinned", "pinned"}} {
		if _, ok := s.Details[detail.key]; ok {
			list = append(list, detail.text)
		}
	}
	if d := decisionOf(s); d != "" {
		list = append(list, d)
	}
	if w := s.Wait; w != nil && w.Child != "" {
		list = append(list, "run "+w.Child)
	}
	if s.Error != nil {
		list = append(list, strings.TrimSuffix(s.Error.Message, "."))
	}
	if s.Why != "" {
		list = append(list, strings.TrimSuffix(s.Why, "."))
	}
	return list
}

// decisionOf says who decided an approval, how, when and why; "" is of any other step.
func decisionOf(s engine.Step) string {
	if s.NodeType != approvalType {
		return ""
	}
	for port, v := range s.Outputs {
		var d struct {
			By      string    `json:"by"`
			At      time.Time `json:"at"`
			Comment string    `json:"comment"`
		}
		if json.Unmarshal(v.Data, &d) != nil || d.By == "" {
			continue
		}
		by := d.By
		if by == byDeadline {
			by = "its deadline"
		}
		text := port + " by " + by
		if !d.At.IsZero() {
			text += " at " + instant(&d.At)
		}
		if d.Comment != "" {
			text += fmt.Sprintf(": %q", d.Comment)
		}
		return text
	}
	return ""
}

const (
	approvalType = "control.approval"
	// byDeadline stands for who decided where nobody did in time.
	byDeadline = "deadline"
)

func newWatch(w *console.World) *cobra.Command {
	var show progress.Options
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Watch a run until it ends",
		Long: `Watch a run until it ends, with the same view as run, and end with the exit code of its status. An interruption ends the
watching; the run goes on.

` + remote.LoginHelp,
		Example: `  dataflow runs watch 01kcx5t6m8q2v4w7y9z1a3b5d7`,
		Args:    cobra.ExactArgs(1),
	}
	show.Flags(cmd.Flags())
	show.Detach = true
	remote.Complete(w, cmd, 1, remote.RunIDs)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		graph, err := c.Graph(ctx, args[0])
		if err != nil {
			return err
		}
		return show.Follow(ctx, w, c, args[0], graph.Document)
	})
}
