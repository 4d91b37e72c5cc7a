// Package table measures tables: a large one against bare DuckDB and pandas, a small one as a flow of a server, what one
// node costs by itself, and the preview of a node.
package table

import (
	"context"
	"flag"
	"fmt"
	"os"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

// Bench is the benchmark "table".
func Bench() figure.Bench {
	return figure.Bench{
		Name: "table", About: "a flow over 10,000,000 rows beside bare DuckDB and pandas, small tables, and what a node costs",
		Run: run,
	}
}

// PreviewBench is the benchmark "preview".
func PreviewBench() figure.Bench {
	return figure.Bench{Name: "preview", About: "the first rows of a node, five table nodes behind a file of 1,000,000 rows", Run: runPreview}
}

type bench struct {
	dir, binary, python string
	rows, times         int
	hugeRows            int
	report              *figure.Report
}

func run(ctx context.Context, args []string, r *figure.Report) error {
	if len(args) == 2 && args[0] == bareChild {
		return bare(ctx, args[1])
	}
	b := bench{report: r}
	flags := flag.NewFlagSet("table", flag.ContinueOnError)
	only := flags.String("only", "", "measure one part alone: large, huge or small")
	flags.IntVar(&b.rows, "rows", 10_000_000, "rows of the large table")
	flags.IntVar(&b.hugeRows, "huge-rows", 95_000_000, "rows of the table that does not fit into memory")
	flags.IntVar(&b.times, "times", 3, "how often each is measured, in turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	done, err := b.prepare(ctx)
	if err != nil {
		return err
	}
	defer done()
	if *only == "" || *only == "large" {
		if err := b.large(ctx); err != nil {
			return fmt.Errorf("large: %w", err)
		}
	}
	if *only == "" || *only == "huge" {
		if err := b.huge(ctx); err != nil {
			return fmt.Errorf("huge: %w", err)
		}
	}
	if *only == "" || *only == "small" {
		if err := b.small(ctx); err != nil {
			return fmt.Errorf("small: %w", err)
		}
	}
	return nil
}

// prepare builds the program in a folder that done removes.
func (b *bench) prepare(ctx context.Context) (done func(), err error) {
	if b.python = os.Getenv("DATAFLOW_PYTHON"); b.python == "" {
		b.python = ".venv/bin/python"
	}
	if b.dir, err = os.MkdirTemp("", "dataflow-bench-"); err != nil {
		return nil, err
	}
	done = func() { _ = os.RemoveAll(b.dir) }
	if b.binary, err = program.Build(ctx, b.dir); err != nil {
		done()
	}
	return done, err
}
