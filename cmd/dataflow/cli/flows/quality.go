package flows

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/quality"
)

func newQuality(w *console.World) *cobra.Command {
	var runs int
	cmd := &cobra.Command{
		Use:   "quality NAME",
		Short: "Show how the quality of a flow's data goes",
		Long: `Show, for each rule of the checks of a flow, how its last run went, and the share of rows that keep the rule from run to
run. It exits with code 4 when the last run breaks a rule, so that a script can tell.

` + remote.LoginHelp,
		Example: `  dataflow flows quality nightly
  dataflow flows quality nightly --runs 100 --json | jq '.rules[] | select(.status == "failing") | .name'`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().IntVar(&runs, "runs", 30, "how many `runs` to look back at")
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		f, err := c.FindFlow(ctx, names[0])
		if err != nil {
			return err
		}
		trend, err := c.Quality(ctx, f.ID, runs)
		if err != nil {
			return err
		}
		switch {
		case v.JSON:
			err = v.Print(trend)
		case trend.Runs == 0:
			v.Note("No run of %s has checked anything yet. A node quality.check does.\n", f.Name)
		default:
			showTrend(v, trend)
		}
		if err == nil && trend.Failing > 0 {
			return console.WithCode(console.ExitFailed, console.ErrReported)
		}
		return err
	})
}

func showTrend(v *remote.Verb, trend quality.Trend) {
	t := console.Table{Header: []string{"NODE", "RULE", "STATUS", "SINCE", "BROKEN", "KEPT BY", "TREND"}}
	const widestName = 48
	for _, r := range trend.Rules {
		last := r.Points[len(r.Points)-1]
		status := console.Cell{Text: r.Status, Style: console.Green}
		if r.Status == quality.Failing {
			status.Style = console.Red
		}
		switch r.Change {
		case "began":
			status.Text += " now"
		case "recovered":
			status.Text += " again"
		}
		shares := make([]float64, len(r.Points))
		for i, p := range r.Points {
			shares[i] = p.Share
		}
		t.Add(console.Text(r.Node), console.Text(console.Shorten(r.Name, widestName)), status, console.Text(moment(r.Since)),
			console.Text(fmt.Sprintf("%s of %s", console.Count(last.Broken), console.Count(last.Rows))), console.Text(fmt.Sprintf("%.5g %%", last.Share)), console.Text(sparkline(shares)))
	}
	t.Write(v.Stdout, v.Color())
}

// bars are the steps of a line of bars.
var bars = []rune("▁▂▃▄▅▆▇█")

// sparkline draws shares in per cent, from the least of them to 100: what differs little is seen, too.
func sparkline(shares []float64) string {
	low := 100.
	for _, s := range shares {
		low = min(low, s)
	}
	out := make([]rune, len(shares))
	for i, s := range shares {
		step := len(bars) - 1
		if low < 100 {
			step = int((s - low) / (100 - low) * float64(len(bars)-1))
		}
		out[i] = bars[step]
	}
	return string(out)
}
