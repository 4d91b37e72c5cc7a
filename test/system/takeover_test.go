package system

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// beside starts a second server on the same data folder, which stands by.
func (i *installation) beside() (*installation, *testkit.Process) {
	i.t.Helper()
	second := &installation{t: i.t, binary: i.binary, dir: i.dir, python: i.python, token: i.token}
	p := testkit.StartProcess(i.t, nil, i.binary, "serve", "--addr", "127.0.0.1:0", "--data", i.dir, "--python", i.python)
	p.WaitFor("stands by on ")
	return second, p
}

// takesOver waits until a server that stood by is ready.
func (i *installation) takesOver(p *testkit.Process) {
	i.t.Helper()
	p.WaitFor("is ready: ")
	i.url = ready.FindStringSubmatch(p.Output())[1]
}

// beginSlow starts runs and waits until one of them is at work.
func (i *installation) beginSlow(count int) []string {
	i.t.Helper()
	ids := make([]string, count)
	for n := range ids {
		var run engine.Run
		require.Equal(i.t, http.StatusAccepted, i.call(http.MethodPost, "/runs", map[string]any{"yaml": slow}, &run))
		ids[n] = run.ID
	}
	testkit.Eventually(i.t, "the first one is at work", func() bool {
		var logs struct{ Items []engine.LogLine }
		i.call(http.MethodGet, "/runs/"+ids[0]+"/logs", nil, &logs)
		return len(logs.Items) > 0
	})
	return ids
}

func (i *installation) allSucceed(ids []string) {
	i.t.Helper()
	for _, id := range ids {
		run := i.finish(id)
		require.Equal(i.t, engine.Succeeded, run.Status, run.Error)
	}
}

func TestStandbyTakesOverWhenTheServerIsKilled(t *testing.T) {
	first := newInstallation(t)
	server := first.serve()
	second, standby := first.beside()
	ids := first.beginSlow(4)
	server.KillHard()
	second.takesOver(standby)
	second.allSucceed(ids)
	require.Equal(t, 1, second.runOf(ids[0]).Recovered)
	require.Equal(t, 0, standby.Stop())
}

// A server that was frozen while another one took over ends what it did, changes nothing any more, and stands by.
func TestFrozenServerStandsByWhenThawed(t *testing.T) {
	first := newInstallation(t)
	server := first.serve()
	second, standby := first.beside()
	ids := first.beginSlow(4)
	require.NoError(t, syscall.Kill(server.PID(), syscall.SIGSTOP))
	second.takesOver(standby)
	if err := syscall.Kill(server.PID(), syscall.SIGCONT); err == nil && !strings.Contains(standby.Output(), "it is ended") {
		server.WaitFor("stands by on ")
		var flow map[string]any
		require.Equal(t, http.StatusServiceUnavailable, first.call(http.MethodPost, "/flows", map[string]any{}, &flow))
		require.Contains(t, server.Output(), "Another process has taken over")
	}
	second.allSucceed(ids)
	require.Equal(t, 0, standby.Stop())
	server.Kill()
}
