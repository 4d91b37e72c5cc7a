package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/flow"
)

const codeFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: code}
spec:
  nodes:
    - id: guarded
      type: control.try
      nodes:
        - {id: first, type: value.set, with: {value: 1}}
      catch:
        - id: count
          type: python
          with:
            code: |
              def main():
                  return 1
`

// interpreter is the one with coderunner's requirements.
func interpreter(t *testing.T) string {
	t.Helper()
	path := os.Getenv("DATAFLOW_PYTHON")
	if path == "" {
		path = filepath.Join("..", "..", "..", ".venv", "bin", "python")
	}
	path, err := filepath.Abs(path)
	require.NoError(t, err)
	require.FileExists(t, path, "make .venv/.runtime first, or name one in DATAFLOW_PYTHON")
	return path
}

func TestValidateChecksCode(t *testing.T) {
	m := newTerminal(t)
	m.env["DATAFLOW_PYTHON"] = interpreter(t)
	m.write("good.yaml", codeFlow)
	m.write("refused.yaml", strings.NewReplacer("return 1", "return eval('1')", "name: code", "name: refused").Replace(codeFlow))
	m.write("broken.yaml", strings.NewReplacer("return 1", "return )", "name: code", "name: broken").Replace(codeFlow))
	require.Equal(t, exitInvalid, m.run("validate", "good.yaml", "refused.yaml", "broken.yaml"), m.err.String())
	require.Empty(t, m.err.String())
	said := m.out.String()
	require.Contains(t, said, "good.yaml: ok, 1 node\n")
	require.Regexp(t, `refused\.yaml:14:19: error: Line 2 of the code: eval\(\) is not available\. .*json\.loads.* \[node count, with\.code\]`, said)
	require.Regexp(t, `broken\.yaml:14:19: error: Line 2 of the code: `, said)
	require.NotContains(t, said, "broken.yaml: ok")

	all := newTerminal(t)
	all.dir, all.env = m.dir, m.env
	require.Equal(t, exitOK, all.run("validate", "--python-isolated", "refused.yaml"), all.out.String()+all.err.String())
}

func TestPythonIsStartedForCodeInAnyBody(t *testing.T) {
	doc, _, err := flow.Parse([]byte(codeFlow))
	require.NoError(t, err)
	require.True(t, usesPython(doc.Spec.Nodes))
}

func TestValidateWithoutPython(t *testing.T) {
	m := newTerminal(t)
	m.write("good.yaml", codeFlow)
	require.Equal(t, exitOK, m.run("validate", "good.yaml", "good.yaml"), m.err.String())
	require.Equal(t, 1, strings.Count(m.err.String(), "not checked"), m.err.String())
	require.NotEqual(t, exitOK, m.run("validate", "good.yaml", "--python", "nowhere/python"))
	require.Contains(t, m.err.String(), "nowhere/python")
}
