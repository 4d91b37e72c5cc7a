// Package engine measures orchestration: through the API as users meet it, in the engine alone, and beside a Temporal
// server that does the same.
package engine

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/pace"
	"dataflow/bench/program"
)

// Bench is the benchmark "engine".
func Bench() figure.Bench {
	return figure.Bench{Name: "engine", About: "runs and steps through the API, maps, restarts, idle, and a Temporal server beside it", Run: run}
}

// bench is what the parts share.
type bench struct {
	scratch, binary, python string
	report                  *figure.Report
	seconds                 time.Duration
	steps                   float64 // per second of the engine; for the comparison
}

func run(ctx context.Context, args []string, r *figure.Report) error {
	flags := flag.NewFlagSet("engine", flag.ContinueOnError)
	only := flags.String("only", "", "one part alone: steps, api, maps, python, restarts, idle or temporal")
	seconds := flags.Duration("for", 5*time.Second, "how long rates are measured")
	python := flags.String("python", ".venv/bin/python", "interpreter with coderunner's requirements")
	dir := flags.String("dir", "", "where the databases lie; empty is the system's directory for temporary files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(*dir, "dataflow-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	b := &bench{scratch: scratch, report: r, seconds: *seconds}
	if b.binary, err = program.Build(ctx, scratch); err != nil {
		return err
	}
	if b.python, err = filepath.Abs(*python); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"steps", b.pace}, {"api", b.api}, {"maps", b.maps}, {"python", b.pythonSteps}, {"restarts", b.restarts}, {"idle", b.idle}, {"temporal", b.temporal},
	} {
		if *only != "" && *only != part.name {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// pace measures the engine without HTTP.
func (b *bench) pace(ctx context.Context) error {
	p := pace.Pace{InFlight: 100, Length: b.seconds}
	got, err := p.Measure(ctx, filepath.Join(b.scratch, "steps"), true)
	if err != nil {
		return err
	}
	b.steps = got
	b.report.Add(figure.Figure{Name: "steps_per_s", Value: got, Unit: "steps/s", AtLeast: 40_000, Note: "flows of 10 expression nodes, 100 runs in flight, every outcome durable before the next step"})
	return nil
}

// start starts a server with Python on a data folder of its own.
func (b *bench) start(ctx context.Context, data string) (*program.Server, error) {
	return program.Start(ctx, b.binary, "serve", "--data", filepath.Join(b.scratch, data), "--python", b.python)
}

// withServer carries out f on a fresh server.
func (b *bench) withServer(ctx context.Context, data string, f func(s *program.Server, c *program.Client) error) (err error) {
	s, err := b.start(ctx, data)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := s.Stop(); err == nil {
			err = stopped
		}
	}()
	c, err := s.Login(ctx, connections)
	if err != nil {
		return err
	}
	return f(s, c)
}
