package first

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dataflow/bench/figure"
)

const (
	starts    = 7
	idleFor   = 10 * time.Second
	readyWait = 30 * time.Second
	stopWait  = 15 * time.Second
)

// server measures the built program: how soon it is ready on a data directory that it knows, and what it then holds.
func server(ctx context.Context, scratch string, r *figure.Report) error {
	binary := filepath.Join(scratch, "dataflow")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/dataflow").CombinedOutput(); err != nil { //nolint:gosec // our own program
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	data := filepath.Join(scratch, "data")
	// The first start makes the database and warms the machine's caches.
	if _, _, err := start(ctx, binary, data, 0); err != nil {
		return err
	}
	var times []float64
	var rss float64
	for i := range starts {
		var idle time.Duration
		if i == starts-1 {
			idle = idleFor
		}
		took, memory, err := start(ctx, binary, data, idle)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds())
		rss = memory
	}
	r.Add(figure.Figure{Name: "ready_s", Value: figure.Median(times), Unit: "s", AtMost: readyTarget, Note: fmt.Sprintf("median of %d starts to /readyz", starts)})
	r.Add(figure.Figure{Name: "rss_mib", Value: rss, Unit: "MiB", AtMost: rssTarget, Note: "the server's own process after 10 s idle"})
	return nil
}

// start starts the server, waits until it is ready and idle for a while, and stops it.
func start(ctx context.Context, binary, data string, idle time.Duration) (ready time.Duration, rssMiB float64, err error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", addr, "--data", data) //nolint:gosec // our own program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan exit, 1)
	go func() { ended <- exit{cmd.Wait()} }()
	defer func() { err = errors.Join(err, end(cmd, ended)) }()
	if err := untilReady(ctx, "http://"+addr+"/readyz", ended); err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, output)
	}
	ready = time.Since(began)
	pause(ctx, idle)
	rssMiB, err = rss(cmd.Process.Pid)
	return ready, rssMiB, err
}

// exit is how a program ended; nil is well.
type exit struct{ err error }

// end asks the server's process group to stop, and makes it.
func end(cmd *exec.Cmd, ended <-chan exit) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil //nolint:nilerr // it has ended by itself, which was reported
	}
	select {
	case <-ended:
		return nil
	case <-time.After(stopWait):
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		return fmt.Errorf("the server did not stop within %s", stopWait)
	}
}

func untilReady(ctx context.Context, url string, ended <-chan exit) error {
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready(ctx, url) {
			return nil
		}
		select {
		case <-tick.C:
		case e := <-ended:
			return fmt.Errorf("the server ended: %w", e.err)
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready within %s", readyWait)
		}
	}
}

func ready(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func freeAddr(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

// rss is the resident memory of one process, without its children.
func rss(pid int) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("the system does not tell a process's memory")
}

// tail keeps the end of what a program says. It is written to by one goroutine and read after the program's end or
// failure only.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if len(t.text) > 8<<10 {
		t.text = t.text[len(t.text)-4<<10:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.text) }
