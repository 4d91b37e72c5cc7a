package system

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
)

// What health and the System screen say of a Python service elsewhere is its own word, and that it is away when it is.
func TestPythonElsewhereIsAsked(t *testing.T) {
	i := newInstallation(t)
	const token = "0123456789abcdef"
	elsewhere := testkit.StartProcess(t, nil, i.binary, "serve", "coderunner", "--addr", "127.0.0.1:0", "--data", t.TempDir(),
		"--python", i.python, "--coderunner-token", token)
	elsewhere.WaitFor("coderunner listens on ")
	address := regexp.MustCompile(`listens on (http://\S+)`).FindStringSubmatch(elsewhere.Output())[1]
	i.serve("--coderunner", address, "--coderunner-token", token)

	testkit.Eventually(t, "the service elsewhere is up", func() bool {
		status, _ := i.ofPython()
		return status.Status == string(telemetry.OK)
	})
	status, layers := i.ofPython()
	require.Equal(t, "at "+address, status.Detail)
	require.True(t, slices.ContainsFunc(layers, func(l api.SandboxLayer) bool { return l.Name == "seccomp" && l.Active }), layers)

	elsewhere.Kill()
	testkit.Eventually(t, "it is away", func() bool {
		status, _ := i.ofPython()
		return status.Status == string(telemetry.Degraded)
	})
	status, layers = i.ofPython()
	require.True(t, strings.HasPrefix(status.Detail, "at "+address+": it does not answer: "), status.Detail)
	require.Empty(t, layers, "nobody knows of the layers of a service that is away")
}

// ofPython gives what the System screen says of Python, which has to be what health says.
func (i *installation) ofPython() (status api.ServiceStatus, layers []api.SandboxLayer) {
	i.t.Helper()
	var system api.System
	require.Equal(i.t, http.StatusOK, i.call(http.MethodGet, "/system", nil, &system))
	at := slices.IndexFunc(system.Services, func(s api.ServiceStatus) bool { return s.Name == "coderunner" })
	require.GreaterOrEqual(i.t, at, 0, system.Services)
	status = system.Services[at]
	if system.Sandbox != nil {
		layers = system.Sandbox.Layers
	}
	if health, detail := i.state("python"); health == status.Status {
		require.Equal(i.t, status.Detail, detail)
	}
	return status, layers
}
