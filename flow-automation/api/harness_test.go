package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
)

// house is the API over the real pieces; only who asks is decided by a header.
type house struct {
	t   *testing.T
	url string
	dir string
	db  *db.DB
}

// python parses nothing; flows with Python are tested on the whole binary.
type python struct{}

func (python) Execute(context.Context, node.PythonRequest) (node.PythonResult, error) {
	return node.PythonResult{Close: func() {}}, context.Canceled
}

func (python) Inspect(context.Context, string, string, string) (node.PythonSignature, error) {
	return node.PythonSignature{Params: json.RawMessage(`{"type":"object"}`)}, nil
}

func build(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	store, err := artifacts.New(filepath.Join(dir, "artifacts"))
	require.NoError(t, err)
	tables, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(dir, "tmp"), MemoryMiB: 512, Threads: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tables.Close()) })
	folder, err := files.New(filepath.Join(dir, "files"))
	require.NoError(t, err)
	keys, err := secret.Load(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	s, err := automation.New(t.Context(), automation.Deps{
		Secrets: keys, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		DB: d, Artifacts: store, Tables: tables, Files: folder, Python: python{}, HTTP: http.DefaultClient,
		Clock: clock.System{}, Log: telemetry.Discard(),
		System: func(context.Context) api.System { return api.System{Version: "test", Services: []api.ServiceStatus{}} },
	})
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
	})
	server := httpd.New(httpd.Config{Title: "Dataflow", Version: "test", Authenticate: principal, Heartbeat: 50 * time.Millisecond})
	s.Register(server)
	web := httptest.NewServer(server.Handler())
	t.Cleanup(web.Close)
	return &house{t, web.URL, dir, d}
}

// principal is "tenant role", or "tenant role without permission", in a header of the test's own; without it nobody asks.
func principal(r *http.Request) (auth.Principal, error) {
	tenant, role, ok := strings.Cut(r.Header.Get("X-Test-Principal"), " ")
	if !ok {
		return auth.Principal{}, nil
	}
	role, without, _ := strings.Cut(role, " without ")
	permissions := slices.DeleteFunc(auth.Role(role).Permissions(), func(p auth.Permission) bool { return string(p) == without })
	return auth.Principal{ID: tenant + "-" + role, Name: role + " of " + tenant, Tenant: tenant, Roles: []auth.Role{auth.Role(role)}, Permissions: permissions}, nil
}

const (
	ours    = "default administrator"
	theirs  = "other administrator"
	viewer  = "default viewer"
	nobody  = ""
	base    = "/api/automation/v1"
	jsonDoc = "application/json"
	yamlDoc = "application/yaml"
)

type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (h *house) do(who, method, path, contentType string, body []byte, headers ...string) answer {
	h.t.Helper()
	if !strings.HasPrefix(path, "/hooks") {
		path = base + path
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(body))
	require.NoError(h.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("X-Test-Principal", who)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(h.t, err)
	return answer{h.t, resp.StatusCode, resp.Header, raw}
}

func (h *house) get(path string) answer {
	h.t.Helper()
	return h.do(ours, http.MethodGet, path, "", nil)
}

func (h *house) post(path string, body any) answer {
	h.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(h.t, err)
	return h.do(ours, http.MethodPost, path, jsonDoc, raw)
}

func (a answer) want(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, string(a.body))
	return a
}

// problem asserts an RFC 9457 answer with a code and gives its text.
func (a answer) problem(status int, code string) string {
	a.t.Helper()
	a.want(status)
	var p struct{ Code string }
	a.into(&p)
	require.Equal(a.t, code, p.Code, string(a.body))
	return string(a.body)
}

func (a answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.body, v), string(a.body))
}

// create makes a flow from YAML.
func (h *house) create(text string) (f api.Flow) {
	h.t.Helper()
	h.do(ours, http.MethodPost, "/flows", yamlDoc, []byte(text)).want(http.StatusCreated).into(&f)
	return f
}

// finish waits for the end of a run.
func (h *house) finish(id string) (run engine.Run) {
	h.t.Helper()
	testkit.Within(h.t, 2*time.Minute, "the run ends", func() bool {
		h.get("/runs/" + id).want(http.StatusOK).into(&run)
		return run.Status.Final()
	})
	return run
}
