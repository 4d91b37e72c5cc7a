package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEnvironmentsAreOnServers(t *testing.T) {
	m := newTerminal(t)
	m.write("flow.yaml", `apiVersion: dataflow/v1
kind: Flow
metadata: {name: nightly}
spec:
  nodes:
    - {id: again, type: control.try, nodes: [{id: code, type: python, with: {code: "def main(): return 1", environment: reports@3}}]}
`)
	require.Equal(t, exitUsage, m.run("run", "flow.yaml"))
	require.Contains(t, m.err.String(), "node code, with.environment")
	require.Contains(t, m.err.String(), "--server")
}

func TestWhereCoderunnerListens(t *testing.T) {
	require.Equal(t, "http://0.0.0.0:4591", networkName("0.0.0.0", "[::]:4591", false), "what was asked for")
	require.Equal(t, "https://[::1]:4591", networkName("::1", "[::1]:4591", true))
	require.Equal(t, "http://[::]:4591", networkName("", "[::]:4591", false))
}
