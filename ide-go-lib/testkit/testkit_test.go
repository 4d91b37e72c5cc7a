package testkit_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// failing is a test that notes its failures instead of failing.
type failing struct {
	testing.TB
	messages []string
	cleanups []func()
}

type stopped struct{}

func (f *failing) Helper()          {}
func (f *failing) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *failing) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}
func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(stopped{})
}

func (f *failing) run(test func(testing.TB)) {
	defer func() {
		if r := recover(); r != nil && r != (stopped{}) {
			panic(r)
		}
	}()
	test(f)
}

func TestGolden(t *testing.T) {
	t.Chdir(t.TempDir())
	f := &failing{TB: t}
	f.run(func(t testing.TB) { testkit.Golden(t, "a/b.txt", []byte("1\n2\n")) })
	require.Contains(t, f.messages[0], "run the test with DATAFLOW_UPDATE=1 to make it")

	t.Setenv(testkit.UpdateVariable, "1")
	testkit.Golden(t, "a/b.txt", []byte("1\n2\n"))
	t.Setenv(testkit.UpdateVariable, "")
	testkit.Golden(t, "a/b.txt", []byte("1\n2\n"))
	f = &failing{TB: t}
	f.run(func(t testing.TB) { testkit.Golden(t, "a/b.txt", []byte("1\nx\n")) })
	require.Contains(t, f.messages[0], "  1\n- 2\n")
	require.Contains(t, f.messages[0], "+ x\n")
}

func TestFreePort(t *testing.T) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t)))
	require.NoError(t, err)
	require.NoError(t, l.Close())
}

func TestWaiting(t *testing.T) {
	n := 0
	testkit.Eventually(t, "the third time", func() bool { n++; return n == 3 })
	c := make(chan int, 1)
	c <- 7
	require.Equal(t, 7, testkit.Receive(t, "a number", c))
	close(c)
	f := &failing{TB: t}
	f.run(func(t testing.TB) { testkit.Receive(t, "a number", c) })
	require.Equal(t, []string{"closed: a number"}, f.messages)
}

func TestProcess(t *testing.T) {
	p := testkit.StartProcess(t, []string{"GREETING=hello"}, "sh", "-c", `trap 'echo bye; exit 3' INT; echo "$GREETING"; while :; do sleep 0.01; done`)
	p.WaitFor("hello\n")
	require.Equal(t, 3, p.Stop())
	require.Equal(t, "hello\nbye\n", p.Output())
}

func TestProcessThatEndsTooEarly(t *testing.T) {
	f := &failing{TB: t}
	f.run(func(t testing.TB) { testkit.StartProcess(t, nil, "sh", "-c", "echo no; exit 1").WaitFor("yes") })
	require.Contains(t, f.messages[0], "without writing \"yes\"")
	require.Contains(t, f.messages[0], "no\n")
}

func TestProcessTakesItsChildrenAlong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	p := testkit.StartProcess(t, nil, "sh", "-c", `sleep 1000 & echo $! > "$0"; echo started; wait`, file)
	p.WaitFor("started")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var child int
	_, err = fmt.Sscan(strings.TrimSpace(string(data)), &child)
	require.NoError(t, err)
	p.KillHard()
	require.NoError(t, syscall.Kill(child, 0), "a crash leaves children behind")
	p.Kill()
	testkit.Eventually(t, "the child is gone", func() bool { return gone(child) })
}

// gone counts one that nobody has reaped yet.
func gone(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(data), ") Z ")
}

func TestTempDatabase(t *testing.T) {
	require.NoError(t, dbtest.Temp(t).Check(t.Context()))
}

// Go runs a test again when a file has changed that it looked at.
func TestWhatAProgramIsMadeOfIsLookedAt(t *testing.T) {
	const child = "TESTKIT_BUILDS"
	if os.Getenv(child) != "" {
		require.FileExists(t, testkit.Build(t, "dataflow/internal/forms/verify"))
		return
	}
	log := filepath.Join(t.TempDir(), "log")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.testlogfile="+log)
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	looked, err := os.ReadFile(log)
	require.NoError(t, err)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, name := range []string{"go.mod", "internal/forms", "internal/forms/verify/main.go", "ide-go-lib/errs/errs.go"} {
		require.Contains(t, string(looked), "stat "+filepath.Join(root, name)+"\n")
	}
}
