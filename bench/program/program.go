// Package program starts the built server for benches, and tells what it takes.
package program

import (
	"bufio"
	"bytes"
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
	"sync"
	"syscall"
	"time"
)

const (
	readyWait = 2 * time.Minute
	stopWait  = 30 * time.Second
)

// Password is the administrator's in every server that is started here.
const Password = "a password for benches"

// Server is a running server.
type Server struct {
	URL   string
	Ready time.Duration // from the start of the process to /readyz

	cmd    *exec.Cmd
	ended  chan struct{}
	err    error
	output *tail
}

// Build compiles the program into dir and gives its path. The working directory must be the repository's.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "dataflow")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/dataflow").CombinedOutput(); err != nil { //nolint:gosec // our own program
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

// Start starts the server with these arguments on a free port, in a process group of its own, and waits until it is
// ready.
func Start(ctx context.Context, binary string, args ...string) (*Server, error) {
	addr, err := FreeAddr(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, append(args, "--addr", addr)...) //nolint:gosec,noctx // our own program, ended by its id
	cmd.Env = append(os.Environ(), "DATAFLOW_ADMIN_PASSWORD="+Password)
	return Await(ctx, cmd, addr, readyWait)
}

// Beside starts the server like Start, on a data folder that another one owns, and waits until it stands by.
func Beside(ctx context.Context, binary string, args ...string) (*Server, error) {
	addr, err := FreeAddr(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, append(args, "--addr", addr)...) //nolint:gosec,noctx // our own program, ended by its id
	cmd.Env = append(os.Environ(), "DATAFLOW_ADMIN_PASSWORD="+Password)
	s, err := spawn(cmd, addr)
	if err != nil {
		return nil, err
	}
	if err := s.until(ctx, readyWait, "/healthz"); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%w\n%s", err, s.output)
	}
	return s, nil
}

// UntilReady waits until a server that stood by has taken over.
func (s *Server) UntilReady(ctx context.Context) error { return s.untilReady(ctx, readyWait) }

// Freeze stops the server's process, as a debugger does, and Thaw lets it go on.
func (s *Server) Freeze() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

func spawn(cmd *exec.Cmd, addr string) (*Server, error) {
	s := &Server{URL: "http://" + addr, cmd: cmd, ended: make(chan struct{}), output: &tail{}}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	return s, nil
}

// Await starts a command that ends up listening on addr, and waits until that is ready.
func Await(ctx context.Context, cmd *exec.Cmd, addr string, most time.Duration) (*Server, error) {
	began := time.Now()
	s, err := spawn(cmd, addr)
	if err != nil {
		return nil, err
	}
	if err := s.untilReady(ctx, most); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%w\n%s", err, s.output)
	}
	s.Ready = time.Since(began)
	return s, nil
}

// Stop asks the server to end, and makes it.
func (s *Server) Stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which Wait tells
	select {
	case <-s.ended:
		return nil
	case <-time.After(stopWait):
		s.Kill()
		return fmt.Errorf("the server did not stop within %s", stopWait)
	}
}

// Kill ends the server and all it has started, as a crash does.
func (s *Server) Kill() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.ended
}

func (s *Server) untilReady(ctx context.Context, most time.Duration) error {
	return s.until(ctx, most, "/readyz")
}

// until waits until the server answers well at a path.
func (s *Server) until(ctx context.Context, most time.Duration, path string) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, s.URL+path) {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return fmt.Errorf("the server ended: %w", s.err)
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready within %s", most)
		}
	}
}

func answers(ctx context.Context, url string) bool {
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

// FreeAddr gives an address of this machine on which nothing listens.
func FreeAddr(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

// Memory gives a figure of the server's own process, without its children, in MiB: VmRSS is what it holds now, VmHWM the
// most it ever held.
func (s *Server) Memory(name string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("the system does not tell a process's memory")
}

// CPU gives the processor time that the server's own process has taken, in seconds.
func (s *Server) CPU() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; the fields follow it.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const perSecond = 100
	var ticks float64
	for _, i := range []int{11, 12} { // utime, stime
		n, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return ticks / perSecond, nil
}

// Pause waits, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 8<<10 {
		t.text = t.text[len(t.text)-4<<10:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
