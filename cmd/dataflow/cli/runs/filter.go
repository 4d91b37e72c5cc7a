package runs

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
)

// filterFlags are how a person says which runs are meant.
type filterFlags struct {
	flow, query, since, until string
	status                    []string
	backfill                  string
	paused, late              bool
}

var statuses = []string{
	string(engine.Queued), string(engine.Running), string(engine.Succeeded), string(engine.Failed), string(engine.Skipped), string(engine.Canceled),
}

func (f *filterFlags) flags(w *console.World, cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.flow, "flow", "", "only runs of the flow with this `name` or id")
	fl.StringSliceVar(&f.status, "status", nil, "only runs of these statuses: "+strings.Join(statuses, ", "))
	fl.StringVar(&f.query, "query", "", "only runs with this `text` in their id or the name or title of their flow")
	fl.StringVar(&f.since, "since", "", "only runs made after this `time`: 2026-01-31, 2026-01-31T08:30:00Z, or how long ago, such as 24h or 7d")
	fl.StringVar(&f.until, "until", "", "only runs made before this `time`")
	fl.StringVar(&f.backfill, "backfill", "", "only runs of this `backfill`")
	fl.BoolVar(&f.paused, "paused", false, "only paused runs")
	fl.BoolVar(&f.late, "late", false, "only runs that took longer than their flow's SLA")
	remote.CompleteFlag(w, cmd, "flow", remote.FlowNames)
	remote.CompleteFlag(w, cmd, "status", func(context.Context, *client.Client, string) ([]string, error) { return statuses, nil })
}

// given says whether the person has restricted anything.
func (f *filterFlags) given() bool {
	return f.flow != "" || f.query != "" || f.since != "" || f.until != "" || len(f.status) > 0 || f.beyondBulk()
}

// beyondBulk says whether the filter has something that a bulk request of the API has not.
func (f *filterFlags) beyondBulk() bool { return f.backfill != "" || f.paused || f.late }

func (f *filterFlags) resolve(ctx context.Context, w *console.World, c *client.Client) (client.RunFilter, error) {
	out := client.RunFilter{Query: f.query, Status: f.status, Backfill: f.backfill, Paused: f.paused, Late: f.late}
	for _, s := range f.status {
		if !slices.Contains(statuses, s) {
			return out, console.Usagef("there is no run status %q; use %s", s, strings.Join(statuses, ", "))
		}
	}
	var err error
	if out.Since, err = moment(w, "since", f.since); err != nil {
		return out, err
	}
	if out.Until, err = moment(w, "until", f.until); err != nil {
		return out, err
	}
	if f.flow != "" {
		found, err := c.FindFlow(ctx, f.flow)
		if err != nil {
			return out, err
		}
		out.FlowID = found.ID
	}
	return out, nil
}

// moment reads a date, an instant, or how long ago something was.
func moment(w *console.World, flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	if d, err := flow.Duration(text).Parse(); err == nil {
		return w.Clock.Now().Add(-d), nil
	}
	return time.Time{}, console.Usagef("--%s takes a date (2026-01-31), an instant (2026-01-31T08:30:00Z) or how long ago (24h, 7d), not %q", flag, text)
}
