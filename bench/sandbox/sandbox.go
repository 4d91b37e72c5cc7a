// Package sandbox measures the sandbox of user code: how long an execution takes, warm and cold, how many there are in a
// second, what a large table costs, whether anything gets out, and whether anything is left behind.
package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dataflow/bench/figure"
)

// Bench is the benchmark "sandbox".
func Bench() figure.Bench {
	return figure.Bench{
		Name: "sandbox", About: "executions of Python: latency, rate, a large table, escapes, leaks",
		Run: run,
	}
}

// The targets.
const (
	warmTarget       = 5.0 // ms
	warmShareTarget  = 0.4 // of an interpreter that does nothing
	rateTarget       = 100 // per second
	coldShareTarget  = 1.0
	coldImportTarget = 20 // times faster than import pandas
	tableTarget      = 1.3
	growthTarget     = 16 // MiB in 10,000 executions
)

// small is the code whose latency is measured: it builds and sums a small data frame.
const small = `import pandas as pd

def main(rows=100):
    frame = pd.DataFrame({"n": range(rows), "x": [1.5] * rows})
    frame["y"] = frame["n"] * frame["x"]
    return float(frame["y"].sum())
`

type options struct {
	python, attacks, scratch string
	requests, executions     int
	clients                  int
	pause                    time.Duration
}

func run(ctx context.Context, args []string, r *figure.Report) error {
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	var o options
	only := flags.String("only", "", "measure one part alone: warm, cold, rate, table or escapes")
	flags.StringVar(&o.python, "python", "", "interpreter with coderunner's requirements; empty is .venv")
	flags.StringVar(&o.attacks, "attacks", filepath.Join("coderunner", "tests", "escape", "attacks"), "folder of the attacks")
	flags.IntVar(&o.requests, "requests", 300, "requests of which the latency is the median")
	flags.IntVar(&o.executions, "executions", 10_000, "executions in a row of which rate and leaks are taken")
	flags.IntVar(&o.clients, "clients", 4, "callers at the same time when the rate is taken")
	flags.DurationVar(&o.pause, "pause", 25*time.Millisecond, "between two requests when the latency of a warm one is taken")
	dir := flags.String("dir", "", "where to put files; empty is the system's directory for temporary files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.python == "" {
		o.python = filepath.Join(".venv", "bin", "python")
	}
	python, err := filepath.Abs(o.python)
	if err != nil {
		return err
	}
	o.python = python
	if o.scratch, err = os.MkdirTemp(*dir, "df-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(o.scratch) }()
	parts := []struct {
		name string
		run  func(context.Context, options, *figure.Report) error
	}{{"warm", warm}, {"cold", cold}, {"table", largeTable}, {"rate", sustained}, {"escapes", escapes}}
	var failed []error
	for _, part := range parts {
		if *only != "" && *only != part.name {
			continue
		}
		began := time.Now()
		if err := part.run(ctx, o, r); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", part.name, err))
		}
		fmt.Fprintf(os.Stderr, "%s took %s at a load of %s\n", part.name, time.Since(began).Round(time.Second), load())
	}
	return errors.Join(failed...)
}

// load is what else the machine does.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Fields(string(text))[0]
}
