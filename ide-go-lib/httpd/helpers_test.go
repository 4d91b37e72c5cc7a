package httpd_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
)

var (
	ann = auth.Principal{ID: "1", Name: "ann", Tenant: "default", Permissions: auth.Developer.Permissions()}
	vic = auth.Principal{ID: "2", Name: "vic", Tenant: "default", Permissions: auth.Viewer.Permissions()}
)

// byName logs in whoever the header says.
func byName(r *http.Request) (auth.Principal, error) {
	switch r.Header.Get("Test-User") {
	case "":
		return auth.Principal{}, nil
	case "ann":
		return ann, nil
	case "vic":
		return vic, nil
	}
	return auth.Principal{}, errs.Unauthorized("token_invalid", "This token is not valid.")
}

type thing struct {
	Name string   `json:"name" minLength:"1"`
	Size int      `json:"size,omitempty" maximum:"10"`
	Tags []string `json:"tags,omitempty"`
}

type thingInput struct {
	ID    string `path:"id"`
	Limit int    `query:"limit" maximum:"100" default:"20"`
	Body  thing
}

type thingOutput struct {
	Body struct {
		thing
		ID    string `json:"id"`
		Limit int    `json:"limit"`
		By    string `json:"by"`
	}
}

func server(t *testing.T, cfg httpd.Config) *httpd.Server {
	t.Helper()
	cfg.Title, cfg.Version = "Test", "1.2.3"
	cfg.Authenticate = byName
	s := httpd.New(cfg)
	httpd.Register(s, httpd.Op{Method: "PUT", Path: "/api/test/v1/things/{id}", Summary: "Put a thing", Tag: "Things", Permission: auth.FlowWrite, MaxBody: 200},
		func(ctx context.Context, in *thingInput) (*thingOutput, error) {
			switch in.Body.Name {
			case "elsewhere":
				return nil, errs.New(http.StatusBadGateway, "thing_elsewhere", "Another system has failed.")
			case "gone":
				return nil, errs.NotFound("thing_not_found", "There is no thing %q.", in.ID).WithHint("List the things.").
					With(errs.Detail{Code: "x", Message: "Here.", Place: errs.Place{Node: "n", Field: "with.a", Line: 3}})
			case "broken":
				return nil, io.ErrUnexpectedEOF
			case "panic":
				panic("secret of the server")
			}
			out := &thingOutput{}
			out.Body.thing, out.Body.ID, out.Body.Limit, out.Body.By = in.Body, in.ID, in.Limit, auth.From(ctx).Name
			return out, nil
		})
	s.Raw(httpd.Op{Method: "GET", Path: "/api/test/v1/files/{name...}", Permission: auth.FileRead}, func(w http.ResponseWriter, r *http.Request) error {
		return httpd.WriteJSON(w, http.StatusOK, r.PathValue("name"))
	})
	s.Raw(httpd.Op{Method: httpd.Any, Path: "/hooks/{path...}", Permission: auth.Public, CrossOrigin: true, MaxBody: 20}, func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		return httpd.WriteJSON(w, http.StatusAccepted, map[string]string{"method": r.Method, "path": r.PathValue("path"), "body": string(body)})
	})
	return s
}

type call struct {
	method, path, user, body string
	header                   http.Header
}

func (c call) do(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
	for name, values := range c.header {
		r.Header[name] = values
	}
	r.Header.Set("X-Request-Id", "request-1")
	if c.user != "" {
		r.Header.Set("Test-User", c.user)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func requireProblem(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	require.Equal(t, httpd.MediaProblem, w.Header().Get("Content-Type"), w.Body.String())
	require.JSONEq(t, want, w.Body.String())
	var p httpd.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, w.Code, p.Status)
}
