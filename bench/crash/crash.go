// Package crash kills the server hundreds of times while it is at work and counts what was promised.
package crash

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
	"dataflow/internal/crash"
)

// Bench is the benchmark "crash".
func Bench() figure.Bench {
	return figure.Bench{Name: "crash", About: "kill -9 at random moments under mixed load: runs lost, repeated and stuck", Run: run}
}

func run(ctx context.Context, args []string, r *figure.Report) error {
	flags := flag.NewFlagSet("crash", flag.ContinueOnError)
	kills := flags.Int("kills", 500, "how often the server is killed")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "for the same moments again")
	python := flags.String("python", ".venv/bin/python", "interpreter with coderunner's requirements")
	if err := flags.Parse(args); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "dataflow-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	binary, err := program.Build(ctx, scratch)
	if err != nil {
		return err
	}
	interpreter, err := filepath.Abs(*python)
	if err != nil {
		return err
	}
	report, err := crash.Run(ctx, crash.Config{
		Binary: binary, Python: interpreter, Dir: filepath.Join(scratch, "data"), Kills: *kills, Seed: *seed,
		Log: func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) },
	})
	for _, f := range report.Faults {
		fmt.Fprintln(os.Stderr, f)
	}
	r.Add(figure.Figure{Name: "kills", Value: float64(report.Kills), AtLeast: float64(*kills), Note: fmt.Sprintf("seed %d", *seed)})
	r.Add(figure.Figure{Name: "runs", Value: float64(report.Runs), Note: "acknowledged: branches, maps, loops, tries, retries, waits, sub-flows, Python"})
	r.Add(figure.Figure{Name: "effects", Value: float64(report.Effects), Note: "that a real HTTP receiver saw"})
	for _, f := range []struct {
		name, note string
		value      int
	}{
		{"lost", "acknowledged and unknown afterwards", report.Lost},
		{"repeated", "completed steps carried out again, unsafe effects that came twice", report.Repeated},
		{"stuck", "runs that never end", report.Stuck},
		{"unstable_keys", "effects whose key changed or was used twice", report.Unstable},
		{"wrong_ends", "runs that ended otherwise than they may", report.Wrong},
	} {
		r.Add(figure.Figure{Name: f.name, Value: float64(f.value), Note: f.note, Zero: true})
	}
	return err
}
