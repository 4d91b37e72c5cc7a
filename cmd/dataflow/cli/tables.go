package cli

import (
	"time"

	"github.com/spf13/pflag"

	"dataflow/ide-go-lib/table/duck"
)

// tableFlags bound what queries over tables may take of the machine.
type tableFlags struct {
	memory, disk, queries int
	time                  time.Duration
}

func (f *tableFlags) add(fl *pflag.FlagSet) {
	fl.IntVar(&f.memory, "table-memory", 0, "`MiB` of memory for tables, all queries together; what does not fit is put on the disk; 0 is 60 % of the machine's")
	fl.IntVar(&f.disk, "table-disk", 0, "`MiB` of the disk that one query may take for what does not fit into memory; 0 is 16 GiB")
	fl.IntVar(&f.queries, "table-queries", 0, "how `many` queries work at a time; they share the memory; 0 is as many as there are processors, at least 2")
	fl.DurationVar(&f.time, "table-time", time.Hour, "how long one query may take")
}

// leastTableMemory is what one query needs to get anywhere.
const leastTableMemory = 64

// config gives the engine's bounds.
func (f *tableFlags) config() (duck.Config, error) {
	switch {
	case f.time <= 0:
		return duck.Config{}, usagef("--table-time must be more than 0, not %s", f.time)
	case f.memory < 0 || f.disk < 0 || f.queries < 0:
		return duck.Config{}, usagef("--table-memory, --table-disk and --table-queries cannot be less than 0")
	case f.memory > 0 && f.memory < leastTableMemory*max(f.queries, 1):
		return duck.Config{}, usagef("--table-memory must be %d or more for each query that works at a time, not %d", leastTableMemory, f.memory)
	}
	return duck.Config{MemoryMiB: f.memory, TempMiB: f.disk, Slots: f.queries, Time: f.time}, nil
}
