package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

type logFlags struct {
	follow bool
	tail   int
}

func newLogs(w *console.World) *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "logs RUN [STEP]",
		Short: "Print the log of a run, or follow it",
		Long: `Print the log lines of a run, or of one step of it; a container's step stands for all within it. With --follow further lines are
printed as they come, until the run ends.

` + remote.LoginHelp,
		Example: `  dataflow logs 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow logs 01kcx5t6m8q2v4w7y9z1a3b5d7 clean -f
  dataflow logs 01kcx5t6m8q2v4w7y9z1a3b5d7 'each[3]/fetch' --tail 20
  dataflow logs 01kcx5t6m8q2v4w7y9z1a3b5d7 --json | jq -r 'select(.level == "error").text'`,
		Args: cobra.RangeArgs(1, 2),
	}
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on until the run ends")
	cmd.Flags().IntVar(&f.tail, "tail", 0, "only the last so many of the lines that are there; 0 is all")
	remote.Complete(w, cmd, 1, remote.RunIDs)
	verb := remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		t := tail{verb: v, client: c, run: args[0]}
		if f.tail < 0 {
			return console.Usagef("--tail is 0 or more, not %d", f.tail)
		}
		if err := t.choose(ctx, append(args, "")[1]); err != nil {
			return err
		}
		if err := t.print(ctx, f.tail); err != nil || !f.follow {
			return err
		}
		err := t.follow(ctx)
		if errors.Is(err, console.ErrSignal) {
			return nil // it is how one leaves
		}
		return err
	})
	cmd.Flags().Lookup("json").Usage = "write each line as a line of JSON to standard output"
	return verb
}

// tail prints the lines of one run.
type tail struct {
	verb      *remote.Verb
	client    *client.Client
	run, step string
	container bool // step stands for all steps within it too
	after     int64
	width     int
}

// choose finds out what step is.
func (t *tail) choose(ctx context.Context, step string) error {
	steps, err := t.client.Steps(ctx, t.run)
	if err != nil {
		return err
	}
	t.step = step
	known := step == "" || strings.ContainsAny(step, "/[")
	ids := make([]string, len(steps))
	for i, s := range steps {
		ids[i] = s.NodeID
		known = known || s.NodeID == step
		t.container = t.container || within(s.NodeID, step)
		t.width = max(t.width, console.Width(s.NodeID))
	}
	if !known {
		return errs.NotFound("step_not_found", "The run has no step %s%s", step, flow.DidYouMean(step, ids)).
			WithHint("`dataflow runs show %s` lists its steps.", t.run)
	}
	return nil
}

// within says whether path lies within the container or the instance of one.
func within(path, container string) bool {
	rest, ok := strings.CutPrefix(path, container)
	return ok && container != "" && rest != "" && (rest[0] == '/' || rest[0] == '[')
}

// print writes the lines after those that have been written; of more than last only the last, unless that is 0.
func (t *tail) print(ctx context.Context, last int) error {
	node := t.step
	if t.container {
		node = ""
	}
	var kept []engine.LogLine
	for line, err := range t.client.Logs(ctx, t.run, node, t.after) {
		if err != nil {
			return err
		}
		t.after = line.Seq
		if t.container && line.NodeID != t.step && !within(line.NodeID, t.step) {
			continue
		}
		if last == 0 {
			if err := t.write(line); err != nil {
				return err
			}
			continue
		}
		if kept = append(kept, line); len(kept) >= 2*last {
			kept = append([]engine.LogLine{}, kept[len(kept)-last:]...)
		}
	}
	for _, line := range kept[max(0, len(kept)-last):] {
		if err := t.write(line); err != nil {
			return err
		}
	}
	return nil
}

func (t *tail) write(line engine.LogLine) error {
	if t.verb.JSON {
		return json.NewEncoder(t.verb.Stdout).Encode(line)
	}
	style := map[string]string{"error": console.Red, "warn": console.Amber, "debug": console.Grey}[line.Level]
	color := t.verb.Color()
	at, node := line.Time.Local().Format("15:04:05.000"), console.Pad(line.NodeID, t.width)
	for i, text := range console.Lines(line.Text) {
		if i > 0 { // further lines of one text stand below its first
			at, node = console.Pad("", len(at)), console.Pad("", t.width)
		}
		_, err := fmt.Fprintf(t.verb.Stdout, "%s %s  %s\n", console.Paint(color, console.Dim, at), node, console.Paint(color, style, text))
		if err != nil {
			return err
		}
	}
	return nil
}

// follow prints lines as they come, until the run has ended. Events only say that there is something new; the lines
// themselves are read, so that none is lost however many come at once.
func (t *tail) follow(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	news, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- t.client.Watch(ctx, t.run, func(e engine.Event) {
			if e.Log != nil {
				select {
				case news <- struct{}{}:
				default:
				}
			}
		})
	}()
	for {
		select {
		case <-news:
			if err := t.print(ctx, 0); err != nil {
				return err
			}
		case err := <-ended:
			if err != nil {
				return err
			}
			return t.print(ctx, 0)
		}
	}
}
