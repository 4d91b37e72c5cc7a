package runs

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
)

// act is something that can be done to one run or to many.
type act struct {
	name, done  string
	short, long string
	// usual are the statuses that are meant when a filter names none: those of runs that it can be done to.
	usual []string
	// paused restricts a filter to paused runs.
	paused bool
	one    func(ctx context.Context, c *client.Client, id string) error
	// bulk says that the server does it to many at once.
	bulk bool
}

var actions = []act{
	{
		name: "pause", done: "paused", short: "Pause runs",
		long:  "Pause runs: what is under way goes on, nothing further begins until they are resumed.",
		usual: []string{string(engine.Queued), string(engine.Running)},
		one:   func(ctx context.Context, c *client.Client, id string) error { _, err := c.Pause(ctx, id); return err },
	},
	{
		name: "resume", done: "resumed", short: "Resume paused runs",
		long:  "Let paused runs go on.",
		usual: []string{string(engine.Queued), string(engine.Running)}, paused: true,
		one: func(ctx context.Context, c *client.Client, id string) error { _, err := c.Resume(ctx, id); return err },
	},
	{
		name: "cancel", done: "canceled", short: "Cancel runs",
		long:  "Cancel runs: running work is stopped within a second.",
		usual: []string{string(engine.Queued), string(engine.Running)},
		one:   func(ctx context.Context, c *client.Client, id string) error { return c.Cancel(ctx, id) },
		bulk:  true,
	},
	{
		name: "retry", done: "retried", short: "Repeat runs from their failed steps",
		long:  "Repeat runs from their failed steps, without waiting for them. `dataflow retry` repeats one run, from any step, and shows how it goes.",
		usual: []string{string(engine.Failed), string(engine.Canceled)},
		one: func(ctx context.Context, c *client.Client, id string) error {
			_, err := c.Retry(ctx, id, api.RetryBody{From: "failed"})
			return err
		},
		bulk: true,
	},
	{
		name: "delete", done: "deleted", short: "Delete finished runs",
		long:  "Delete finished runs with their steps and logs.",
		usual: []string{string(engine.Succeeded), string(engine.Failed), string(engine.Skipped), string(engine.Canceled)},
		one:   func(ctx context.Context, c *client.Client, id string) error { return c.DeleteRun(ctx, id) },
		bulk:  true,
	},
}

func newCancel(w *console.World) *cobra.Command {
	for _, a := range actions {
		if a.name == "cancel" {
			cmd := newAct(w, a)
			cmd.Example = strings.ReplaceAll(cmd.Example, "dataflow runs cancel", "dataflow cancel")
			return cmd
		}
	}
	panic("there is no cancel")
}

func newAct(w *console.World, a act) *cobra.Command {
	var filter filterFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   a.name + " [RUN…]",
		Short: a.short,
		Long: fmt.Sprintf(`%s The runs are named, or selected by flags such as --flow and --status. A selection is counted first and asked
about, unless --yes is given; without --status it takes those that are %s.

Runs that refuse are told one by one, and the exit code is 7.

`, a.long, strings.Join(a.usual, ", ")) + remote.LoginHelp,
		Example: fmt.Sprintf(`  dataflow runs %[1]s 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow runs %[1]s --flow nightly --since 24h
  dataflow runs %[1]s --flow nightly --yes --json`, a.name),
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	remote.Complete(w, cmd, 0, remote.RunIDs)
	filter.flags(w, cmd)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, ids []string) error {
		if filter.given() == (len(ids) > 0) {
			return console.Usagef("name the runs to %s, or select them by flags such as --flow and --status", a.name)
		}
		var out api.BulkResult
		var err error
		if len(ids) > 0 {
			out, err = a.toNamed(ctx, c, ids)
		} else {
			out, err = a.toSelected(ctx, v, c, filter, yes)
		}
		if err != nil {
			return err
		}
		return a.conclude(v, out)
	})
}

func (a act) toNamed(ctx context.Context, c *client.Client, ids []string) (api.BulkResult, error) {
	if len(ids) == 1 { // its own error says most
		if err := a.one(ctx, c, ids[0]); err != nil {
			return api.BulkResult{}, err
		}
		return api.BulkResult{Matched: 1, Done: 1}, nil
	}
	if a.bulk {
		return c.Bulk(ctx, api.BulkBody{Action: a.name, IDs: ids})
	}
	return a.toEach(ctx, c, ids)
}

// toEach does it run by run. A refusal of one does not keep the others from it; a server that has gone away does.
func (a act) toEach(ctx context.Context, c *client.Client, ids []string) (api.BulkResult, error) {
	out := api.BulkResult{Matched: len(ids)}
	for _, id := range ids {
		err := a.one(ctx, c, id)
		switch console.CodeOf(err) {
		case console.ExitOK:
			out.Done++
		case console.ExitRefused, console.ExitInvalid:
			e := errs.From(err)
			out.Failed = append(out.Failed, api.BulkFailed{ID: id, Code: e.Code, Message: e.Message})
		default:
			return out, err
		}
	}
	return out, nil
}

func (a act) toSelected(ctx context.Context, v *remote.Verb, c *client.Client, flags filterFlags, yes bool) (api.BulkResult, error) {
	filter, err := flags.resolve(ctx, v.World, c)
	if err != nil {
		return api.BulkResult{}, err
	}
	if len(filter.Status) == 0 {
		filter.Status = a.usual
	}
	filter.Paused = filter.Paused || a.paused
	byServer := a.bulk && !flags.beyondBulk()
	most := 0
	if byServer { // here their number is enough
		most = 1000
	}
	list, more, err := client.Collect(c.Runs(ctx, filter), most)
	if err != nil {
		return api.BulkResult{}, err
	}
	if len(list) == 0 {
		return api.BulkResult{}, nil
	}
	number := console.Number(len(list), "run", "runs")
	if more {
		number = "more than " + number
	}
	verb := strings.ToUpper(a.name[:1]) + a.name[1:]
	if err := v.Confirm(yes, fmt.Sprintf("%s %s?", verb, number)); err != nil {
		return api.BulkResult{}, err
	}
	if byServer {
		return c.Bulk(ctx, api.BulkBody{Action: a.name, Filter: &api.BulkFilter{
			FlowID: filter.FlowID, Status: filter.Status, Query: filter.Query, Since: filter.Since, Until: filter.Until,
		}})
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return a.toNamed(ctx, c, ids)
}

func (a act) conclude(v *remote.Verb, out api.BulkResult) error {
	if v.JSON {
		if out.Failed == nil {
			out.Failed = []api.BulkFailed{}
		}
		if err := v.Print(out); err != nil {
			return err
		}
	} else {
		console.Say(v.Stdout, "%s %s\n", a.done, console.Number(out.Done, "run", "runs"))
		for _, f := range out.Failed {
			v.Note("  %s: %s\n", f.ID, f.Message)
		}
	}
	if len(out.Failed) > 0 {
		return console.WithCode(console.ExitRefused, console.ErrReported)
	}
	return nil
}
