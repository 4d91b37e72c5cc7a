// Package first measures the figures of the first complete way through the house: how soon the server is there, how
// much memory it holds, how many durable steps the engine carries out, and how long a new user waits.
package first

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/pace"
)

// Bench is the benchmark "first".
func Bench() figure.Bench {
	return figure.Bench{
		Name: "first", About: "start of commands and of the server, idle memory, durable steps per second; --fresh adds a new user's wait",
		Run: run,
	}
}

// The targets.
const (
	readyTarget = 1.5   // seconds
	rssTarget   = 150   // MiB
	stepsTarget = 5_000 // per second
	freshRun    = 6     // minutes
	freshTest   = 15    // minutes
)

func run(ctx context.Context, args []string, r *figure.Report) error {
	flags := flag.NewFlagSet("first", flag.ContinueOnError)
	fresh := flags.Bool("fresh", false, "also measure make run and make test in a fresh clone with empty caches (many minutes)")
	only := flags.String("only", "", "measure one part alone: commands, server, steps or fresh")
	seconds := flags.Duration("for", 5*time.Second, "how long to measure steps")
	inFlight := flags.Int("runs", 100, "runs in flight")
	profile := flags.String("cpuprofile", "", "write a CPU profile of the measured steps to this file")
	dir := flags.String("dir", "", "where to put databases; empty is the system's directory for temporary files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(*dir, "dataflow-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()

	if *only == "" || *only == "commands" {
		if err := commands(ctx, scratch, r); err != nil {
			return fmt.Errorf("commands: %w", err)
		}
	}
	if *only == "" || *only == "server" {
		if err := server(ctx, scratch, r); err != nil {
			return fmt.Errorf("server: %w", err)
		}
	}
	if *only == "" || *only == "steps" {
		p := pace.Pace{InFlight: *inFlight, Length: *seconds, Profile: *profile}
		for _, x := range []struct {
			name, dir, note string
			target          float64
			real            bool
		}{
			{"engine_steps_per_s", "engine", "steps that do nothing: the engine and its journal alone", 0, false},
			{"steps_per_s", "steps", "value.set with an expression, every outcome durable before the next step", stepsTarget, true},
		} {
			got, err := p.Measure(ctx, filepath.Join(scratch, x.dir), x.real)
			if err != nil {
				return fmt.Errorf("steps: %w", err)
			}
			r.Add(figure.Figure{Name: x.name, Value: got, Unit: "steps/s", AtLeast: x.target, Note: x.note})
		}
	}
	if *fresh || *only == "fresh" {
		if err := newUser(ctx, scratch, r); err != nil {
			return fmt.Errorf("fresh: %w", err)
		}
	}
	return nil
}
