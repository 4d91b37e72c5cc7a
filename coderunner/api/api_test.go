package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/api"
	"dataflow/coderunner/environment"
	"dataflow/coderunner/internal/house"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// server is the API over the real pieces; only who asks is decided by a header.
type server struct {
	t   *testing.T
	url string
}

func build(t *testing.T) (*server, *artifacts.Store) {
	t.Helper()
	packages := t.TempDir()
	house.Wheel(t, packages, "greet", "1.0", "version = '1.0'\n")
	python := house.Start(t, packages, true)
	store, err := artifacts.New(python.Artifacts)
	require.NoError(t, err)
	var environments *environment.Service
	policy := func(tenant string) string { return environments.PolicyOf(tenant) }
	environments, err = environment.New(t.Context(), environment.Deps{
		DB: dbtest.Temp(t), Artifacts: store, Python: python.Client(t, policy), Clock: clock.System{}, Log: telemetry.Discard(),
	})
	require.NoError(t, err)
	require.NoError(t, environments.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, environments.Stop(ctx))
	})
	s := httpd.New(httpd.Config{Title: "Dataflow", Version: "test", Authenticate: principal})
	api.New(api.Deps{Environments: environments, Artifacts: store, Clock: clock.System{}}).Register(s)
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return &server{t, web.URL + "/api/coderunner/v1"}, store
}

// principal is "tenant role" in a header of the test's own; without it nobody asks.
func principal(r *http.Request) (auth.Principal, error) {
	tenant, role, ok := strings.Cut(r.Header.Get("X-Test-Principal"), " ")
	if !ok {
		return auth.Principal{}, nil
	}
	return auth.Principal{ID: tenant + role, Name: role, Tenant: tenant, Roles: []auth.Role{auth.Role(role)}, Permissions: auth.Role(role).Permissions()}, nil
}

const (
	admin     = "default administrator"
	developer = "default developer"
	viewer    = "default viewer"
	operator  = "default operator"
	stranger  = "other administrator"
	nobody    = ""
)

func (s *server) do(who, method, path, body string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("X-Test-Principal", who)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp.StatusCode, string(text)
}

func (s *server) want(status int, who, method, path, body string) string {
	s.t.Helper()
	got, text := s.do(who, method, path, body)
	require.Equal(s.t, status, got, text)
	return text
}

const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

func TestAPI(t *testing.T) {
	s, store := build(t)
	const secret = "confidential"
	s.want(201, developer, post, "/environments", `{"name":"reports","title":"`+secret+`","requirements":["greet"]}`)

	t.Run("built and watched", func(t *testing.T) {
		s.t = t
		require.Contains(t, s.want(202, developer, post, "/environments/reports/builds", ""), `"version":1`)
		events := s.want(200, viewer, get, "/environments/reports/versions/1/events", "")
		require.Contains(t, events, "event: log")
		require.Contains(t, events, "Successfully installed greet-1.0")
		require.Contains(t, events, "event: version")
		require.Contains(t, s.want(200, viewer, get, "/environments/reports/versions/1", ""), `"greet"`)
		require.Contains(t, s.want(200, viewer, get, "/base", ""), `"pandas"`)
	})

	t.Run("egress and source builds are for administrators", func(t *testing.T) {
		s.t = t
		egress := `{"revision":1,"requirements":["greet"],"egress":["api.example.org"]}`
		require.Contains(t, s.want(403, developer, put, "/environments/reports", egress), "environment.admin")
		s.want(403, developer, post, "/environments", `{"name":"two","egress":["api.example.org"]}`)
		s.want(403, developer, post, "/environments", `{"name":"two","source":true}`)
		s.want(200, admin, put, "/environments/reports", egress)
		s.want(200, developer, put, "/environments/reports", `{"revision":2,"requirements":["greet"],"egress":["api.example.org"],"title":"`+secret+`"}`)
	})

	t.Run("code is run by those who may write it", func(t *testing.T) {
		s.t = t
		require.Contains(t, s.want(403, operator, post, "/executions", `{"code":"def main(): return 1"}`), "flow.write")
	})

	t.Run("the language policy is for administrators", func(t *testing.T) {
		s.t = t
		run := func(who string) string {
			return s.want(200, who, post, "/executions", `{"code":"def main(): return eval('40 + 2')"}`)
		}
		require.Contains(t, s.want(200, viewer, get, "/policy", ""), `"policy":"restricted","fixed":false`)
		require.Contains(t, run(developer), "policy_violation")
		s.want(403, developer, put, "/policy", `{"policy":"isolated"}`)
		s.want(422, admin, put, "/policy", `{"policy":"none"}`)
		require.Contains(t, s.want(200, admin, put, "/policy", `{"policy":"isolated"}`), `"updated_by":"administrator"`)
		require.Contains(t, run(developer), `"data":42`)
		require.Contains(t, run(stranger), "policy_violation", "another tenant's is its own")
		s.want(200, admin, put, "/policy", `{"policy":"restricted"}`)
		require.Contains(t, run(developer), "policy_violation")
	})

	t.Run("bad input says where", func(t *testing.T) {
		s.t = t
		text := s.want(422, developer, post, "/environments", `{"name":"two","requirements":["fine","not fine"]}`)
		require.Contains(t, text, `"line":2`)
		require.Contains(t, text, `"field":"requirements"`)
		s.want(422, developer, put, "/wheels/x.zip", "PK")
		s.want(422, developer, put, "/wheels/a-1-py3-none-any.whl", "no zip")
		s.want(404, developer, get, "/environments/reports/versions/9", "")
		s.want(404, developer, get, "/environments/reports/versions/x/events", "")
		s.want(404, developer, del, "/wheels/a-1-py3-none-any.whl", "")
	})

	t.Run("run once", func(t *testing.T) {
		s.t = t
		ref, err := store.Put(t.Context(), "default", strings.NewReader("a,b\n1,2\n"), "text/csv")
		require.NoError(t, err)
		code := "import greet\nimport pandas as pd\ndef main(f, n):\n    print('reading')\n    return {'rows': pd.read_csv(f), 'n': [n, greet.version]}\n"
		body, err := json.Marshal(map[string]any{"code": code, "environment": "reports", "args": map[string]any{
			"f": map[string]any{"kind": "file", "artifact": ref.ID, "name": "data.csv"}, "n": map[string]any{"kind": "value", "value": 7},
		}})
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(s.want(200, developer, post, "/executions", string(body))), "\n")
		require.Contains(t, lines[0], `"text":"reading"`)
		var last api.ExecutionEvent
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
		require.Equal(t, "result", last.Event, lines)
		require.Equal(t, "reports@1", last.Environment)
		require.Equal(t, int64(1), last.Outputs["rows"].Table.Rows)
		require.JSONEq(t, `[7,"1.0"]`, string(last.Outputs["n"].Data))
		_, err = store.Open(t.Context(), "default", last.Outputs["rows"].Artifact.ID)
		require.NoError(t, err)

		text := s.want(200, developer, post, "/executions", `{"code":"import os\ndef main(): return os.environ['MODE']","env":{"MODE":"trial"}}`)
		require.Contains(t, text, `"data":"trial"`)
		text = s.want(200, developer, post, "/executions", `{"code":"def main():\n    while True: pass","timeout_seconds":0.5}`)
		require.Contains(t, text, "time_limit")

		text = s.want(200, developer, post, "/executions", `{"code":"def main():\n    return 1 / 0"}`)
		require.Contains(t, text, "ZeroDivisionError")
		require.Contains(t, text, `"line":2`)
		s.want(422, developer, post, "/executions", `{"code":"def main(f): return 1","args":{"f":{"kind":"file"}}}`)
		s.want(422, developer, post, "/executions", `{"nonsense":1}`)
		s.want(404, stranger, post, "/executions", string(body))
		require.Contains(t, s.want(200, stranger, post, "/executions", `{"code":"def main(): return 1","environment":"reports"}`), "environment_not_found")
	})

	t.Run("permissions and tenants", func(t *testing.T) {
		s.t = t
		for _, c := range []struct {
			method, path, body string
			viewer, stranger   int
		}{
			{get, "/environments", "", 200, 200},
			{get, "/environments/reports", "", 200, 404},
			{get, "/environments/reports/versions", "", 200, 404},
			{get, "/environments/reports/versions/1", "", 200, 404},
			{get, "/environments/reports/versions/1/events", "", 200, 404},
			{get, "/wheels", "", 200, 200},
			{post, "/environments", `{"name":"x"}`, 403, 201},
			{put, "/environments/reports", `{"revision":1}`, 403, 404},
			{post, "/environments/reports/builds", "", 403, 404},
			{post, "/environments/reports/rollback", `{"version":1}`, 403, 404},
			{post, "/environments/reports/versions/1/cancel", "", 403, 404},
			{put, "/wheels/a-1-py3-none-any.whl", "PK\x03\x04", 403, 422},
			{del, "/environments/reports", "", 403, 404},
			{post, "/executions", `{"code":"def main(): return 1"}`, 403, 200},
		} {
			status, text := s.do(viewer, c.method, c.path, c.body)
			require.Equal(t, c.viewer, status, c.method+c.path+text)
			status, text = s.do(stranger, c.method, c.path, c.body)
			require.Equal(t, c.stranger, status, c.method+c.path+text)
			require.NotContains(t, text, secret)
			status, _ = s.do(nobody, c.method, c.path, c.body)
			require.Equal(t, 401, status, c.method+c.path)
		}
		s.want(204, developer, del, "/environments/reports", "")
	})
}
