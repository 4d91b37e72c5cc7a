package httpd

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/telemetry"
)

// adapter lets huma register its operations with this server's own routes, so that they are all guarded alike.
type adapter struct {
	server *Server
}

// Handle is called by huma for each operation.
func (a adapter) Handle(doc *huma.Operation, handler func(huma.Context)) {
	op := doc.Metadata[opKey].(*Op)
	wildcard := op.wildcard()
	a.server.handleGin(op, func(c *gin.Context) {
		ctx := humagin.NewContext(doc, c)
		if wildcard != "" {
			ctx = pathContext{ctx, c.Request}
		}
		handler(ctx)
	})
}

// ServeHTTP serves the API alone.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.server.handler.ServeHTTP(w, r) }

type humaContext = huma.Context

// pathContext reads path parameters without the slash that Gin leaves before the rest of a path.
type pathContext struct {
	humaContext
	request *http.Request
}

func (c pathContext) Param(name string) string { return c.request.PathValue(name) }

// Unwrap gives the context below.
func (c pathContext) Unwrap() huma.Context { return c.humaContext }

func newAPI(s *Server) huma.API {
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: s.cfg.Title, Version: s.cfg.Version},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"session": {Type: "apiKey", In: "cookie", Name: auth.SessionCookie, Description: "Session of a person who has logged in."},
				"token":   {Type: "http", Scheme: "bearer", Description: "API token, or access token of the identity provider."},
			},
		},
	}
	return huma.NewAPI(huma.Config{
		OpenAPI: doc, DefaultFormat: "application/json",
		Formats:      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		Transformers: []huma.Transformer{s.translate},
	}, adapter{s})
}

// OpenAPI gives the document of all operations, indented, the same for the same operations. It is made once: register
// everything before.
func (s *Server) OpenAPI() ([]byte, error) { return s.openAPI() }

func (s *Server) renderOpenAPI() ([]byte, error) {
	doc := s.api.OpenAPI()
	// huma registers its own model of errors, which nothing refers to.
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var any any
	if err := json.Unmarshal(data, &any); err != nil {
		return nil, err
	}
	data, err = json.MarshalIndent(any, "", "  ")
	return append(data, '\n'), err
}

// addSystemRoutes adds what every service has beside its API.
func (s *Server) addSystemRoutes() {
	system := func(path string, h Handler) {
		s.Raw(Op{Method: http.MethodGet, Path: path, Permission: auth.Public, system: true, Doc: func(o *huma.Operation) { o.Hidden = true }}, h)
	}
	system("/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	system("/readyz", func(w http.ResponseWriter, r *http.Request) error {
		report := s.cfg.Health.Report(r.Context())
		status := http.StatusOK
		if !report.Ready {
			status = http.StatusServiceUnavailable
		}
		return WriteJSON(w, status, report)
	})
	metrics := telemetry.MetricsHandler(s.cfg.Metrics)
	system("/metrics", func(w http.ResponseWriter, r *http.Request) error {
		metrics.ServeHTTP(w, r)
		return nil
	})
	system("/openapi.json", func(w http.ResponseWriter, _ *http.Request) error {
		data, err := s.OpenAPI()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		_, err = w.Write(data)
		return err
	})
	system("/docs", s.docsPage)
}
