// Package progress shows how a run goes and what came of it, wherever it is carried out.
package progress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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
		err = b.Cancel(after, id)
		if err == nil || console.CodeOf(err) == console.ExitRefused { // refused is that it has ended meanwhile
			err = b.Watch(after, id, v.Show)
		}
		if err != nil {
			v.Close()
			return fmt.Errorf("cancel the run %s, which may go on: %w", id, err)
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
	return o.conclude(ctx, w, b, run, doc)
}

func (o Options) view(w *console.World, doc *flow.Document) View {
	switch {
	case o.JSON:
		return newJSONView(w.Stdout)
	case o.Quiet:
		return newLineView(io.Discard, false, doc)
	}
	return newLineView(w.Stderr, w.Terminal, doc)
}

// conclude says how the run ended and what came of it.
func (o Options) conclude(ctx context.Context, w *console.World, b Backend, run engine.Run, doc *flow.Document) error {
	steps, err := b.Steps(ctx, run.ID)
	if err != nil {
		return err
	}
	if run.Status == engine.Succeeded {
		if err := showResults(ctx, w.Stdout, b, NewPorts(doc), steps, o.Rows); err != nil {
			return err
		}
	}
	took := ""
	if run.StartedAt != nil && run.EndedAt != nil {
		took = " after " + console.Duration(run.EndedAt.Sub(*run.StartedAt))
	}
	console.Say(w.Stderr, "Run %s of %s %s%s.\n", run.ID, run.FlowName, run.Status, took)
	if err := showDrift(ctx, w.Stderr, b, run.ID, steps); err != nil {
		return err
	}
	Handled(w.Stderr, doc, steps)
	if run.Status == engine.Succeeded {
		return nil
	}
	Failures(w.Stderr, doc, steps)
	return console.WithCode(codeOfStatus(run.Status), console.ErrReported)
}

// Failures says what was wrong at each step that failed and that nothing made up for. A container that failed because of
// a step in it is not told of beside that step.
func Failures(w io.Writer, doc *flow.Document, steps []engine.Step) {
	for _, s := range steps {
		if s.Status == engine.Failed && s.Error != nil && !handled(doc, steps, s) && !causedWithin(steps, s) {
			console.Describe(w, "  ", "node "+s.NodeID, nodeOf(s.NodeID), s.Error)
		}
	}
}

// Handled says what was wrong at steps whose failure the flow took up, by onError or by what is around them. Those in items
// of a map or rounds of a loop are left to the view, of which there may be very many.
func Handled(w io.Writer, doc *flow.Document, steps []engine.Step) {
	for _, s := range steps {
		if s.Status == engine.Failed && s.Error != nil && !inItem(s.NodeID) && handled(doc, steps, s) {
			console.Describe(w, "  ", "handled failure of node "+s.NodeID, nodeOf(s.NodeID), s.Error)
		}
	}
}

// handled says whether the flow made up for the failure of a step: by the onError of the step or of a container around it,
// or because such a container ended well.
func handled(doc *flow.Document, steps []engine.Step, s engine.Step) bool {
	for path := s.NodeID; path != ""; path = parent(path) {
		if n := doc.Spec.Find(nodeOf(path)); n != nil && (n.OnError == "continue" || n.OnError == "port") {
			return true
		}
		if path != s.NodeID && slices.ContainsFunc(steps, func(o engine.Step) bool { return o.NodeID == path && o.Status == engine.Succeeded }) {
			return true
		}
	}
	return false
}

// causedWithin says whether a container failed with the error of a step in it that is told of itself.
func causedWithin(steps []engine.Step, s engine.Step) bool {
	return slices.ContainsFunc(steps, func(o engine.Step) bool {
		within := strings.HasPrefix(o.NodeID, s.NodeID+"[") || strings.HasPrefix(o.NodeID, s.NodeID+"/")
		return within && o.Status == engine.Failed && o.Error != nil && strings.Contains(s.Error.Message, strings.TrimSuffix(o.Error.Message, "."))
	})
}

// parent gives the container around a step: each of each[3]/fetch; "" at the top.
func parent(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return ""
	}
	path = path[:i]
	if j := strings.LastIndexByte(path, '['); j >= 0 && strings.HasSuffix(path, "]") {
		path = path[:j]
	}
	return path
}

func nodeOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

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
