package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dataflow/bench/figure"
)

const (
	temporalCLI = "github.com/temporalio/cli/cmd/temporal@v1.5.1"
	temporalQ   = "bench"
)

// temporal measures the same ten steps as activities of a Temporal development server, with its database on disk, and as
// local activities.
func (b *bench) temporal(ctx context.Context) (err error) {
	if b.steps == 0 {
		if err := b.pace(ctx); err != nil {
			return err
		}
	}
	addr, stop, err := b.temporalServer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	w := worker.New(c, temporalQ, worker.Options{})
	w.RegisterWorkflow(tenActivities)
	w.RegisterWorkflow(tenLocalActivities)
	w.RegisterActivity(nothing)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	for _, m := range []struct {
		name, note string
		workflow   any
		least      float64
	}{
		{"temporal_ratio", "activities", tenActivities, 200},
		{"temporal_local_ratio", "local activities", tenLocalActivities, 50},
	} {
		rate, err := workflows(ctx, c, m.workflow, 2*b.seconds)
		if err != nil {
			return err
		}
		b.report.Add(figure.Figure{Name: m.name, Value: b.steps / rate, Unit: "×", AtLeast: m.least, Note: fmt.Sprintf("a Temporal dev server does %.0f steps/s as %s, 100 workflows in flight", rate, m.note)})
	}
	return nil
}

func nothing(context.Context, string) (string, error) {
	return "step 122 of a run with a result of some length", nil
}

func tenActivities(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var out string
	for range 10 {
		if err := workflow.ExecuteActivity(ctx, nothing, out).Get(ctx, &out); err != nil {
			return err
		}
	}
	return nil
}

func tenLocalActivities(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	var out string
	for range 10 {
		if err := workflow.ExecuteLocalActivity(ctx, nothing, out).Get(ctx, &out); err != nil {
			return err
		}
	}
	return nil
}

// workflows keeps a hundred workflows in flight and gives steps per second.
func workflows(ctx context.Context, c client.Client, flow any, length time.Duration) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for ctx.Err() == nil {
				run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: temporalQ}, flow)
				if err == nil {
					err = run.Get(ctx, nil)
				}
				if err != nil {
					if ctx.Err() == nil {
						cancel(err)
					}
					return
				}
				done.Add(10)
			}
		})
	}
	wait := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	wait(3 * time.Second)
	before, began := done.Load(), time.Now()
	wait(length)
	rate := float64(done.Load()-before) / time.Since(began).Seconds()
	failed := context.Cause(ctx)
	cancel(nil)
	all.Wait()
	if failed == nil && rate == 0 {
		failed = errors.New("no workflow has ended")
	}
	return rate, failed
}

// temporalServer builds the server if it is not there, and starts it.
func (b *bench) temporalServer(ctx context.Context) (addr string, stop func() error, err error) {
	bin, err := filepath.Abs("bin")
	if err != nil {
		return "", nil, err
	}
	program := filepath.Join(bin, "temporal")
	if _, err := os.Stat(program); err != nil {
		fmt.Fprintln(os.Stderr, "building the Temporal server, which takes some minutes …")
		build := exec.CommandContext(ctx, "go", "install", temporalCLI)
		build.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=-mod=mod")
		if out, err := build.CombinedOutput(); err != nil {
			return "", nil, fmt.Errorf("build temporal: %w\n%s", err, out)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(program, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", strconv.Itoa(port), //nolint:gosec,noctx // ended by its id
		"--db-filename", filepath.Join(b.scratch, "temporal.db"), "--log-level", "error")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	return addr, func() error {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
		return nil
	}, nil
}

// dial waits until the server answers.
func dial(ctx context.Context, addr string) (client.Client, error) {
	deadline := time.Now().Add(time.Minute)
	for {
		c, err := client.DialContext(ctx, client.Options{HostPort: addr, Logger: quiet{}})
		if err == nil {
			return c, nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return nil, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// quiet says nothing.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
