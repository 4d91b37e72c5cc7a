package cli

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

// interruptedAt puts the person behind a proxy where the signals that timeout(1) sends come between the beginning of something on the
// server and the answer to it.
func (m *terminal) interruptedAt(path string) *terminal {
	m.t.Helper()
	to, err := url.Parse(m.env["DATAFLOW_SERVER"])
	require.NoError(m.t, err)
	p := httputil.NewSingleHostReverseProxy(to)
	other := m.beside()
	other.signals = make(chan os.Signal)
	p.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, path) {
			other.signals <- syscall.SIGTERM
			other.signals <- syscall.SIGTERM // taken when the first one is known everywhere
		}
		return nil
	}
	server := httptest.NewServer(p)
	m.t.Cleanup(server.Close)
	other.env = map[string]string{"DATAFLOW_SERVER": server.URL}
	for k, v := range m.env {
		if k != "DATAFLOW_SERVER" {
			other.env[k] = v
		}
	}
	return other
}

func TestWhatASignalFindsHalfBegunIsCanceled(t *testing.T) {
	m := withGate(t)
	m.write("data/n.csv", "n\n1\n")
	first := m.begin("gate")
	m.want(exitOK, "runs", "cancel", first)
	for path, args := range map[string][]string{
		"/runs":      {"flows", "run", "gate"},
		"/v1/runs":   {"run", "gate.yaml", "--server", ""},
		"/retry":     {"retry", first, "--from", "start"},
		"/backfills": {"backfill", "gate", "--range", "n=1..2"},
	} {
		own := m.interruptedAt(path)
		if args[0] == "run" {
			args[3] = own.env["DATAFLOW_SERVER"]
		}
		require.Equal(t, exitCanceled, own.run(args...), own.err.String())
		require.Contains(t, own.err.String(), "canceled", path)
		testkit.Eventually(t, "no run goes on", func() bool {
			var left []engine.Run
			m.answer(&left, "runs", "list", "--status", "queued,running", "--json")
			return len(left) == 0
		})
	}
}
