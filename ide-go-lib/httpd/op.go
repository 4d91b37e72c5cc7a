package httpd

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/ide-go-lib/auth"
)

// Any as the method of a raw route takes every method.
const Any = "ANY"

// Defaults of an Op.
const (
	defaultMaxBody = 1 << 20
	defaultTimeout = 60 * time.Second
)

// Op describes one operation of the API.
type Op struct {
	// ID names the operation in generated clients, such as listFlows; "" is made of method and path.
	ID     string
	Method string
	// Path has parameters in braces: /flows/{id}. A last {name...} takes the rest of the path.
	Path        string
	Summary     string
	Description string
	Tag         string
	// Permission is what the one who asks must hold. There is no default: auth.Public must be written.
	Permission auth.Permission
	// Status is that of success; 0 is 200, or 204 without a body.
	Status int
	// MaxBody limits the request's body in bytes; 0 is 1 MiB, negative is no limit.
	MaxBody int64
	// Timeout ends the context of the request; 0 is a minute, negative is never.
	Timeout time.Duration
	// CrossOrigin lets web pages of other origins call it, as webhooks need; cookies then do not count.
	CrossOrigin bool
	// Doc adds to the operation's documentation, such as parameters and bodies of a raw route.
	Doc func(*huma.Operation)

	system bool // beside the API: never refused by the gate
}

func (op *Op) normalize() {
	switch {
	case op.Method == "" || op.Path == "":
		panic(fmt.Sprintf("httpd: an operation needs a method and a path, not %q %q", op.Method, op.Path))
	case !op.Permission.Declared():
		panic(fmt.Sprintf("httpd: %s %s does not say which permission it needs", op.Method, op.Path))
	case strings.Contains(strings.TrimSuffix(op.Path, "...}"), "..."):
		panic(fmt.Sprintf("httpd: %s: only the last parameter can take the rest of a path", op.Path))
	}
	if op.ID == "" {
		op.ID = operationID(op.Method, op.Path)
	}
	if op.MaxBody == 0 {
		op.MaxBody = defaultMaxBody
	}
	if op.Timeout == 0 {
		op.Timeout = defaultTimeout
	}
}

// operationID makes getRunsById of GET /api/automation/v1/runs/{id}.
func operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for i, part := range strings.Split(strings.Trim(path, "/"), "/") {
		if i < 3 && strings.HasPrefix(path, "/api/") {
			continue
		}
		if name, ok := strings.CutPrefix(part, "{"); ok {
			part = "by_" + strings.TrimRight(name, ".}")
		}
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// wildcard gives the name of a last {name...}.
func (op *Op) wildcard() string {
	if !strings.HasSuffix(op.Path, "...}") {
		return ""
	}
	return op.Path[strings.LastIndexByte(op.Path, '{')+1 : len(op.Path)-len("...}")]
}

// route gives the path as Gin writes it.
func (op *Op) route() string {
	path := op.Path
	if name := op.wildcard(); name != "" {
		path = strings.TrimSuffix(path, "{"+name+"...}") + "*" + name
	}
	return strings.ReplaceAll(strings.ReplaceAll(path, "{", ":"), "}", "")
}

// document makes the entry of the OpenAPI document.
func (op *Op) document(s *Server) huma.Operation {
	out := huma.Operation{
		OperationID:     op.ID,
		Method:          op.Method,
		Path:            strings.ReplaceAll(op.Path, "...}", "}"),
		Summary:         op.Summary,
		Description:     op.Description,
		DefaultStatus:   op.Status,
		BodyReadTimeout: -1, // the server's own deadline holds
		Responses:       map[string]*huma.Response{"default": s.problemResponse()},
		Extensions:      map[string]any{"x-permission": string(op.Permission)},
		Metadata:        map[string]any{opKey: op},
	}
	if op.MaxBody > 0 {
		out.MaxBodyBytes = op.MaxBody + 1 // huma refuses what reaches the limit
	} else {
		out.MaxBodyBytes = -1
	}
	if op.Tag != "" {
		out.Tags = []string{op.Tag}
	}
	if op.Permission == auth.Public {
		out.Security = []map[string][]string{{}}
	} else {
		out.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	return out
}

const opKey = "httpd.op"

// Register adds an operation whose input and output are the structs of huma: fields with path, query and header tags,
// and Body. Errors of the handler are answered as problem documents. It panics when op is not complete.
func Register[I, O any](s *Server, op Op, handler func(context.Context, *I) (*O, error)) {
	op.normalize()
	doc := op.document(s)
	if op.Doc != nil {
		op.Doc(&doc)
	}
	huma.Register(s.api, doc, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// Handler answers a raw request. An error is answered as a problem document unless the answer has begun.
// Path parameters are read with r.PathValue.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Raw adds an operation that reads and writes HTTP itself, such as a download, an upload or a webhook.
func (s *Server) Raw(op Op, handler Handler) {
	op.normalize()
	doc := op.document(s)
	doc.Parameters = pathParameters(op.Path)
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	doc.Responses[fmt.Sprint(op.Status)] = &huma.Response{Description: http.StatusText(op.Status)}
	if op.Method == Any {
		doc.Method = http.MethodPost
	}
	if op.Doc != nil {
		op.Doc(&doc)
	}
	if !doc.Hidden {
		s.api.OpenAPI().AddOperation(&doc)
	}
	s.handle(&op, func(w http.ResponseWriter, r *http.Request) {
		if op.MaxBody > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, op.MaxBody)
		}
		if err := handler(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func pathParameters(path string) []*huma.Param {
	var out []*huma.Param
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, &huma.Param{Name: strings.TrimRight(name, ".}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	return out
}
