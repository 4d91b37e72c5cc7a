// Package system tests the whole binary as its users meet it: started, driven over HTTP and from the command line,
// killed and started again.
package system

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/testkit"
)

const root = "../.."

// python finds the interpreter that has coderunner's requirements: make test names it.
func python(t *testing.T) string {
	t.Helper()
	name := os.Getenv("DATAFLOW_PYTHON")
	if name == "" {
		name = filepath.Join(root, ".venv", "bin", "python")
	}
	path, err := filepath.Abs(name)
	require.NoError(t, err)
	require.FileExists(t, path, "make test makes it; or name one by DATAFLOW_PYTHON")
	return path
}

// installation is a binary with a data folder.
type installation struct {
	t           *testing.T
	binary, dir string
	python      string
	token       string
	url         string
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	return &installation{t: t, binary: binary(t), dir: t.TempDir(), python: python(t)}
}

// built is the binary under test, made once for all tests.
var built struct {
	sync.Once
	dir, path string
}

func binary(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		dir, err := os.MkdirTemp("", "dataflow-system-")
		require.NoError(t, err)
		built.dir = dir
		path := testkit.Build(t, "dataflow/cmd/dataflow")
		built.path = filepath.Join(dir, "dataflow")
		require.NoError(t, os.Rename(path, built.path))
	})
	require.FileExists(t, built.path)
	return built.path
}

func TestMain(m *testing.M) {
	// The race detector keeps every program that has it back for a second at its end, lest a race be missed there; these
	// programs are started hundreds of times.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(built.dir)
	os.Exit(code)
}

var ready = regexp.MustCompile(`is ready: (http://\S+)`)

// serve starts the server and waits until it is ready.
func (i *installation) serve(args ...string) *testkit.Process {
	i.t.Helper()
	all := append([]string{"serve", "--addr", "127.0.0.1:0", "--data", i.dir, "--python", i.python}, args...)
	p := testkit.StartProcess(i.t, []string{"DATAFLOW_ADMIN_PASSWORD=a password for tests"}, i.binary, all...)
	p.WaitFor("is ready: ")
	i.url = ready.FindStringSubmatch(p.Output())[1]
	if i.token == "" {
		i.token = strings.TrimSpace(i.command("token", "create", "--data", i.dir).out)
	}
	return p
}

type result struct {
	code     int
	out, err string
}

// command runs one command to its end.
func (i *installation) command(args ...string) result {
	i.t.Helper()
	cmd := exec.CommandContext(i.t.Context(), i.binary, args...)
	cmd.Env = append(os.Environ(), "DATAFLOW_TOKEN="+i.token, "DATAFLOW_PYTHON="+i.python)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run() // the code says how it ended
	return result{cmd.ProcessState.ExitCode(), out.String(), err.String()}
}

func (i *installation) call(method, path string, in, out any) int {
	i.t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		require.NoError(i.t, err)
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(i.t.Context(), method, i.url+"/api/automation/v1"+path, body)
	require.NoError(i.t, err)
	req.Header.Set("Authorization", "Bearer "+i.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(i.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(i.t, err)
	if out != nil && resp.StatusCode < 400 {
		require.NoError(i.t, json.Unmarshal(raw, out), string(raw))
	}
	return resp.StatusCode
}

func (i *installation) runOf(id string) (run engine.Run) {
	i.t.Helper()
	require.Equal(i.t, http.StatusOK, i.call(http.MethodGet, "/runs/"+id, nil, &run))
	return run
}

func (i *installation) steps(id string) map[string]engine.Step {
	i.t.Helper()
	var list struct{ Items []engine.Step }
	require.Equal(i.t, http.StatusOK, i.call(http.MethodGet, "/runs/"+id+"/steps", nil, &list))
	byID := map[string]engine.Step{}
	for _, s := range list.Items {
		byID[s.NodeID] = s
	}
	return byID
}

func (i *installation) finish(id string) engine.Run {
	i.t.Helper()
	var run engine.Run
	testkit.Eventually(i.t, "run "+id+" ends", func() bool {
		run = i.runOf(id)
		return run.Status.Final()
	})
	return run
}

func TestTheExamples(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	server := i.serve("--examples", "embedded")
	var flows struct {
		Items []struct{ ID, Name string }
	}
	i.call(http.MethodGet, "/flows", nil, &flows)
	require.Len(t, flows.Items, 2)
	for _, f := range flows.Items {
		var run engine.Run
		require.Equal(t, http.StatusAccepted, i.call(http.MethodPost, "/flows/"+f.ID+"/runs", map[string]any{}, &run))
		require.Equal(t, engine.Succeeded, i.finish(run.ID).Status, f.Name)
	}

	example := filepath.Join(t.TempDir(), "birdstrikes")
	require.NoError(t, os.CopyFS(example, os.DirFS(filepath.Join(root, "examples", "birdstrikes"))))
	flow := filepath.Join(example, "flow.yaml")
	there := i.command("run", flow, "--server", i.url, "--param", "airports=3")
	require.Equal(t, 0, there.code, there.err)
	require.NotContains(t, there.err, "Uploading", "the examples' files are there already")

	here := i.command("run", flow, "--param", "airports=3")
	require.Equal(t, 0, here.code, here.err)
	written, err := os.ReadFile(filepath.Join(example, "out", "birdstrikes.csv"))
	require.NoError(t, err)
	fromServer, err := os.ReadFile(filepath.Join(i.dir, "files", "default", "out", "birdstrikes.csv"))
	require.NoError(t, err)
	require.Equal(t, string(fromServer), string(written), "the same flow gives the same, here and there")
	require.Equal(t, 4, bytes.Count(written, []byte("\n")), string(written))
	require.Equal(t, 0, server.Stop())
}

const slow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: slow}
spec:
  nodes:
    - {id: first, type: value.set, with: {value: "{{ now() }}"}}
    - id: second
      type: python
      in: {at: first}
      with:
        code: |
          import time

          def main(at):
              print("at work")
              time.sleep(2)
              return {"at": at}
    - {id: third, type: value.set, with: {value: "{{ nodes.second.result.at }}"}, after: [second]}
`

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	server := i.serve()
	var run engine.Run
	require.Equal(t, http.StatusAccepted, i.call(http.MethodPost, "/runs", map[string]any{"yaml": slow}, &run))
	testkit.Eventually(t, "the second step is at work", func() bool {
		var logs struct{ Items []engine.LogLine }
		i.call(http.MethodGet, "/runs/"+run.ID+"/logs", nil, &logs)
		return len(logs.Items) > 0
	})
	before := i.steps(run.ID)["first"]
	require.Equal(t, engine.Succeeded, before.Status)
	server.KillHard()

	server = i.serve()
	ended := i.finish(run.ID)
	require.Equal(t, engine.Succeeded, ended.Status, ended.Error)
	require.Equal(t, 1, ended.Recovered)
	after := i.steps(run.ID)
	require.Equal(t, before.EndedAt, after["first"].EndedAt, "what had ended is not carried out again")
	require.Equal(t, before.Outputs, after["first"].Outputs)
	require.JSONEq(t, string(before.Outputs["value"].Data), string(after["third"].Outputs["value"].Data))
	require.Equal(t, 0, server.Stop())
}

const readAndWrite = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: bad}
spec:
  nodes:
    - id: read
      type: file.read
      with: {path: in.csv}
    - id: work
      type: python
      in: {rows: read}
      timeout: 10s
      with:
        code: |
          def main(rows):
              BODY
    - id: write
      type: file.write
      in: {table: work}
      with: {path: out/result.csv}
`

func TestBadInputs(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	fine := "n,s\n1,a\n2,b\n"
	body := func(code string) string { return strings.Replace(readAndWrite, "BODY", code, 1) }
	for name, c := range map[string]struct {
		csv, flow string
		code      int
		wants     []string
	}{
		"broken quotes":       {"n,s\n1,\"a\n2,b\n", body("return rows"), 4, []string{"node read", "in.csv", "line 2"}},
		"ragged row":          {"n,s\n1,a\n2,b,c\n", body("return rows"), 4, []string{"node read", "in.csv", "line 3"}},
		"nothing in it":       {"", body("return rows"), 4, []string{"node read", "in.csv"}},
		"unknown node":        {fine, strings.Replace(body("return rows"), "file.write", "file.wriet", 1), 3, []string{"node write", "line 18", "file.write"}},
		"cycle":               {fine, strings.Replace(body("return rows"), "in: {rows: read}", "in: {rows: write}", 1), 3, []string{"loop", "line"}},
		"missing field":       {fine, strings.Replace(body("return rows"), "with: {path: in.csv}", "with: {}", 1), 3, []string{"node read", "with.path", "line 8"}},
		"python raises":       {fine, body("raise ValueError('no birds')"), 4, []string{"node work", "no birds", "line 2"}},
		"python never ends":   {fine, body("while True: pass"), 4, []string{"node work"}},
		"python floods":       {fine, body("print('x' * 10**9); return rows"), 4, []string{"node work"}},
		"python returns junk": {fine, body("return object()"), 4, []string{"node work", "object"}},
	} {
		t.Run(name, func(t *testing.T) {
			i.t = t
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "in.csv"), []byte(c.csv), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "flow.yaml"), []byte(c.flow), 0o600))
			r := i.command("run", filepath.Join(dir, "flow.yaml"))
			require.Equal(t, c.code, r.code, r.err)
			for _, want := range c.wants {
				require.Contains(t, r.err, want)
			}
			require.NotContains(t, r.err, "goroutine")
			require.NoFileExists(t, filepath.Join(dir, "out", "result.csv"), "nothing half-written")
		})
	}
}
