package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/httpd"
)

// Limits of what a request may carry.
const (
	documentMax = 8 << 20
	hookMax     = 16 << 20
)

// Register puts all operations on the server.
func (a *API) Register(s *httpd.Server) {
	describeForeignTypes(s.Schemas())
	a.flowRoutes(registrar{s, "Flows"})
	a.runRoutes(registrar{s, "Runs"})
	a.artifactRoutes(registrar{s, "Artifacts"})
	a.fileRoutes(registrar{s, "Files"})
	a.catalogueRoutes(registrar{s, "Catalogue"})
	a.connectionRoutes(registrar{s, "Connections"})
	a.markRoutes(registrar{s, "Flows"})
	a.usageRoutes(registrar{s, "Catalogue"})
	a.hookRoutes(s)
}

// registrar adds operations of one tag below the prefix.
type registrar struct {
	server *httpd.Server
	tag    string
}

// kind says what is special about an operation's bodies.
type kind func(r huma.Registry, op *httpd.Op, doc *huma.Operation)

func add[I, O any](r registrar, op httpd.Op, handler func(context.Context, *I) (*O, error), kinds ...kind) {
	httpd.Register(r.server, r.complete(op, kinds), handler)
}

func (r registrar) complete(op httpd.Op, kinds []kind) httpd.Op {
	op.Path, op.Tag = prefix+op.Path, r.tag
	for _, k := range kinds {
		k(r.server.Schemas(), &op, nil)
	}
	op.Doc = func(doc *huma.Operation) {
		for _, k := range kinds {
			k(r.server.Schemas(), &op, doc)
		}
	}
	return op
}

// takesDocument is an operation whose body is a flow, as JSON or YAML; package flow reads it.
func takesDocument(r huma.Registry, op *httpd.Op, doc *huma.Operation) {
	op.MaxBody = documentMax
	if doc != nil {
		doc.SkipValidateBody = true
		doc.RequestBody = bodyOf("application/json", r.Schema(reflect.TypeFor[DocumentBody](), true, ""))
	}
}

// carriesDocument is an operation with a document somewhere in its JSON body; package flow reads that.
func carriesDocument(_ huma.Registry, op *httpd.Op, doc *huma.Operation) {
	op.MaxBody = documentMax
	if doc != nil {
		doc.SkipValidateBody = true
	}
}

// takesFile is an operation whose body is any bytes, of any number.
func takesFile(_ huma.Registry, op *httpd.Op, doc *huma.Operation) {
	op.MaxBody, op.Timeout = -1, -1
	if doc != nil {
		doc.RequestBody = bodyOf("application/octet-stream", binary())
	}
}

// givesFile is an operation that answers bytes, of any number.
func givesFile(_ huma.Registry, op *httpd.Op, doc *huma.Operation) {
	op.Timeout = -1
	if doc != nil {
		doc.Responses["200"] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}},
		}
	}
}

// givesEvents is an operation that answers a stream of engine events.
func givesEvents(r huma.Registry, _ *httpd.Op, doc *huma.Operation) {
	if doc != nil {
		doc.Responses["200"].Content["text/event-stream"] = &huma.MediaType{Schema: r.Schema(reflect.TypeFor[engine.Event](), true, "")}
	}
}

func bodyOf(media string, schema *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {Schema: schema}}}
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }
