package cli

import (
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
}
