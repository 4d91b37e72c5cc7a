package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/testkit"
)

// terminal is one invocation's world, all of it in memory but its folder.
type terminal struct {
	t        *testing.T
	dir      string
	env      map[string]string
	out, err safeBuffer
	signals  chan os.Signal
	onReady  func(string)
	in       string // what the person types
	thinks   func() // what happens before the person types
	person   bool   // there is one to ask
	secret   func() (string, error)
}

// typing is a person at the keyboard.
type typing struct {
	io.Reader
	thinks func()
}

func (p *typing) Read(b []byte) (int, error) {
	if f := p.thinks; f != nil {
		p.thinks = nil
		f()
	}
	return p.Reader.Read(b)
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *safeBuffer) Reset()         { s.mu.Lock(); defer s.mu.Unlock(); s.b.Reset() }
func (s *safeBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	return &terminal{t: t, dir: t.TempDir(), env: map[string]string{}, signals: make(chan os.Signal, 2)}
}

func (m *terminal) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(m.t, os.WriteFile(path, []byte(text), 0o600))
}

func (m *terminal) run(args ...string) int {
	m.t.Helper()
	return Main(context.Background(), m.world(args...))
}

func (m *terminal) world(args ...string) World {
	return World{
		Args: args, Env: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok },
		Dir: m.dir, Executable: filepath.Join(m.dir, "bin", "dataflow"), Stdin: &typing{Reader: strings.NewReader(m.in), thinks: m.thinks}, Stdout: &m.out, Stderr: &m.err,
		TerminalIn: m.person, ReadSecret: m.secret,
		Clock: clock.System{}, Signals: m.signals, Exit: func(int) { m.t.Error("ended at once") }, OnReady: m.onReady,
	}
}

const flowText = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: report}
spec:
  params:
    least: {type: integer, default: 1, minimum: 0}
  nodes:
    - id: read
      type: file.read
      with: {path: data/n.csv}
    - id: big
      type: table.filter
      in: {table: read}
      with: {where: "n > {{ params.least }}"}
    - id: write
      type: file.write
      in: {table: big}
      with: {path: out/big.csv}
`

func withReport(t *testing.T) *terminal {
	m := newTerminal(t)
	m.write("flow.yaml", flowText)
	m.write("data/n.csv", "n,s\n1,a\n2,b\n3,c\n")
	return m
}

func TestUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		code  int
		wants string
	}{
		"help":              {[]string{"--help"}, exitOK, "Exit codes"},
		"version":           {[]string{"version"}, exitOK, baseVersion},
		"openapi":           {[]string{"openapi"}, exitOK, `"operationId": "listFlows"`},
		"completion":        {[]string{"completion", "bash"}, exitOK, "dataflow"},
		"unknown command":   {[]string{"rnu"}, exitUsage, "did you mean run"},
		"unknown subverb":   {[]string{"runs", "lits"}, exitUsage, "did you mean list"},
		"unknown flag":      {[]string{"serve", "--adr", "x"}, exitUsage, "--help"},
		"no file":           {[]string{"run"}, exitUsage, "dataflow run needs FILE (dataflow run --help"},
		"file missing":      {[]string{"run", "no.yaml"}, exitUsage, "there is no file no.yaml"},
		"flow for file":     {[]string{"run", "nightly"}, exitUsage, "dataflow flows run nightly"},
		"folder for file":   {[]string{"run", "data"}, exitUsage, "data/flow.yaml"},
		"too many":          {[]string{"version", "x"}, exitUsage, `dataflow version takes flags only, and was given "x"`},
		"near flag":         {[]string{"run", "flow.yaml", "--params", "x=1"}, exitUsage, "did you mean --param"},
		"version flag":      {[]string{"--version"}, exitOK, "dataflow " + baseVersion},
		"later service":     {[]string{"serve", "ecron"}, exitUsage, "not in this version"},
		"later service 2":   {[]string{"serve", "flow-stream-data-pipeline"}, exitUsage, "not in this version"},
		"no such service":   {[]string{"serve", "x"}, exitUsage, "automation, coderunner, web"},
		"bad address":       {[]string{"serve", "--addr", "x"}, exitUsage, "host:port"},
		"open coderunner":   {[]string{"serve", "coderunner", "--addr", "127.0.0.1:0"}, exitUsage, "--coderunner-token"},
		"short token":       {[]string{"serve", "coderunner", "--addr", "127.0.0.1:0", "--coderunner-token", "0123456789abcde"}, exitUsage, "at least 16"},
		"bad receiver":      {[]string{"serve", "--openlineage-url", "marquez:5000"}, exitUsage, "http://marquez:5000/api/v1/lineage"},
		"password in URL":   {[]string{"serve", "--openlineage-url", "http://ada:secret@marquez:5000/"}, exitUsage, "DATAFLOW_OPENLINEAGE_API_KEY"},
		"no settings file":  {[]string{"serve", "--config", "no.yaml"}, exitUsage, "no settings file"},
		"no installation":   {[]string{"admin", "reset-password"}, exitUsage, "no installation"},
		"no permission    ": {[]string{"token", "create", "--permission", "x"}, exitUsage, "flow.read"},
		"bad server":        {[]string{"run", "flow.yaml", "--server", "x"}, exitUsage, "http://localhost:3000"},
		"no login":          {[]string{"run", "flow.yaml", "--server", "http://127.0.0.1:9"}, exitUnreachable, "--token"},
		"nobody there":      {[]string{"run", "flow.yaml", "--server", "http://127.0.0.1:9", "--token", "dft_x"}, exitUnreachable, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			m := withReport(t)
			require.Equal(t, c.code, m.run(c.args...), m.err.String())
			require.Contains(t, m.out.String()+m.err.String(), c.wants)
			require.NotContains(t, m.err.String(), "goroutine")
		})
	}
}

func TestRunHere(t *testing.T) {
	m := withReport(t)
	require.Equal(t, exitOK, m.run("run", "flow.yaml"), m.err.String())
	require.Regexp(t, `✓ big\s+succeeded\s+2 rows`, m.err.String())
	require.Contains(t, m.out.String(), "write: wrote out/big.csv")
	written, err := os.ReadFile(filepath.Join(m.dir, "out/big.csv"))
	require.NoError(t, err)
	require.Equal(t, "n,s\n2,b\n3,c\n", string(written))
	m.write("params.json", `{"least": 2}`)
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--params-file", "params.json", "-q"))
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--params-file", "params.json", "--param", "least=0", "--json"))
	require.Contains(t, m.out.String(), `"status":"succeeded"`)
	for args, wants := range map[string]string{"least=-1": "least", "lest=1": "lest", "least=x": "least"} {
		require.Equal(t, exitInvalid, m.run("run", "flow.yaml", "--param", args))
		require.Contains(t, m.err.String(), wants)
	}
}

const handledText = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: handled}
spec:
  params: {given: {type: string, default: "1"}}
  nodes:
    - {id: soft, type: file.read, with: {path: none.csv}, onError: port}
    - {id: said, type: value.set, in: {input: soft.error}, with: {value: "{{ nodes.soft.error.code }}"}}
    - id: careful
      type: control.try
      nodes: [{id: hard, type: file.read, with: {path: gone.csv}}]
      catch: [{id: mend, type: value.set, with: {value: 1}}]
    - id: each
      type: control.map
      with: {items: ["{{ params.given }}"]}
      nodes: [{id: number, type: value.set, with: {value: "{{ int(item) }}"}}]
`

func TestFailuresAreSaidOnce(t *testing.T) {
	m := newTerminal(t)
	m.write("flow.yaml", handledText)
	require.Equal(t, exitOK, m.run("run", "flow.yaml"), m.err.String())
	require.Contains(t, m.err.String(), `handled failure of node soft: There is no file "none.csv" (with.path).`)
	require.Contains(t, m.err.String(), `handled failure of node careful/hard: There is no file "gone.csv" (with.path).`)
	require.NotContains(t, m.err.String(), "  node ")

	require.Equal(t, exitFailed, m.run("run", "flow.yaml", "--param", "given=a", "-q"))
	require.Contains(t, m.err.String(), `handled failure of node soft: There is no file "none.csv"`)
	require.Contains(t, m.err.String(), "  node each[0]/number: The expression {{ int(item) }} failed.\n")
	require.NotContains(t, m.err.String(), "  node each: ", "the container failed with what is said of the step in it")
	require.NotContains(t, m.err.String(), "  node soft")

	m = newTerminal(t)
	m.write("flow.yaml", strings.Replace(flowText, "data/n.csv", "none.csv", 1))
	require.Equal(t, exitFailed, m.run("run", "flow.yaml"))
	require.Equal(t, 1, strings.Count(m.err.String(), `There is no file "none.csv"`), m.err.String())
}

func TestRunFails(t *testing.T) {
	for name, c := range map[string]struct{ csv, flow, wants string }{
		"no column":     {"n,s\n1,a\n", strings.Replace(flowText, "n > ", "m > ", 1), "m"},
		"empty file":    {"", flowText, "data/n.csv"},
		"broken quotes": {"n,s\n1,\"a\n2,b\n", flowText, "n.csv"},
		"ragged row":    {"n,s\n1,a\n2,b,c,d\n3,e\n", flowText, "n.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newTerminal(t)
			m.write("flow.yaml", c.flow)
			m.write("data/n.csv", c.csv)
			require.Equal(t, exitFailed, m.run("run", "flow.yaml"), m.err.String())
			require.Contains(t, m.err.String(), c.wants)
			require.NoFileExists(t, filepath.Join(m.dir, "out/big.csv"), "nothing half-written")
		})
	}
}

// serve starts a server in this process and gives its address; stop ends it by a signal and gives its exit code.
func (m *terminal) serve(args ...string) (addr string, stop func() int) {
	m.t.Helper()
	ready, ended := make(chan string, 1), make(chan int, 1)
	m.onReady = func(a string) { ready <- a }
	go func() {
		ended <- m.run(append([]string{"serve", "automation", "web", "--addr", "127.0.0.1:0", "--data", "data-folder"}, args...)...)
	}()
	stop = func() int {
		m.signals <- syscall.SIGTERM
		return testkit.Receive(m.t, "the server's end", ended)
	}
	return testkit.Receive(m.t, "the server's address", ready), stop
}

func TestServeAndRunThere(t *testing.T) {
	server := newTerminal(t)
	addr, stop := server.serve()
	require.Contains(t, server.out.String(), "is ready: http://localhost:")
	password := regexp.MustCompile(`password  (\S+)`).FindStringSubmatch(server.out.String())
	require.NotNil(t, password, server.out.String())

	tokens := newTerminal(t)
	tokens.dir = server.dir
	require.Equal(t, exitOK, tokens.run("token", "create", "--data", "data-folder", "--name", "test"), tokens.err.String())

	m := withReport(t)
	m.env["DATAFLOW_TOKEN"] = strings.TrimSpace(tokens.out.String())
	url := "http://" + addr
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--server", url), m.err.String())
	require.Contains(t, m.err.String(), "Uploading data/n.csv")
	require.Equal(t, 1, strings.Count(m.err.String(), "Uploading"))
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--server", url), "the same file is there already")
	require.Equal(t, 1, strings.Count(m.err.String(), "Uploading"))
	m.write("data/n.csv", "n,s\n1,a\n2,b\n4,d\n")
	require.Equal(t, exitInvalid, m.run("run", "flow.yaml", "--server", url))
	require.Contains(t, m.err.String(), "--replace-files")
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--server", url, "--replace-files"), m.err.String())
	require.Equal(t, exitInvalid, m.run("run", "flow.yaml", "--server", url, "--param", "least=x"))
	require.NoFileExists(t, filepath.Join(m.dir, "out/big.csv"), "it was written there, not here")

	m.env = map[string]string{"DATAFLOW_USER": "admin", "DATAFLOW_PASSWORD": password[1]}
	require.Equal(t, exitOK, m.run("run", "flow.yaml", "--server", url), m.err.String())
	m.env["DATAFLOW_PASSWORD"] = "wrong"
	require.Equal(t, exitUnreachable, m.run("run", "flow.yaml", "--server", url))

	require.Equal(t, exitOK, stop())
	again := newTerminal(t)
	again.dir = server.dir
	_, stop = again.serve()
	require.NotContains(t, again.out.String(), "password", "it is shown once")
	require.Equal(t, exitOK, stop())
}

func TestStartRemovesUnfinishedWorkOfTheKilled(t *testing.T) {
	server := newTerminal(t)
	left := []string{
		"artifacts/default/scratch/1/table.parquet", "files/default/.dataflow-scratch/1/file.csv", "tmp/tables/A/spill.tmp", "tmp/python/result-1/0.table",
	}
	for _, name := range append([]string{"files/default/data/kept.csv"}, left...) {
		server.write(filepath.Join("data-folder", name), "half")
	}
	_, stop := server.serve()
	for _, name := range left {
		require.NoDirExists(t, filepath.Dir(filepath.Join(server.dir, "data-folder", name)))
	}
	require.FileExists(t, filepath.Join(server.dir, "data-folder/files/default/data/kept.csv"))
	require.Equal(t, exitOK, stop())
}

func TestTheSecondServerStandsByAndTakesOver(t *testing.T) {
	first := newTerminal(t)
	_, stopFirst := first.serve()

	second := newTerminal(t)
	second.dir = first.dir
	ready, ended := make(chan string, 1), make(chan int, 1)
	second.onReady = func(a string) { ready <- a }
	go func() {
		ended <- second.run("serve", "automation", "web", "--addr", "127.0.0.1:0", "--data", "data-folder")
	}()
	address := regexp.MustCompile(`stands by on (http://\S+): process \d+ on \S+ at http://localhost:\d+ runs the data folder`)
	testkit.Eventually(t, "the second one stands by", func() bool { return address.MatchString(second.out.String()) })
	url := address.FindStringSubmatch(second.out.String())[1]
	for path, wants := range map[string]string{
		"/readyz":                   `"status":"starting","detail":"stands by for process`,
		"/api/automation/v1/flows":  `"code":"standby"`,
		"/api/auth/v1/me":           `"code":"standby"`,
		"/hooks/any":                `"code":"standby"`,
		"/api/automation/v1/system": "stands by for it",
	} {
		status, body := fetch(t, url+path)
		require.Equal(t, http.StatusServiceUnavailable, status, path)
		require.Contains(t, body, wants, path)
	}
	status, body := fetch(t, url+"/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "dataflow_lease_held 0")
	status, _ = fetch(t, url+"/")
	require.Equal(t, http.StatusOK, status, "people get the page, which shows why")

	require.Equal(t, exitOK, stopFirst())
	require.Equal(t, strings.TrimPrefix(url, "http://localhost"), strings.TrimPrefix(testkit.Receive(t, "the second server", ready), "127.0.0.1"))
	status, body = fetch(t, url+"/readyz")
	require.Equal(t, http.StatusOK, status, body)
	second.signals <- syscall.SIGTERM
	require.Equal(t, exitOK, testkit.Receive(t, "the second server's end", ended))

	third := newTerminal(t)
	third.dir = first.dir
	_, stopThird := third.serve()
	fourth := newTerminal(t)
	fourth.dir = first.dir
	go func() {
		testkit.Eventually(t, "it stands by", func() bool { return strings.Contains(fourth.out.String(), "stands by") })
		fourth.signals <- syscall.SIGTERM
	}()
	require.Equal(t, exitOK, fourth.run("serve", "--addr", "127.0.0.1:0", "--data", "data-folder"), "one that stands by ends when it is asked to")
	require.Equal(t, exitOK, stopThird())
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestServeBindsWiderOnlyWithAPasswordOfOnesOwn(t *testing.T) {
	m := newTerminal(t)
	require.Equal(t, exitUsage, m.run("serve", "automation", "--addr", "0.0.0.0:0", "--data", "d"))
	require.Contains(t, m.err.String(), "--allow-initial-password")
	require.Contains(t, m.out.String(), "password  ", "or nobody would ever know it")

	own := newTerminal(t)
	own.env["DATAFLOW_ADMIN_PASSWORD"] = "short"
	require.Equal(t, exitUsage, own.run("serve", "--addr", "0.0.0.0:0", "--data", "data-folder"))
	require.Contains(t, own.err.String(), "DATAFLOW_ADMIN_PASSWORD")
	own.env["DATAFLOW_ADMIN_PASSWORD"] = "one of my own"
	_, stop := own.serve("--addr", "0.0.0.0:0")
	require.Equal(t, exitOK, stop())
}

func TestSettingsByFlagThenEnvironmentThenFile(t *testing.T) {
	m := newTerminal(t)
	m.write("settings.yaml", "data: from-file\nlog-level: wrong\n")
	require.Equal(t, exitUsage, m.run("serve", "--config", "settings.yaml"))
	require.Contains(t, m.err.String(), `log level "wrong"`)
	m.env["DATAFLOW_LOG_LEVEL"] = "bad"
	require.Equal(t, exitUsage, m.run("serve", "--config", "settings.yaml"))
	require.Contains(t, m.err.String(), `log level "bad"`)
	require.Equal(t, exitUsage, m.run("serve", "--config", "settings.yaml", "--log-level", "worse"))
	require.Contains(t, m.err.String(), `log level "worse"`)
	m.write("settings.yaml", "adr: x\n")
	require.Equal(t, exitUsage, m.run("serve", "--config", "settings.yaml"))
	require.Contains(t, m.err.String(), `"adr"`)
}

// TestExampleOfDirtyData runs the example that needs no Python.
func TestExampleOfDirtyData(t *testing.T) {
	m := newTerminal(t)
	require.NoError(t, os.CopyFS(m.dir, os.DirFS("../../../examples/movies")))
	require.Equal(t, exitOK, m.run("run", "flow.yaml"), m.err.String())
	require.Regexp(t, `it is not from the future: \d+ rows break it`, m.err.String())
	written, err := os.ReadFile(filepath.Join(m.dir, "out/movies-to-look-at.csv"))
	require.NoError(t, err)
	require.Contains(t, string(written), "there is a title")
}

func TestExamplesAreLoadedOnce(t *testing.T) {
	server := newTerminal(t)
	addr, stop := server.serve("--examples", "embedded")
	require.FileExists(t, filepath.Join(server.dir, "data-folder/files/default/data/birdstrikes.csv"))
	require.NotEmpty(t, addr)
	require.Equal(t, exitOK, stop())
	require.NoError(t, os.Remove(filepath.Join(server.dir, "data-folder/files/default/data/birdstrikes.csv")))
	record := filepath.Join(server.dir, "data-folder/examples.json")
	before, err := os.Stat(record)
	require.NoError(t, err)
	again := newTerminal(t)
	again.dir = server.dir
	_, stop = again.serve("--examples", "embedded")
	require.NoFileExists(t, filepath.Join(server.dir, "data-folder/files/default/data/birdstrikes.csv"), "what somebody has deleted stays away")
	after, err := os.Stat(record)
	require.NoError(t, err)
	require.False(t, os.SameFile(before, after), "the record is replaced, never half-written in place")
	require.Equal(t, exitOK, stop())
}

func TestSignalCancelsTheRun(t *testing.T) {
	m := newTerminal(t)
	m.write("slow.yaml", `apiVersion: dataflow/v1
kind: Flow
metadata: {name: slow}
spec:
  nodes:
    - id: long
      type: table.sql
      with: {query: "SELECT count(*) AS n FROM range(3000000) a, range(3000000) b WHERE a.range * b.range % 7 = 3"}
`)
	go func() {
		testkit.Eventually(t, "the step runs", func() bool { return strings.Contains(m.err.String(), "long  running") })
		m.signals <- syscall.SIGINT
	}()
	require.Equal(t, exitCanceled, m.run("run", "slow.yaml"), m.err.String())
	require.Contains(t, m.err.String(), "canceled after")
}
