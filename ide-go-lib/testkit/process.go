package testkit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

// RaceReport is what the race detector writes first about a race in a program.
const RaceReport = "WARNING: DATA RACE"

// Process is a program that a test has started. It leads a process group of its own, which is gone after the test.
type Process struct {
	t    testing.TB
	cmd  *exec.Cmd
	out  string // a file: unlike a pipe it does not wait for the program's children, and holds all when the program has ended
	done chan struct{}
	err  error
}

// StartProcess runs a program. Its output is kept, and shown when the test fails.
func StartProcess(t testing.TB, env []string, name string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: exec.Command(name, args...), out: filepath.Join(t.TempDir(), "output"), done: make(chan struct{})} //nolint:gosec,noctx // the test names it and ends it by its id
	out, err := os.OpenFile(p.out, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatalf("keep the output of %s: %v", name, err)
	}
	defer func() { _ = out.Close() }()
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		if strings.Contains(p.Output(), RaceReport) {
			t.Errorf("%s has a data race", filepath.Base(name))
		}
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(name), p.Output())
		}
	})
	return p
}

// PID gives the process's id, which is also that of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output gives what the program has written so far, to standard output and error alike.
func (p *Process) Output() string {
	data, err := os.ReadFile(p.out)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// WaitFor waits until the output contains text, and fails the test when the program ends before.
func (p *Process) WaitFor(text string) {
	p.t.Helper()
	Eventually(p.t, "the output contains "+text, func() bool {
		if strings.Contains(p.Output(), text) {
			return true
		}
		select {
		case <-p.done:
			if !strings.Contains(p.Output(), text) {
				p.t.Fatalf("the program ended (%v) without writing %q:\n%s", p.err, text, p.Output())
			}
		default:
		}
		return false
	})
}

// Wait waits for the end of the program and gives its exit code.
func (p *Process) Wait() int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), 3*DefaultWait)
	defer cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.t.Fatalf("the program did not end:\n%s", p.Output())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Stop asks the program to end, as a person does with Ctrl-C, and gives its exit code.
func (p *Process) Stop() int {
	p.t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	return p.Wait()
}

// KillHard ends the program alone with SIGKILL, as a crash does; its children live on.
func (p *Process) KillHard() {
	p.t.Helper()
	_ = p.cmd.Process.Kill()
	p.Wait()
}

// Kill ends the whole process group with SIGKILL, also what is left of it when the program itself has ended.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	select {
	case <-p.done:
	case <-time.After(DefaultWait):
		p.t.Errorf("process %d does not die", p.PID())
	}
}

// Build compiles a Go package of this module into a temporary program and gives its path. The program is made as the test
// itself is, with the race detector where the test has it: it is watched too, and what both consist of is compiled once.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	for _, file := range sources(t, pkg) {
		if _, err := os.Stat(file); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), filepath.Base(pkg))
	args := append([]string{"build", "-ldflags=-s -w"}, ownFlags()...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "-o", path, pkg)...) //nolint:gosec // the test names it
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return path
}

// sources gives the files and folders of this module that a program of it is made of. Go keeps what a test has found for as long as the
// files that it looked at are the same, and knows nothing of those that a command of it reads.
func sources(t testing.TB, pkg string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", sourcesOf, pkg) //nolint:gosec // the test names it
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the files of %s: %v", pkg, err)
	}
	var files []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			files = append(files, line)
		}
	}
	return files
}

// sourcesOf is a template of go list for them.
const sourcesOf = `{{with .Module}}{{if .Main}}{{.GoMod}}
{{$.Dir}}
{{range $.GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.CgoFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.CFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.CXXFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.HFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.EmbedFiles}}{{$.Dir}}/{{.}}
{{end}}{{end}}{{end}}`

// ownFlags gives the flags the running program was compiled with, as far as they decide what else was compiled.
func ownFlags() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var flags []string
	for _, set := range info.Settings {
		if set.Key == "-race" || set.Key == "-gcflags" || set.Key == "-trimpath" {
			flags = append(flags, set.Key+"="+set.Value)
		}
	}
	return flags
}
