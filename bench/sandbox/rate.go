package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/bench/figure"
)

// After so much of the executions caches are full; what grows later is a leak.
const settledShare = 10

// A cell's place, with its control groups, is used again; so many are kept at most, each with so many open files.
const (
	mostSeats   = 32
	filesOfSeat = 4
)

// poolSize is how many cells wait when the pool is full. What the service holds is compared only then: with one cell more
// or less it has a process and a file more or less.
const poolSize = 4

// holdings is what the service holds of the machine when nothing runs.
type holdings struct {
	rssMiB, zygoteMiB               float64
	files, processes, mounts, seats int
}

// sustained measures the rate of executions by several callers, and what is left of them.
func sustained(ctx context.Context, o options, r *figure.Report) (err error) {
	s, err := start(ctx, o, "--pool", strconv.Itoa(poolSize))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	first := o.executions / settledShare
	if _, err := hammer(ctx, o, s, first); err != nil {
		return err
	}
	before, err := s.holdings(ctx)
	if err != nil {
		return err
	}
	took, err := hammer(ctx, o, s, o.executions-first)
	if err != nil {
		return err
	}
	after, err := s.holdings(ctx)
	if err != nil {
		return err
	}
	rate := float64(o.executions-first) / took.Seconds()
	r.Add(figure.Figure{Name: "exec_per_s", Value: rate, Unit: "/s", AtLeast: rateTarget, Note: fmt.Sprintf("%d callers, %d executions in %s", o.clients, o.executions-first, took.Round(time.Second))})
	r.Add(figure.Figure{Name: "leak_executions", Value: float64(o.executions), Note: fmt.Sprintf("in a row; compared from the %dth on", first)})
	r.Add(figure.Figure{Name: "leak_rss_mib", Value: after.rssMiB + after.zygoteMiB - before.rssMiB - before.zygoteMiB, Unit: "MiB", AtMost: growthTarget, Note: fmt.Sprintf("growth of the service (%.0f MiB) and its zygote (%.0f MiB)", after.rssMiB, after.zygoteMiB)})
	for _, left := range []struct {
		name  string
		grown int
	}{
		{"leak_processes", after.processes - before.processes},
		{"leak_mounts", after.mounts - before.mounts},
		{"leak_cgroups", after.seats - max(before.seats, mostSeats)},
		{"leak_files", after.files - before.files - filesOfSeat*max(0, after.seats-before.seats)},
	} {
		grown := max(0, left.grown)
		r.Add(figure.Figure{Name: left.name, Value: float64(grown), Note: "more than before; 0 is none"})
		if grown > 0 {
			err = errors.Join(err, fmt.Errorf("%s: %+v became %+v", left.name, before, after))
		}
	}
	return err
}

// hammer runs executions by several callers, each starting the next when one has ended.
func hammer(ctx context.Context, o options, s *service, executions int) (time.Duration, error) {
	var left atomic.Int64
	left.Store(int64(executions))
	failures := make([]error, o.clients)
	began := time.Now()
	var callers sync.WaitGroup
	for i := range o.clients {
		callers.Go(func() {
			for left.Add(-1) >= 0 && failures[i] == nil {
				_, _, failures[i] = s.must(ctx, map[string]any{"code": small})
			}
		})
	}
	callers.Wait()
	return time.Since(began), errors.Join(failures...)
}

// holdings looks at the service once nothing runs and the pool is full again.
func (s *service) holdings(ctx context.Context) (h holdings, err error) {
	// Below the service are a guard, the zygote and the cells that wait.
	idle := func(st status) bool {
		return st.Running == 0 && st.Waiting == 0 && st.Pool == poolSize && len(descendants(s.cmd.Process.Pid)) == 2+st.Pool
	}
	if err := s.until(ctx, idleWait, idle); err != nil {
		return h, err
	}
	pid := s.cmd.Process.Pid
	below := descendants(pid)
	h.processes = len(below)
	if h.rssMiB, err = rss(pid); err != nil {
		return h, err
	}
	if h.zygoteMiB, err = rss(below[1]); err != nil {
		return h, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return h, err
	}
	h.files = len(files)
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", below[1]))
	if err != nil {
		return h, err
	}
	h.mounts = strings.Count(string(mounts), "\n")
	// Where there are no control groups there is nothing to count.
	seats, err := filepath.Glob(fmt.Sprintf("/sys/fs/cgroup/*/*/*/dataflow-coderunner-%d/seat-*", pid))
	if err != nil {
		return h, err
	}
	h.seats = len(seats)
	return h, nil
}

// descendants are the processes below one, children before grandchildren.
func descendants(pid int) []int {
	found := []int{}
	for below := []int{pid}; len(below) > 0; below = below[1:] {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", below[0], below[0]))
		if err != nil {
			continue // it has ended
		}
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				below, found = append(below, child), append(found, child)
			}
		}
	}
	return found
}

func rss(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("the system does not tell a process's memory")
}

func makeDir(dir string) error { return os.MkdirAll(dir, 0o700) }
