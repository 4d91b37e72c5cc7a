package httpd_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/telemetry"
)

func TestTypedOperation(t *testing.T) {
	h := server(t, httpd.Config{}).Handler()
	w := call{"PUT", "/api/test/v1/things/7?limit=5", "ann", `{"name":"x","size":3}`, nil}.do(t, h)
	require.Equal(t, 200, w.Code, w.Body)
	require.JSONEq(t, `{"id":"7","limit":5,"name":"x","size":3,"by":"ann"}`, w.Body.String())
	require.Equal(t, "request-1", w.Header().Get("X-Request-Id"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
}

func TestProblems(t *testing.T) {
	const put = "/api/test/v1/things/7"
	for name, c := range map[string]struct {
		call call
		want string
	}{
		"nobody": {call{"PUT", put, "", `{"name":"x"}`, nil}, `{
			"type":"urn:dataflow:problem:login_required","title":"Unauthorized","status":401,"code":"login_required",
			"detail":"Log in first, or send an API token as a bearer token.","request_id":"request-1"}`},
		"somebody who may not": {call{"PUT", put, "vic", `{"name":"x"}`, nil}, `{
			"type":"urn:dataflow:problem:permission_denied","title":"Forbidden","status":403,"code":"permission_denied",
			"detail":"vic may not do this: the permission flow.write is missing.","form":"{0} may not do this: the permission {1} is missing.","args":["vic", "flow.write"],
			"hint":"An administrator of the tenant can give a role that has it.","request_id":"request-1"}`},
		"a bad token": {call{"PUT", put, "mallory", `{"name":"x"}`, nil}, `{
			"type":"urn:dataflow:problem:token_invalid","title":"Unauthorized","status":401,"code":"token_invalid",
			"detail":"This token is not valid.","request_id":"request-1"}`},
		"the handler's own": {call{"PUT", put, "ann", `{"name":"gone"}`, nil}, `{
			"type":"urn:dataflow:problem:thing_not_found","title":"Not Found","status":404,"code":"thing_not_found",
			"detail":"There is no thing \"7\".","form":"There is no thing {0}.","args":["\"7\""],"hint":"List the things.",
			"errors":[{"code":"x","message":"Here.","node":"n","field":"with.a","line":3}],"request_id":"request-1"}`},
		"an unknown error": {call{"PUT", put, "ann", `{"name":"broken"}`, nil}, `{
			"type":"urn:dataflow:problem:internal","title":"Internal Server Error","status":500,"code":"internal",
			"detail":"Something went wrong on the server; its log says more.","request_id":"request-1"}`},
		"a panic": {call{"PUT", put, "ann", `{"name":"panic"}`, nil}, `{
			"type":"urn:dataflow:problem:internal","title":"Internal Server Error","status":500,"code":"internal",
			"detail":"Something went wrong on the server; its log says more.","request_id":"request-1"}`},
		"fields": {call{"PUT", put + "?limit=900", "ann", `{"size":11,"nme":"x"}`, nil}, `{
			"type":"urn:dataflow:problem:invalid_request","title":"Unprocessable Entity","status":422,"code":"invalid_request",
			"detail":"The request is not valid.","errors":[
				{"code":"invalid","message":"Expected number <= 100.","field":"query.limit"},
				{"code":"missing_field","message":"This field is required.","field":"name"},
				{"code":"invalid","message":"Expected number <= 10.","field":"size"},
				{"code":"unknown_field","message":"There is no such field.","field":"nme"}],"request_id":"request-1"}`},
		"no JSON": {call{"PUT", put, "ann", `{"name":`, nil}, `{
			"type":"urn:dataflow:problem:malformed_request","title":"Bad Request","status":400,"code":"malformed_request",
			"detail":"The request's body cannot be read as JSON.","errors":[
				{"code":"invalid_json","message":"Unexpected end of JSON input."}],"request_id":"request-1"}`},
		"no body": {call{"PUT", put, "ann", ``, nil}, `{
			"type":"urn:dataflow:problem:body_required","title":"Bad Request","status":400,"code":"body_required",
			"detail":"The request needs a body.","request_id":"request-1"}`},
		"another media type": {call{"PUT", put, "ann", `name=x`, http.Header{"Content-Type": {"text/csv"}}}, `{
			"type":"urn:dataflow:problem:unsupported_media_type","title":"Unsupported Media Type","status":415,"code":"unsupported_media_type",
			"detail":"The request's Content-Type is not understood here; send application/json.",
			"errors":[{"code":"invalid_json","message":"Unknown content type: text/csv."}],"request_id":"request-1"}`},
		"a large body": {call{"PUT", put, "ann", `{"name":"` + strings.Repeat("x", 200) + `"}`, nil}, `{
			"type":"urn:dataflow:problem:body_too_large","title":"Request Entity Too Large","status":413,"code":"body_too_large",
			"detail":"The request's body is larger than 200 bytes.","form":"The request's body is larger than {0} bytes.","args":["200"],"request_id":"request-1"}`},
		"a large raw body": {call{"POST", "/hooks/a", "", strings.Repeat("x", 21), nil}, `{
			"type":"urn:dataflow:problem:body_too_large","title":"Request Entity Too Large","status":413,"code":"body_too_large",
			"detail":"The request's body is larger than 20 bytes.","form":"The request's body is larger than {0} bytes.","args":["20"],"request_id":"request-1"}`},
		"another origin": {call{"PUT", put, "ann", `{"name":"x"}`, http.Header{"Sec-Fetch-Site": {"cross-site"}}}, `{
			"type":"urn:dataflow:problem:cross_origin","title":"Forbidden","status":403,"code":"cross_origin",
			"detail":"This request comes from a page of another origin and was refused.",
			"hint":"If the page is your own, add its origin to the trusted origins.","request_id":"request-1"}`},
		"no such route": {call{"GET", "/api/test/v1/nothing", "ann", ``, nil}, `{
			"type":"urn:dataflow:problem:route_not_found","title":"Not Found","status":404,"code":"route_not_found",
			"detail":"There is nothing at /api/test/v1/nothing.","form":"There is nothing at {0}.","args":["/api/test/v1/nothing"],"request_id":"request-1"}`},
		"no such method": {call{"PATCH", put, "ann", ``, nil}, `{
			"type":"urn:dataflow:problem:method_not_allowed","title":"Method Not Allowed","status":405,"code":"method_not_allowed",
			"detail":"PATCH is not possible at /api/test/v1/things/7.","form":"{0} is not possible at {1}.","args":["PATCH", "/api/test/v1/things/7"],"request_id":"request-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, c.call.do(t, server(t, httpd.Config{}).Handler()), c.want)
		})
	}
}

func TestRawRoutes(t *testing.T) {
	h := server(t, httpd.Config{}).Handler()
	w := call{"GET", "/api/test/v1/files/in/a%20b.csv", "vic", "", nil}.do(t, h)
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `"in/a b.csv"`, w.Body.String())

	cross := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		w := call{method, "/hooks/github/push", "", "hi", cross}.do(t, h)
		require.Equal(t, 202, w.Code, w.Body)
		require.JSONEq(t, `{"method":"`+method+`","path":"github/push","body":"hi"}`, w.Body.String())
	}
}

func TestBearerNeedsNoOrigin(t *testing.T) {
	h := server(t, httpd.Config{}).Handler()
	header := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Authorization": {"Bearer x"}}
	require.Equal(t, 200, call{"PUT", "/api/test/v1/things/7", "ann", `{"name":"x"}`, header}.do(t, h).Code)
}

func TestCookiesDoNotCountForOtherOrigins(t *testing.T) {
	s := server(t, httpd.Config{})
	s.Raw(httpd.Op{Method: "GET", Path: "/who", Permission: auth.Public, CrossOrigin: true}, func(w http.ResponseWriter, r *http.Request) error {
		return httpd.WriteJSON(w, http.StatusOK, auth.From(r.Context()).Name)
	})
	require.JSONEq(t, `""`, call{"GET", "/who", "ann", "", nil}.do(t, s.Handler()).Body.String())
	token := http.Header{"Authorization": {"Bearer x"}}
	require.JSONEq(t, `"ann"`, call{"GET", "/who", "ann", "", token}.do(t, s.Handler()).Body.String())
}

func TestIncompleteOperationsDoNotStart(t *testing.T) {
	handler := func(http.ResponseWriter, *http.Request) error { return nil }
	for name, op := range map[string]httpd.Op{
		"without permission":   {Method: "GET", Path: "/x"},
		"unknown permission":   {Method: "GET", Path: "/x", Permission: "flow.delete"},
		"without method":       {Path: "/x", Permission: auth.Public},
		"without path":         {Method: "GET", Permission: auth.Public},
		"rest in the middle":   {Method: "GET", Path: "/{a...}/{b}", Permission: auth.Public},
		"the same route twice": {Method: "GET", Path: "/healthz", Permission: auth.Public},
	} {
		t.Run(name, func(t *testing.T) {
			s := httpd.New(httpd.Config{})
			require.Panics(t, func() { s.Raw(op, handler) })
		})
	}
}

func TestLogSaysWhatTheClientIsNotTold(t *testing.T) {
	var log bytes.Buffer
	logger, err := telemetry.NewLogger(&log, telemetry.LogConfig{})
	require.NoError(t, err)
	h := server(t, httpd.Config{Log: logger}).Handler()
	w := call{"PUT", "/api/test/v1/things/7", "ann", `{"name":"panic"}`, nil}.do(t, h)
	require.NotContains(t, w.Body.String(), "secret of the server")
	require.Contains(t, log.String(), "secret of the server")
	require.Contains(t, log.String(), `"request_id":"request-1"`)
	require.Contains(t, log.String(), "op_test.go", "the stack is in the log")

	log.Reset()
	call{"PUT", "/api/test/v1/things/7", "ann", `{"name":"broken"}`, nil}.do(t, h)
	require.Contains(t, log.String(), `"level":"ERROR","msg":"request","request_id":"request-1","method":"PUT","route":"/api/test/v1/things/{id}","status":500`)
	require.Contains(t, log.String(), `"tenant":"default","user":"ann","error":"unexpected EOF"`)

	// What is another system's, or the user's, is no error of the server.
	for name, want := range map[string]string{"elsewhere": `"level":"WARN"`, "gone": `"level":"INFO"`} {
		log.Reset()
		call{"PUT", "/api/test/v1/things/7", "ann", `{"name":"` + name + `"}`, nil}.do(t, h)
		require.Contains(t, log.String(), want)
		require.NotContains(t, log.String(), `"level":"ERROR"`)
		require.Contains(t, log.String(), `"code":"thing_`)
	}
}
