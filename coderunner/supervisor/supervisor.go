// Package supervisor keeps the Python service alive as a child of this process.
package supervisor

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"dataflow/coderunner"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
)

const (
	boot         = "import sys; sys.path.insert(0, sys.argv.pop(1)); from coderunner.server.main import main; sys.exit(main(sys.argv[1:]))"
	firstDelay   = 200 * time.Millisecond
	longestDelay = 30 * time.Second
	// A child that has lived this long failed for a new reason, so its successor starts without delay.
	settled   = time.Minute
	stopGrace = 3 * time.Second
)

// Config says how to run the service.
type Config struct {
	// Python is an interpreter that has the packages of requirements.lock.
	Python string
	// Dir keeps the service's unpacked sources.
	Dir string
	// AllowRead and AllowWrite are the folders below which inputs and results may lie.
	AllowRead, AllowWrite []string
	// Environments is the folder that keeps the packages of environments; "" keeps none.
	Environments string
	// Args are further arguments, such as --unsafe-without=LAYER.
	Args []string
	Log  *slog.Logger
}

// Supervisor starts the service, starts it again when it ends, and ends it with all that it runs.
type Supervisor struct {
	cfg Config

	mu       sync.Mutex
	started  bool
	stopped  bool
	status   Status
	answered bool        // it has come up at least once
	broken   *errs.Error // why it has never come up

	folder string
	stop   chan struct{}
	done   chan struct{}
}

var _ lifecycle.Service = (*Supervisor)(nil)

// New makes a supervisor; nothing runs yet. Its socket exists while it runs.
func New(cfg Config) (*Supervisor, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	// A socket's path may have little more than 100 bytes, so it cannot lie in a folder of any depth. The service removes
	// the folders of this name whose process is gone.
	folder, err := os.MkdirTemp("", fmt.Sprintf("coderunner-%d-", os.Getpid()))
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("make a folder for the socket of the Python service: %w", err))
	}
	return &Supervisor{
		cfg:    cfg,
		folder: folder,
		status: Status{State: Starting},
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
	}, nil
}

// Socket is where the service listens once it is up.
func (s *Supervisor) Socket() string { return filepath.Join(s.folder, "socket") }

// Start unpacks the service and begins to run it. It does not wait for Python: Status tells how far it is, and clients
// wait by themselves.
func (s *Supervisor) Start(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.stopped {
		return nil
	}
	if _, err := exec.LookPath(s.cfg.Python); err != nil {
		return errs.Unavailable("python_missing", "There is no Python interpreter at %q.", s.cfg.Python).
			WithHint("Make one with the packages of coderunner/requirements.lock and name it by --python or DATAFLOW_PYTHON.").Wrap(err)
	}
	home, err := coderunner.Unpack(s.cfg.Dir)
	if err != nil {
		return errs.Internal(err)
	}
	s.started = true
	go s.supervise(home) //nolint:contextcheck // the ctx of Start bounds only the start
	return nil
}

// Stop ends the service, its zygote and every execution. A service that does not end in time is killed.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.mu.Lock()
	started, first := s.started, !s.stopped
	s.stopped = true
	s.mu.Unlock()
	if first {
		close(s.stop)
	}
	if started {
		select {
		case <-s.done:
		case <-ctx.Done():
			return errs.Internal(fmt.Errorf("the Python service has not ended yet: %w", ctx.Err()))
		}
	}
	if first {
		if err := os.RemoveAll(s.folder); err != nil {
			return errs.Internal(fmt.Errorf("remove the socket of the Python service: %w", err))
		}
	}
	return nil
}

func (s *Supervisor) supervise(home string) {
	// The kernel sends the death signal when the thread that started the child ends, not the process; so the thread stays.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	for delay := firstDelay; ; delay = min(2*delay, longestDelay) {
		began := time.Now()
		err := s.runOnce(home)
		select {
		case <-s.stop:
			return
		default:
		}
		if time.Since(began) > settled {
			delay = firstDelay
		}
		detail := "the Python service ended"
		if err != nil {
			detail = err.Error()
		}
		s.set(Status{State: Degraded, Detail: detail})
		s.cfg.Log.Error("the Python service ended; starting it again", "error", detail, "after", delay)
		timer := time.NewTimer(delay)
		select {
		case <-s.stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		s.set(Status{State: Starting})
	}
}

// runOnce runs one child to its end.
func (s *Supervisor) runOnce(home string) error {
	if err := os.Remove(s.Socket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale socket: %w", err)
	}
	cmd := exec.Command(s.cfg.Python, s.arguments(home)...) //nolint:gosec,noctx // the interpreter is the operator's choice; endOnStop ends it in an orderly way
	cmd.Dir = s.folder
	cmd.Env = environment(os.Environ())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	logs, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.cfg.Python, err)
	}
	watching, stopWatching := context.WithCancel(context.Background())
	defer stopWatching()
	go s.watch(watching)
	exited := make(chan struct{})
	go s.endOnStop(cmd.Process.Pid, exited)
	last := s.forward(logs)
	err = cmd.Wait()
	close(exited)
	// Whatever is left of its group goes with it.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	s.endedUnanswered(last)
	if err != nil && last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

func (s *Supervisor) arguments(home string) []string {
	args := []string{"-I", "-c", boot, home, "--socket", s.Socket(), "--die-with-parent"}
	for _, dir := range s.cfg.AllowRead {
		args = append(args, "--allow-read", dir)
	}
	for _, dir := range s.cfg.AllowWrite {
		args = append(args, "--allow-write", dir)
	}
	if s.cfg.Environments != "" {
		args = append(args, "--environment-dir", s.cfg.Environments)
	}
	return append(args, s.cfg.Args...)
}

// endOnStop asks the child to end when the supervisor stops, and kills its group when it does not.
func (s *Supervisor) endOnStop(pid int, exited <-chan struct{}) {
	select {
	case <-exited:
		return
	case <-s.stop:
	}
	_ = syscall.Kill(pid, syscall.SIGTERM)
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-exited:
	case <-timer.C:
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}

// forward passes the child's log lines on and gives the last one.
func (s *Supervisor) forward(logs io.Reader) string {
	var last string
	reader := bufio.NewReaderSize(logs, 64<<10)
	for {
		line, _, err := reader.ReadLine()
		if len(line) > 0 {
			last = string(line)
			s.log(line)
		}
		if err != nil {
			return last
		}
	}
}

func (s *Supervisor) log(line []byte) {
	var entry struct {
		Level, Logger, Msg, Error string
	}
	if json.Unmarshal(line, &entry) != nil || entry.Msg == "" {
		s.cfg.Log.Warn(string(line), "logger", "coderunner")
		return
	}
	level := map[string]slog.Level{"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARNING": slog.LevelWarn}
	at, known := level[entry.Level]
	if !known {
		at = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("logger", entry.Logger)}
	if entry.Error != "" {
		attrs = append(attrs, slog.String("error", entry.Error))
	}
	s.cfg.Log.LogAttrs(context.Background(), at, entry.Msg, attrs...)
}

// environment keeps what an interpreter needs, and how the operator has pip find packages; jailed code sees neither.
func environment(all []string) []string {
	keep := map[string]bool{
		"PATH": true, "HOME": true, "LANG": true, "LC_ALL": true, "TZ": true, "TMPDIR": true, "LD_LIBRARY_PATH": true,
		"OPENBLAS_CORETYPE": true, "OPENBLAS_L2_SIZE": true, "XDG_CONFIG_HOME": true, "XDG_CONFIG_DIRS": true,
	}
	var kept []string
	for _, entry := range all {
		for i := range len(entry) {
			if entry[i] == '=' {
				if keep[entry[:i]] || strings.HasPrefix(entry, "PIP_") {
					kept = append(kept, entry)
				}
				break
			}
		}
	}
	return kept
}
