package authapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/auth/authapi"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/testkit/dbtest"
)

const password = "correct horse battery"

// client is a browser or a program with its cookie or token.
type client struct {
	t       *testing.T
	handler http.Handler
	cookie  *http.Cookie
	token   string
}

// newServer has users of every role, named after it, with the password above.
func newServer(t *testing.T) (*auth.Service, *clock.Fake, client) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	service, err := auth.New(t.Context(), auth.Config{DB: dbtest.Temp(t), Clock: c, Cost: auth.Cost{MemoryKiB: 64, Passes: 1}})
	require.NoError(t, err)
	for _, role := range auth.Roles() {
		require.NoError(t, service.AddUser(t.Context(), string(role), password, role))
	}
	s := httpd.New(httpd.Config{Title: "Test", Authenticate: service.Authenticate})
	authapi.Register(s, service)
	return service, c, client{t: t, handler: s.Handler()}
}

func (c client) do(method, path, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, "/api/auth/v1"+path, strings.NewReader(body))
	r.Header.Set("X-Request-Id", "request-1")
	if c.cookie != nil {
		r.AddCookie(c.cookie)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, secret := range []string{password, "argon2id", "hash"} {
		require.NotContains(c.t, w.Body.String(), secret, "%s %s", method, path)
	}
	return w
}

func (c client) login(name string) client {
	c.t.Helper()
	w := c.do("POST", "/login", `{"name":"`+name+`","password":"`+password+`"}`)
	require.Equal(c.t, 200, w.Code, w.Body)
	c.cookie = w.Result().Cookies()[0]
	return c
}

func TestLoginAndLogout(t *testing.T) {
	_, _, c := newServer(t)
	w := c.do("POST", "/login", `{"name":"viewer","password":"`+password+`"}`)
	require.Equal(t, 200, w.Code)
	var me auth.Principal
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &me))
	require.JSONEq(t, `{"id":"`+me.ID+`","name":"viewer","tenant":"default","roles":["viewer"],
		"permissions":["flow.read","run.read","artifact.read","file.read","environment.read","connection.read"]}`, w.Body.String())
	cookie := w.Header().Get("Set-Cookie")
	require.Regexp(t, `^dataflow_session=[A-Za-z0-9_-]{43}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax$`, cookie)
	require.NotContains(t, w.Body.String(), strings.TrimPrefix(strings.SplitN(cookie, ";", 2)[0], "dataflow_session="))

	c = c.login("viewer")
	require.JSONEq(t, w.Body.String(), c.do("GET", "/me", "").Body.String())
	out := c.do("POST", "/logout", "")
	require.Equal(t, 204, out.Code)
	require.Equal(t, "dataflow_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", out.Header().Get("Set-Cookie"))
	require.Equal(t, 401, c.do("GET", "/me", "").Code)
	require.Equal(t, 204, c.do("POST", "/logout", "").Code, "logging out twice is no error")
}

func TestSecureCookieOverTLS(t *testing.T) {
	_, _, c := newServer(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "https://example.com/api/auth/v1/login", strings.NewReader(`{"name":"viewer","password":"`+password+`"}`))
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Set-Cookie"), "; Secure")
	require.NotEmpty(t, w.Header().Get("Strict-Transport-Security"))
}

func TestRefusals(t *testing.T) {
	_, _, c := newServer(t)
	viewer, operator := c.login("viewer"), c.login("operator")
	broken := c
	broken.token = "dft_wrong"
	for name, test := range map[string]struct {
		client       client
		method, path string
		body         string
		want         string
	}{
		"wrong password": {c, "POST", "/login", `{"name":"viewer","password":"no"}`, `{"type":"urn:dataflow:problem:login_failed","title":"Unauthorized","status":401,
			"code":"login_failed","detail":"The name or the password is not right.","request_id":"request-1"}`},
		"unknown user": {c, "POST", "/login", `{"name":"nobody","password":"no"}`, `{"type":"urn:dataflow:problem:login_failed","title":"Unauthorized","status":401,
			"code":"login_failed","detail":"The name or the password is not right.","request_id":"request-1"}`},
		"no name": {c, "POST", "/login", `{"password":"no"}`, `{"type":"urn:dataflow:problem:invalid_request","title":"Unprocessable Entity","status":422,
			"code":"invalid_request","detail":"The request is not valid.","errors":[{"code":"missing_field","message":"This field is required.","field":"name"}],"request_id":"request-1"}`},
		"me as nobody": {c, "GET", "/me", "", `{"type":"urn:dataflow:problem:login_required","title":"Unauthorized","status":401,
			"code":"login_required","detail":"Log in first, or send an API token as a bearer token.","request_id":"request-1"}`},
		"me with a wrong token": {broken, "GET", "/me", "", `{"type":"urn:dataflow:problem:token_invalid","title":"Unauthorized","status":401,
			"code":"token_invalid","detail":"This token is not valid: it is mistyped, revoked or expired.","hint":"Make a new one in the settings.","request_id":"request-1"}`},
		"tokens of a viewer": {viewer, "GET", "/tokens", "", `{"type":"urn:dataflow:problem:permission_denied","title":"Forbidden","status":403,
			"code":"permission_denied","detail":"viewer may not do this: the permission token.manage is missing.",
			"form":"{0} may not do this: the permission {1} is missing.","args":["viewer","token.manage"],
			"hint":"An administrator of the tenant can give a role that has it.","request_id":"request-1"}`},
		"more than one has": {operator, "POST", "/tokens", `{"name":"x","permissions":["run.read","flow.write"]}`, `{"type":"urn:dataflow:problem:token_request_invalid",
			"title":"Unprocessable Entity","status":422,"code":"token_request_invalid","detail":"You cannot give the permission flow.write, which you do not have.",
			"errors":[{"code":"invalid","message":"You cannot give the permission flow.write, which you do not have.","field":"permissions[1]"}],"request_id":"request-1"}`},
		"a weak password": {viewer, "POST", "/password", `{"current":"` + password + `","next":"short"}`, `{"type":"urn:dataflow:problem:password_weak",
			"title":"Unprocessable Entity","status":422,"code":"password_weak","detail":"A password must have at least 8 characters.",
			"errors":[{"code":"password_weak","message":"A password must have at least 8 characters.","field":"next"}],"request_id":"request-1"}`},
		"a token that is not there": {operator, "DELETE", "/tokens/abc", "", `{"type":"urn:dataflow:problem:token_not_found","title":"Not Found","status":404,
			"code":"token_not_found","detail":"You have no token \"abc\".","form":"You have no token {0}.","args":["\"abc\""],"request_id":"request-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := test.client.do(test.method, test.path, test.body)
			require.JSONEq(t, test.want, w.Body.String())
			require.Equal(t, httpd.MediaProblem, w.Header().Get("Content-Type"))
		})
	}
}

// TestEveryOperationByEveryRole holds the table of who may do what.
func TestEveryOperationByEveryRole(t *testing.T) {
	_, _, c := newServer(t)
	clients := map[string]client{"": c}
	for _, role := range auth.Roles() {
		clients[string(role)] = c.login(string(role))
	}
	for _, op := range []struct {
		method, path, body string
		allowed            string
		nobody             bool
	}{
		{"GET", "/me", "", "administrator developer operator viewer", false},
		{"GET", "/tokens", "", "administrator developer operator", false},
		{"POST", "/tokens", `{"name":"x"}`, "administrator developer operator", false},
		{"DELETE", "/tokens/x", "", "administrator developer operator", false},
		{"POST", "/password", `{"current":"x","next":"a new password"}`, "administrator developer operator viewer", false},
		{"POST", "/login", `{"name":"nobody","password":"x"}`, "administrator developer operator viewer", true},
	} {
		for who, client := range clients {
			w := client.do(op.method, op.path, op.body)
			switch {
			case who == "" && !op.nobody:
				require.Contains(t, w.Body.String(), "login_required", "%s %s", op.method, op.path)
			case who != "" && !strings.Contains(op.allowed, who):
				require.Contains(t, w.Body.String(), "permission_denied", "%s %s as %s", op.method, op.path, who)
			default:
				require.NotContains(t, w.Body.String(), "permission_denied", "%s %s as %s", op.method, op.path, who)
				require.NotContains(t, w.Body.String(), "login_required", "%s %s as %s", op.method, op.path, who)
			}
		}
	}
}

func TestTokenLife(t *testing.T) {
	_, _, c := newServer(t)
	dev := c.login("developer")
	w := dev.do("POST", "/tokens", `{"name":"ci","permissions":["flow.run","token.manage"],"expires_at":"2026-04-01T00:00:00Z"}`)
	require.Equal(t, 201, w.Code, w.Body)
	var made authapi.CreatedToken
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &made))
	require.JSONEq(t, `{"id":"`+made.ID+`","name":"ci","permissions":["flow.run","token.manage"],"created_at":"2026-03-01T12:00:00Z",
		"expires_at":"2026-04-01T00:00:00Z","token":"`+made.Secret+`"}`, w.Body.String())

	machine := c
	machine.token = made.Secret
	require.Contains(t, machine.do("GET", "/me", "").Body.String(), `"permissions":["flow.run","token.manage"]`)
	list := machine.do("GET", "/tokens", "").Body.String()
	require.NotContains(t, list, made.Secret)
	require.JSONEq(t, `{"items":[{"id":"`+made.ID+`","name":"ci","permissions":["flow.run","token.manage"],"created_at":"2026-03-01T12:00:00Z",
		"expires_at":"2026-04-01T00:00:00Z","last_used_at":"2026-03-01T12:00:00Z"}],"next":""}`, list)
	require.Contains(t, machine.do("POST", "/tokens", `{"name":"y","permissions":["flow.write"]}`).Body.String(), "You cannot give the permission flow.write")

	require.NotContains(t, c.login("operator").do("GET", "/tokens", "").Body.String(), made.ID, "others do not see it")
	require.Equal(t, 404, c.login("operator").do("DELETE", "/tokens/"+made.ID, "").Code)
	require.Equal(t, 204, dev.do("DELETE", "/tokens/"+made.ID, "").Code)
	require.Equal(t, 401, machine.do("GET", "/me", "").Code)
}

func TestGuessersAreToldToWait(t *testing.T) {
	_, c, client := newServer(t)
	for range 5 {
		require.Equal(t, 401, client.do("POST", "/login", `{"name":"viewer","password":"no"}`).Code)
	}
	w := client.do("POST", "/login", `{"name":"viewer","password":"no"}`)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.JSONEq(t, `{"type":"urn:dataflow:problem:too_many_attempts","title":"Too Many Requests","status":429,"code":"too_many_attempts",
		"detail":"Too many failed attempts; try again in 1 s.","form":"Too many failed attempts; try again in {0} s.","args":["1"],"request_id":"request-1"}`, w.Body.String())
	c.Advance(time.Second)
	client.login("viewer")
}

func TestChangePassword(t *testing.T) {
	_, _, c := newServer(t)
	here, elsewhere := c.login("viewer"), c.login("viewer")
	require.Equal(t, 422, here.do("POST", "/password", `{"current":"wrong","next":"another good one"}`).Code)
	require.Equal(t, 204, here.do("POST", "/password", `{"current":"`+password+`","next":"another good one"}`).Code)
	require.Equal(t, 200, here.do("GET", "/me", "").Code)
	require.Equal(t, 401, elsewhere.do("GET", "/me", "").Code)
}
