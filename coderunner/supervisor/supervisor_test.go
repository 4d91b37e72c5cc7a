package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dataflow/coderunner"
	"dataflow/coderunner/client"
	"dataflow/coderunner/internal/python"
	"dataflow/coderunner/supervisor"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// childEnv makes the test binary play a server that holds a supervisor, so that it can be killed.
const childEnv = "SUPERVISOR_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(beServer(dir))
	}
	os.Exit(m.Run())
}

func create(t *testing.T) *supervisor.Supervisor {
	t.Helper()
	s, err := supervisor.New(supervisor.Config{Python: python.Find(t), Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *supervisor.Supervisor) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(60 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func alive(socket string) bool {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	res, err := client.Get("http://coderunner/healthz")
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// processes are those that were started with word in their command line.
func processes(t *testing.T, word string) []int {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), word) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err == nil && pid != os.Getpid() {
			found = append(found, pid)
		}
	}
	return found
}

func TestLife(t *testing.T) {
	s := create(t)
	if got := s.Status().State; got != supervisor.Starting {
		t.Errorf("before the start: %s", got)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatalf("second start: %v", err)
	}
	eventually(t, "ready", func() bool { return s.Status().State == supervisor.OK })
	if layers := s.Status().Layers; layers["seccomp"] != "on" || layers["network_namespace"] != "on" {
		t.Errorf("layers %v", layers)
	}

	socket := s.Socket()
	pids := processes(t, socket)
	if len(pids) != 1 {
		t.Fatalf("processes %v", pids)
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "started again", func() bool {
		now := processes(t, socket)
		return len(now) == 1 && now[0] != pids[0] && alive(socket)
	})

	stop(t, s)
	stop(t, s)
	if left := processes(t, socket); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Errorf("start after stop: %v", err)
	}
}

func TestStopBeforeStart(t *testing.T) { stop(t, create(t)) }

func TestNoInterpreter(t *testing.T) {
	s, err := supervisor.New(supervisor.Config{Python: filepath.Join(t.TempDir(), "none"), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	if err := s.Start(t.Context()); !errors.Is(err, &errs.Error{Code: "python_missing"}) {
		t.Fatalf("error %v", err)
	}
}

func TestServiceThatFailsAtStart(t *testing.T) {
	s, err := supervisor.New(supervisor.Config{Python: python.Find(t), Dir: t.TempDir(), Args: []string{"--no-such-flag"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "reported", func() bool {
		status := s.Status()
		return status.State == supervisor.Degraded && strings.Contains(status.Detail, "--no-such-flag")
	})
}

// TestDiesWithParent kills a process that holds a supervisor, as kill -9 on the server would.
// An interpreter without the packages is no service that was lost: whoever asks is told at once what is missing.
func TestInterpreterWithoutPackages(t *testing.T) {
	dir := t.TempDir()
	bare := filepath.Join(dir, "bare")
	if text, err := exec.Command(python.Find(t), "-m", "venv", "--without-pip", bare).CombinedOutput(); err != nil {
		t.Fatal(err, string(text))
	}
	s, err := supervisor.New(supervisor.Config{Python: filepath.Join(bare, "bin", "python"), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	if err := s.Broken(); err != nil {
		t.Errorf("before the start: %v", err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := client.New(client.Config{Socket: s.Socket(), Dir: dir, StartWait: time.Hour, Broken: s.Broken})
	defer c.Close()
	_, err = c.Execute(t.Context(), node.PythonRequest{Code: "def main(): return 1"})
	var problem *errs.Error
	if !errors.As(err, &problem) || problem.Code != "python_broken" || !strings.Contains(problem.Message, "ModuleNotFoundError: No module named") {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(problem.Hint, bare) || !strings.Contains(problem.Hint, "requirements.lock") {
		t.Errorf("hint %q", problem.Hint)
	}
}

func TestDiesWithParent(t *testing.T) {
	dir := t.TempDir()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), childEnv+"="+dir, "DATAFLOW_PYTHON="+python.Find(t))
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var socket string
	if _, err := fmt.Fscanln(out, &socket); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(socket)) }()
	home, err := coderunner.Unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	// The service and its zygote both name the unpacked sources.
	if before := processes(t, home); len(before) < 2 {
		t.Fatalf("processes %v", before)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err == nil {
		t.Error("the server ended by itself")
	}
	eventually(t, "all gone", func() bool { return len(processes(t, home)) == 0 })
}

func beServer(dir string) int {
	s, err := supervisor.New(supervisor.Config{Python: os.Getenv("DATAFLOW_PYTHON"), Dir: dir})
	if err != nil {
		return 1
	}
	if err := s.Start(context.Background()); err != nil {
		return 1
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.Status().State != supervisor.OK {
		<-tick.C
	}
	fmt.Println(s.Socket())
	select {}
}
