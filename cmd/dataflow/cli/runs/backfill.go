package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/backfill"
	"dataflow/flow-automation/engine"
)

type backfillFlags struct {
	span, sets string
	parallel   int
	version    remote.Version
	detach     bool
	params     flowfile.Params
}

func newBackfill(w *console.World) *cobra.Command {
	var f backfillFlags
	cmd := &cobra.Command{
		Use:   "backfill FLOW",
		Short: "Run a flow for each value of a range, or for each set of parameters",
		Long: `Run a flow many times: for each value of one parameter from a first to a last, both included, or for each set of parameters in a
file. A number of runs go on at once; a bar shows how far it is.

  --range date=2026-01-01..2026-01-31/1d   a date, an instant or a number; the step is a time or a number, 1d or 1 when left out
  --sets sets.csv                          a first line with names, then a line for each run
  --sets sets.yaml                         a list of mappings of names to values; JSON too

An interruption cancels the backfill, unless --detach left it alone. The exit code is 4 when a run of it failed.

` + remote.LoginHelp,
		Example: `  dataflow backfill nightly --range date=2026-01-01..2026-01-31/1d --parallel 4
  dataflow backfill sales --sets regions.csv
  dataflow backfill nightly --range date=2026-01-01..2026-12-31/1d --detach --json`,
		Args: cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.span, "range", "", "`parameter=first..last/step`")
	fl.StringVar(&f.sets, "sets", "", "CSV, YAML or JSON `file` with sets of parameters")
	f.params.FlagsAs(fl, "param", "params-file", "a parameter that all runs share")
	fl.IntVar(&f.parallel, "parallel", 4, "how many runs go on at once")
	f.version.Flag(cmd, fl, "to run")
	fl.BoolVar(&f.detach, "detach", false, "print the backfill and do not wait for it")
	remote.Complete(w, cmd, 1, remote.FlowNames)
	verb := remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		return f.run(ctx, v, c, args[0])
	})
	fl.Lookup("json").Usage = "write how it stands as lines of JSON to standard output"
	return verb
}

func (f *backfillFlags) run(ctx context.Context, v *remote.Verb, c *client.Client, name string) error {
	if (f.span == "") == (f.sets == "") {
		return console.Usagef("give either --range or --sets")
	}
	if f.parallel < 1 {
		return console.Usagef("--parallel is 1 or more, not %d", f.parallel)
	}
	found, err := c.FindFlow(ctx, name)
	if err != nil {
		return err
	}
	version, err := f.version.Of(found)
	if err != nil {
		return err
	}
	req := api.BackfillBody{Parallel: f.parallel, Version: version}
	if f.span != "" {
		if req.Range, err = parseRange(f.span); err != nil {
			return err
		}
	}
	if f.sets != "" || f.params.Some() {
		doc, err := c.Document(ctx, found.ID, version)
		if err != nil {
			return err
		}
		if req.Params, err = f.params.Given(v.World, doc.Spec.Params); err != nil {
			return err
		}
		if f.sets != "" {
			if req.Sets, err = flowfile.ReadSets(v.World, f.sets, doc.Spec.Params); err != nil {
				return err
			}
		}
	}
	begin, done := v.UntilAnswered(ctx)
	defer done()
	b, err := c.StartBackfill(begin, found.ID, req)
	if err != nil {
		return err
	}
	if f.detach {
		if v.JSON {
			return v.Print(b)
		}
		console.Say(v.Stdout, "%s\n", b.ID)
		v.Note("%s. `dataflow backfills watch %s` shows how they go.\n", console.Number(b.Total, "run", "runs"), b.ID)
		return nil
	}
	return follow(ctx, v, c, b, found.Name, true)
}

// parseRange takes name=first..last/step apart; what the values mean is the flow's to say.
func parseRange(text string) (*backfill.Range, error) {
	name, rest, named := strings.Cut(text, "=")
	first, rest, spans := strings.Cut(rest, "..")
	last, step, stepped := strings.Cut(rest, "/")
	if !named || !spans || name == "" || first == "" || last == "" || (stepped && step == "") {
		return nil, console.Usagef("--range takes parameter=first..last/step, such as date=2026-01-01..2026-01-31/1d, not %q", text)
	}
	return &backfill.Range{Param: name, From: first, To: last, Step: step}, nil
}

// follow shows how a backfill of the named flow goes until it has ended. An interruption cancels it when it was begun here.
func follow(ctx context.Context, v *remote.Verb, c *client.Client, b api.Backfill, name string, own bool) error {
	show := newBackfillView(v, b)
	now, err := watchBackfill(ctx, c, b, show.show)
	if errors.Is(err, console.ErrSignal) && own {
		after, done := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer done()
		if now, err = c.CancelBackfill(after, b.ID); err != nil {
			show.close()
			return fmt.Errorf("cancel the backfill %s, which may go on: %w", b.ID, err)
		}
		show.show(now)
	}
	show.close()
	if errors.Is(err, console.ErrSignal) {
		v.Note("The backfill %s of %s goes on.\n", b.ID, name)
	}
	if err != nil {
		return err
	}
	return conclude(v, now, name)
}

// conclude says how a backfill ended, as the exit code too.
func conclude(v *remote.Verb, b api.Backfill, name string) error {
	if !v.JSON {
		v.Note("Backfill %s of %s %s: %d of %s ended%s.\n", b.ID, name, b.Status, b.Ended, console.Number(b.Total, "run", "runs"), describe(b))
		if b.Reason != "" {
			v.Note("The rest could not be begun: %s\n", b.Reason)
		}
		if b.Runs.Failed > 0 {
			v.Note("`dataflow runs list --backfill %s --status failed` shows those that failed.\n", b.ID)
		}
	}
	switch engine.Status(b.Status) {
	case engine.Succeeded:
		return nil
	case engine.Canceled:
		return console.WithCode(console.ExitCanceled, console.ErrReported)
	}
	return console.WithCode(console.ExitFailed, console.ErrReported)
}

// cancelGrace is how long a canceled backfill may take to end.
const cancelGrace = 30 * time.Second

// rereadAfter is when a backfill is looked at although no news came: what happened while the stream of news was being
// opened, or was broken, is not told.
const rereadAfter = 5 * time.Second

// watchBackfill reads how the backfill stands whenever one of its runs may have changed, until it has ended.
func watchBackfill(ctx context.Context, c *client.Client, b api.Backfill, show func(api.Backfill)) (api.Backfill, error) {
	outer, id := ctx, b.ID
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	news, broken := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		broken <- c.WatchAll(ctx, func(e engine.Event) {
			if e.Run == nil || e.Run.Backfill != id {
				return
			}
			select {
			case news <- struct{}{}:
			default:
			}
		})
	}()
	for {
		now, err := c.Backfill(ctx, id)
		if err != nil {
			return b, err
		}
		b = now
		show(b)
		if engine.Status(b.Status).Final() {
			return b, nil
		}
		select {
		case <-news:
		case <-time.After(rereadAfter):
		case err := <-broken:
			if outer.Err() != nil {
				err = context.Cause(outer)
			}
			return b, err
		}
	}
}

// backfillView shows how a backfill stands: JSON lines, a bar, or a line for each tenth.
type backfillView struct {
	verb  *remote.Verb
	bar   *progressbar.ProgressBar
	last  api.Backfill
	tenth int
}

func newBackfillView(v *remote.Verb, b api.Backfill) *backfillView {
	s := &backfillView{verb: v, tenth: -1}
	if !v.JSON && v.Terminal {
		s.bar = progressbar.NewOptions(b.Total,
			progressbar.OptionSetWriter(v.Stderr), progressbar.OptionSetWidth(32), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionEnableColorCodes(true), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: "─"}),
		)
	}
	return s
}

func (s *backfillView) show(b api.Backfill) {
	if b == s.last {
		return
	}
	s.last = b
	switch {
	case s.verb.JSON:
		_ = json.NewEncoder(s.verb.Stdout).Encode(b) // a reader that has gone away needs nothing more
	case s.bar != nil:
		s.bar.ChangeMax(max(b.Total, 1))
		s.bar.Describe(console.Pad(strings.TrimPrefix(describe(b), ", "), len("10 running, 10 failed")))
		_ = s.bar.Set64(b.Ended)
	default:
		const parts = 10
		if tenth := int(b.Ended) * parts / max(b.Total, 1); tenth != s.tenth {
			s.tenth = tenth
			s.verb.Note("%d of %s ended%s\n", b.Ended, console.Number(b.Total, "run", "runs"), describe(b))
		}
	}
}

// describe says what is special about the runs, with a comma in front.
func describe(b api.Backfill) string {
	var text strings.Builder
	for _, one := range []struct {
		n    int64
		what string
	}{{b.Runs.Running, "running"}, {b.Runs.Failed, "failed"}, {b.Runs.Skipped, "skipped"}, {b.Runs.Canceled, "canceled"}} {
		if one.n > 0 {
			fmt.Fprintf(&text, ", %d %s", one.n, one.what)
		}
	}
	return text.String()
}

func (s *backfillView) close() {
	if s.bar != nil {
		_ = s.bar.Clear()
	}
}
