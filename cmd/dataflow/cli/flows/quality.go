package flows

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/quality"
	"dataflow/ide-go-lib/words"
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
	t := console.Table{Header: []string{"NODE", "RULE", "STATUS", "SINCE", "FOUND", "KEPT BY", "TREND"}}
	const widestName = 48
	for _, r := range trend.Rules {
		status := console.Cell{Text: "kept", Style: console.Green}
		switch {
		case r.Unit == "" && r.Points[len(r.Points)-1].Rows == 0:
			status = console.Text("no rows")
		case r.Status == quality.Failing:
			status = console.Cell{Text: "broken", Style: console.Red}
		}
		switch r.Change {
		case "began":
			status.Text += ", new"
		case "recovered":
			status.Text += ", recovered"
		}
		found, kept := foundBy(r)
		t.Add(console.Text(r.Node), console.Text(console.Shorten(r.Name, widestName)), status, console.Text(moment(r.Since)),
			console.Text(found), console.Text(kept), console.Text(line(r)))
	}
	t.Write(v.Stdout, v.Color())
	v.Note("TREND: one bar a run, the newest last; the share of rows that keep the rule, or what was measured. %c is a run without rows.\n", gap)
}

// foundBy says what the last run has found, and, of rules about rows, how many keep it.
func foundBy(r quality.Rule) (found, kept string) {
	last := r.Points[len(r.Points)-1]
	switch {
	case r.Unit == "" && last.Rows == 0:
		return "no rows", "-"
	case r.Unit == "":
		return fmt.Sprintf("%s of %s break it", console.Count(last.Broken), console.Count(last.Rows)), fmt.Sprintf("%.5g %%", last.Share)
	case last.Measured == nil:
		found = "nothing"
	default:
		found = words.Amount(*last.Measured, r.Unit)
	}
	switch {
	case last.Min != nil && last.Max != nil:
		found += ", expected " + words.Amount(*last.Min, r.Unit) + " to " + words.Amount(*last.Max, r.Unit)
	case last.Min != nil:
		found += ", expected at least " + words.Amount(*last.Min, r.Unit)
	case last.Max != nil:
		found += ", expected at most " + words.Amount(*last.Max, r.Unit)
	}
	return found, "-"
}

// line draws how a rule went from run to run: the share of rows that keep it, from the least of them to 100, or what was
// measured.
func line(r quality.Rule) string {
	values := make([]*float64, len(r.Points), len(r.Points)+1)
	for i, p := range r.Points {
		switch {
		case r.Unit != "":
			values[i] = p.Measured
		case p.Rows > 0:
			values[i] = &p.Share
		}
	}
	if r.Unit != "" {
		return sparkline(values)
	}
	all := 100. // is what shares are drawn up to
	drawn := []rune(sparkline(append(values, &all)))
	return string(drawn[:len(values)])
}

// bars are the steps of a line of bars; a dot stands where there is no value.
var bars = []rune("▁▂▃▄▅▆▇█")

const gap = '·'

// sparkline draws values from the least to the greatest of them: what differs little is seen, too.
func sparkline(values []*float64) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	out := make([]rune, len(values))
	for i, v := range values {
		switch {
		case v == nil:
			out[i] = gap
		case low == high:
			out[i] = bars[len(bars)-1]
		default:
			out[i] = bars[int((*v-low)/(high-low)*float64(len(bars)-1))]
		}
	}
	return string(out)
}
