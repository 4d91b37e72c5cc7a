package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/environment"
)

func TestPolicyOfPythonCode(t *testing.T) {
	m := loggedIn(t)
	out, _ := m.want(exitOK, "env", "policy")
	require.Equal(t, "restricted\n", out)
	m.want(exitOK, "env", "policy", "isolated")
	var policy environment.PythonPolicy
	m.answer(&policy, "env", "policy")
	require.EqualValues(t, "isolated", policy.Policy)
	_, said := m.want(exitInvalid, "env", "policy", "sloppy")
	require.Contains(t, said, "restricted")

	_, said = m.want(exitFailed, "env", "create", "reports", "greet==1.0")
	require.Contains(t, said, "without Python")
	m.want(exitRefused, "env", "show", "nobody")

	// The version that failed says why, and its log is there again.
	shown, _ := m.want(exitOK, "env", "show", "reports")
	require.Contains(t, shown, "Version 1 failed: This command runs without Python.")
	shown, _ = m.want(exitOK, "env", "log", "reports")
	require.Contains(t, shown, "without Python")
	_, said = m.want(exitRefused, "env", "log", "default")
	require.Contains(t, said, "never built")
	shown, _ = m.want(exitOK, "env", "show", "reports", "--json")
	require.NotContains(t, shown, "null")
	require.Equal(t, 1, strings.Count(shown, `"packages"`), "lists of versions have none, and do not say so")
	_, said = m.want(exitRefused, "env", "create", "reports")
	require.Contains(t, said, "--replace")

	// One wheel that is refused does not stop the others, and all is told.
	m.write("bad-1-py3-none-any.whl", "no zip")
	m.write("worse.whl", "no zip")
	_, said = m.want(exitInvalid, "env", "upload", "bad-1-py3-none-any.whl", "worse.whl")
	require.Contains(t, said, "bad-1-py3-none-any.whl")
	require.Contains(t, said, "worse.whl")
	shown, _ = m.want(exitOK, "env", "wheels")
	require.NotContains(t, shown, ".whl")
	m.want(exitRefused, "env", "wheels", "--delete", "bad-1-py3-none-any.whl")

	m.want(exitOK, "env", "delete", "reports", "--yes")
}
