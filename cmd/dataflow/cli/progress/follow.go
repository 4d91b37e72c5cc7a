// Package progress shows how a run goes and what came of it, wherever it is carried out.
package progress

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/pflag"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/table"
)

// Backend is what carries out a run: this process, or a server.
type Backend interface {
	// Watch shows the run's events until it has ended or ctx has.
	Watch(ctx context.Context, id string, show func(engine.Event)) error
	Run(ctx context.Context, id string) (engine.Run, error)
	Steps(ctx context.Context, id string) ([]engine.Step, error)
	Cancel(ctx context.Context, id string) error
	Page(ctx context.Context, artifact string, limit int64) (table.Page, error)
}

// Options say what is shown.
type Options struct {
	JSON  bool  // each event as a line of JSON on standard output
	Quiet bool  // no progress
	Rows  int64 // of each resulting table
	// Detach leaves the run alone when a signal comes; else it is canceled with the command that follows it.
	Detach bool
}

// Flags adds --json, --quiet and --rows.
func (o *Options) Flags(fl *pflag.FlagSet) {
	fl.BoolVar(&o.JSON, "json", false, "write each event as a line of JSON to standard output")
	fl.BoolVarP(&o.Quiet, "quiet", "q", false, "show no progress, only results and errors")
	fl.Int64Var(&o.Rows, "rows", 5, "how many rows of each resulting table to show")
}

// cancelGrace is how long a canceled run may take to end.
const cancelGrace = 15 * time.Second

// Follow shows a run until it has ended. Its error has the exit code of the run's status.
func (o Options) Follow(ctx context.Context, w *console.World, b Backend, id string, doc *flow.Document) error {
	v := o.view(w, doc)
	err := b.Watch(ctx, id, v.Show)
	if errors.Is(err, console.ErrSignal) && !o.Detach {
		// The run is canceled with the command that started it, and seen to its end.
		after, done := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer done()
		if err = b.Cancel(after, id); err == nil {
			err = b.Watch(after, id, v.Show)
		}
		ctx = after
	}
	v.Close()
	if errors.Is(err, console.ErrSignal) {
		console.Say(w.Stderr, "The run %s goes on.\n", id)
	}
	if err != nil {
		return err
	}
	run, err := b.Run(ctx, id)
	if err != nil {
		return err
	}
	if o.JSON {
		return console.WithCode(codeOfStatus(run.Status), errIfNot(run.Status))
	}
	return o.conclude(ctx, w, b, run)
}

func (o Options) view(w *console.World, doc *flow.Document) View {
	switch {
	case o.JSON:
		return newJSONView(w.Stdout)
	case o.Quiet:
		return newLineView(io.Discard, false, nil)
	}
	ids := make([]string, len(doc.Spec.Nodes))
	for i, n := range doc.Spec.Nodes {
		ids[i] = n.ID
	}
	return newLineView(w.Stderr, w.Terminal, ids)
}

// conclude says how the run ended and what came of it.
func (o Options) conclude(ctx context.Context, w *console.World, b Backend, run engine.Run) error {
	steps, err := b.Steps(ctx, run.ID)
	if err != nil {
		return err
	}
	if run.Status == engine.Succeeded {
		if err := showResults(ctx, w.Stdout, b, steps, o.Rows); err != nil {
			return err
		}
	}
	took := ""
	if run.StartedAt != nil && run.EndedAt != nil {
		took = " after " + console.Duration(run.EndedAt.Sub(*run.StartedAt))
	}
	console.Say(w.Stderr, "Run %s of %s %s%s.\n", run.ID, run.FlowName, run.Status, took)
	if run.Status == engine.Succeeded {
		return nil
	}
	Failures(w.Stderr, steps)
	return console.WithCode(codeOfStatus(run.Status), console.ErrReported)
}

// Failures says what was wrong at each step that failed.
func Failures(w io.Writer, steps []engine.Step) {
	for _, s := range steps {
		if s.Status != engine.Failed || s.Error == nil {
			continue
		}
		console.Say(w, "  node %s: %s\n", s.NodeID, s.Error.Message)
		for _, d := range s.Error.Details {
			if d.Message != s.Error.Message || d.Field != "" {
				console.Say(w, "    %s\n", d)
			}
		}
		if s.Error.Hint != "" {
			console.Say(w, "    %s\n", s.Error.Hint)
		}
	}
}

func codeOfStatus(s engine.Status) int {
	switch s {
	case engine.Succeeded:
		return console.ExitOK
	case engine.Canceled:
		return console.ExitCanceled
	}
	return console.ExitFailed
}

func errIfNot(s engine.Status) error {
	if s == engine.Succeeded {
		return nil
	}
	return console.ErrReported
}
