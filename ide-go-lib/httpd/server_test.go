package httpd_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/lifecycletest"
)

func TestServerIsAService(t *testing.T) {
	lifecycletest.Run(t, func(t *testing.T) lifecycle.Service { return server(t, httpd.Config{Addr: "127.0.0.1:0"}) })
}

func running(t *testing.T, s *httpd.Server) string {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
	return "http://" + s.Addr()
}

func get(t *testing.T, client *http.Client, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestPortZeroAndTwoServersAtOnePort(t *testing.T) {
	s := server(t, httpd.Config{Addr: "127.0.0.1:0"})
	require.Empty(t, s.Addr())
	base := running(t, s)
	_, body := get(t, http.DefaultClient, base+"/healthz")
	require.JSONEq(t, `{"status":"ok"}`, body)
	require.Error(t, s.Start(t.Context()))
	require.ErrorContains(t, server(t, httpd.Config{Addr: s.Addr()}).Start(t.Context()), "address already in use")
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}}
	running(t, server(t, httpd.Config{Addr: "unix:" + path}))
	response, _ := get(t, client, "http://server/healthz")
	require.Equal(t, 200, response.StatusCode)
	require.ErrorContains(t, server(t, httpd.Config{Addr: "unix:" + path}).Start(t.Context()), "another process")

	// What a crash leaves behind is not in the way.
	left := filepath.Join(t.TempDir(), "left")
	l, err := net.Listen("unix", left)
	require.NoError(t, err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	running(t, server(t, httpd.Config{Addr: "unix:" + left}))
}

func TestStopLetsRequestsFinish(t *testing.T) {
	s := httpd.New(httpd.Config{Addr: "127.0.0.1:0"})
	entered, finish := make(chan bool, 1), make(chan bool)
	s.Raw(httpd.Op{Method: "GET", Path: "/slow", Permission: auth.Public}, func(w http.ResponseWriter, _ *http.Request) error {
		entered <- true
		<-finish
		return httpd.WriteJSON(w, 200, "done")
	})
	require.NoError(t, s.Start(t.Context()))
	answers := make(chan string, 1)
	go func() {
		_, body := get(t, http.DefaultClient, "http://"+s.Addr()+"/slow")
		answers <- body
	}()
	testkit.Receive(t, "the request", entered)
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(context.WithoutCancel(t.Context())) }()
	close(finish)
	require.JSONEq(t, `"done"`, testkit.Receive(t, "the answer", answers))
	require.NoError(t, testkit.Receive(t, "the stop", stopped))
}

func TestStopCutsOffWhatDoesNotFinish(t *testing.T) {
	s := httpd.New(httpd.Config{Addr: "127.0.0.1:0"})
	entered, ended := make(chan bool, 1), make(chan bool, 1)
	s.Raw(httpd.Op{Method: "GET", Path: "/slow", Permission: auth.Public}, func(_ http.ResponseWriter, r *http.Request) error {
		entered <- true
		<-r.Context().Done()
		ended <- true
		return r.Context().Err()
	})
	require.NoError(t, s.Start(t.Context()))
	go func() {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/slow", nil)
		if response, err := http.DefaultClient.Do(r); err == nil {
			_ = response.Body.Close()
		}
	}()
	testkit.Receive(t, "the request", entered)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, s.Stop(ctx), "cut off")
	testkit.Receive(t, "the end of the request", ended)
}

func TestTimeLimitOfARequest(t *testing.T) {
	s := httpd.New(httpd.Config{})
	s.Raw(httpd.Op{Method: "GET", Path: "/slow", Permission: auth.Public, Timeout: time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	})
	requireProblem(t, call{"GET", "/slow", "", "", nil}.do(t, s.Handler()), `{"type":"urn:dataflow:problem:timeout","title":"Gateway Timeout","status":504,
		"code":"timeout","detail":"The request took too long.","request_id":"request-1"}`)
}

func TestReadiness(t *testing.T) {
	var health telemetry.Health
	database := telemetry.OK
	health.Add("database", true, func(context.Context) (telemetry.Status, string) { return database, "" })
	health.Add("python", false, func(context.Context) (telemetry.Status, string) { return telemetry.Starting, "warming up" })
	h := server(t, httpd.Config{Health: &health}).Handler()
	w := call{"GET", "/readyz", "", "", nil}.do(t, h)
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"ready":true,"checks":[{"name":"database","status":"ok","gates":true},
		{"name":"python","status":"starting","detail":"warming up","gates":false}]}`, w.Body.String())
	database = telemetry.Failed
	require.Equal(t, 503, call{"GET", "/readyz", "", "", nil}.do(t, h).Code)
}

func TestMetricsByRoute(t *testing.T) {
	h := server(t, httpd.Config{}).Handler()
	for _, id := range []string{"1", "2", "3"} {
		call{"PUT", "/api/test/v1/things/" + id, "ann", `{"name":"x"}`, nil}.do(t, h)
	}
	call{"GET", "/nowhere/1", "", "", nil}.do(t, h)
	call{"INVENTED", "/nowhere/2", "", "", nil}.do(t, h)
	text := call{"GET", "/metrics", "", "", nil}.do(t, h).Body.String()
	for _, line := range []string{
		`dataflow_http_requests_total{method="PUT",route="/api/test/v1/things/{id}",status="200"} 3`,
		`dataflow_http_requests_total{method="GET",route="none",status="404"} 1`,
		`dataflow_http_requests_total{method="other",route="none",status="404"} 1`,
		`dataflow_http_request_duration_seconds_count{method="PUT",route="/api/test/v1/things/{id}"} 3`,
		`dataflow_build_info{version="1.2.3"} 1`, "go_goroutines ", "process_resident_memory_bytes ",
	} {
		require.Contains(t, text, line)
	}
	require.NotContains(t, text, "nowhere")
	require.NotContains(t, text, "INVENTED")
}

func TestGzip(t *testing.T) {
	s := httpd.New(httpd.Config{})
	for path, answer := range map[string]string{"/large": strings.Repeat("compress me ", 1000), "/small": "small"} {
		s.Raw(httpd.Op{Method: "GET", Path: path, Permission: auth.Public}, func(w http.ResponseWriter, _ *http.Request) error {
			return httpd.WriteJSON(w, 200, answer)
		})
	}
	accept := http.Header{"Accept-Encoding": {"gzip"}}
	w := call{"GET", "/large", "", "", accept}.do(t, s.Handler())
	require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	require.Less(t, w.Body.Len(), 500)
	r, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(data), "compress me")
	require.Empty(t, call{"GET", "/small", "", "", accept}.do(t, s.Handler()).Header().Get("Content-Encoding"))
	require.Empty(t, call{"GET", "/large", "", "", nil}.do(t, s.Handler()).Header().Get("Content-Encoding"))
}

func TestOpenAPI(t *testing.T) {
	s := server(t, httpd.Config{})
	w := call{"GET", "/openapi.json", "", "", nil}.do(t, s.Handler())
	data, err := s.OpenAPI()
	require.NoError(t, err)
	require.JSONEq(t, string(data), w.Body.String())
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Title, Version string }
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Permission  string `json:"x-permission"`
			Security    []map[string][]string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	require.NoError(t, json.Unmarshal(data, &doc))
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, "Test", doc.Info.Title)
	put := doc.Paths["/api/test/v1/things/{id}"]["put"]
	require.Equal(t, "putThingsById", put.OperationID)
	require.Equal(t, "flow.write", put.Permission)
	require.Equal(t, []map[string][]string{{"session": {}}, {"token": {}}}, put.Security)
	require.Contains(t, put.Responses, "default")
	require.Equal(t, []struct{ Name, In string }{{"name", "path"}}, doc.Paths["/api/test/v1/files/{name}"]["get"].Parameters)
	require.Equal(t, []map[string][]string{{}}, doc.Paths["/hooks/{path}"]["post"].Security)
	require.NotContains(t, doc.Paths, "/healthz")
	require.Contains(t, doc.Components.Schemas, "Problem")
	require.NotContains(t, doc.Components.Schemas, "ErrorModel")
	require.NotContains(t, string(data), `"null"`, "lists are never null")
}

func TestDocsPageNeedsNothingFromOutside(t *testing.T) {
	w := call{"GET", "/docs", "", "", nil}.do(t, server(t, httpd.Config{}).Handler())
	require.Equal(t, 200, w.Code)
	require.NotContains(t, w.Body.String(), "http://")
	require.NotContains(t, w.Body.String(), "https://")
	require.Regexp(t, `script-src 'sha256-[^']{44}'`, w.Header().Get("Content-Security-Policy"))
}

func TestRequestIdentifiers(t *testing.T) {
	h := server(t, httpd.Config{}).Handler()
	for given, kept := range map[string]bool{"abc-123.DEF_4": true, "short": false, "with space in it": false, "quote\"and\nline": false, strings.Repeat("x", 65): false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		require.NoError(t, err)
		req.Header["X-Request-Id"] = []string{given}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if kept {
			require.Equal(t, given, w.Header().Get("X-Request-Id"))
		} else {
			require.Regexp(t, `^[0-9a-f]{24}$`, w.Header().Get("X-Request-Id"))
		}
	}
}
