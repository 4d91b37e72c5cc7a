package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// MediaProblem is the media type of RFC 9457.
const MediaProblem = "application/problem+json"

// Problem is an error as it goes over the wire: RFC 9457 with a stable code, a hint, the single problems with their
// places, and the request's identifier, by which the log can be searched.
type Problem struct {
	Type   string `json:"type" doc:"Identifier of the kind of problem" example:"urn:dataflow:problem:flow_not_found"`
	Title  string `json:"title" doc:"The HTTP status in words"`
	Status int    `json:"status" doc:"HTTP status"`
	Code   string `json:"code" doc:"Stable code of the problem" example:"flow_not_found"`
	Detail string `json:"detail" doc:"What went wrong, for people"`
	errs.Said
	Hint      string        `json:"hint,omitempty" doc:"What to do about it"`
	HintForm  string        `json:"hint_form,omitempty" doc:"As form, of the hint"`
	HintArgs  []string      `json:"hint_args,omitempty" doc:"As args, of the hint"`
	Errors    []errs.Detail `json:"errors,omitempty" doc:"The single problems with their places"`
	RequestID string        `json:"request_id" doc:"Identifier of the request in the server's log"`
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return MediaProblem }

// statusClientGone is logged when the client did not wait for the answer.
const statusClientGone = 499

// problem makes the answer for err and logs what the client is not told.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	e := classify(ctx, err)
	info := requestFrom(ctx)
	info.code = e.Code
	if e.Status >= http.StatusInternalServerError {
		info.cause = err
	}
	var h *headerError
	if errors.As(err, &h) && info.out != nil && !info.answered() {
		info.out.Header().Set(h.name, h.value)
	}
	return newProblem(info, e)
}

// WithHeader makes the answer of an error carry a header, such as Retry-After.
func WithHeader(err error, name, value string) error { return &headerError{err, name, value} }

type headerError struct {
	error
	name, value string
}

func (e *headerError) Unwrap() error { return e.error }

func newProblem(info *request, e *errs.Error) *Problem {
	title := http.StatusText(e.Status)
	if e.Status == statusClientGone {
		title = "Client Closed Request"
	}
	message, hint := e.Told()
	return &Problem{
		Type: "urn:dataflow:problem:" + e.Code, Title: title, Status: e.Status,
		Code: e.Code, Detail: e.Message, Said: message, Hint: e.Hint, HintForm: hint.Form, HintArgs: hint.Args,
		Errors: e.Details, RequestID: info.id,
	}
}

// classify finds the error to tell, also for those that the standard library makes.
func classify(ctx context.Context, err error) *errs.Error {
	var told *errs.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errs.New(http.StatusRequestEntityTooLarge, "body_too_large", "The request's body is larger than %d bytes.", tooLarge.Limit)
	case errors.As(err, &told):
		if told.Status < http.StatusBadRequest {
			return errs.Internal(err)
		}
		return told
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return errs.New(statusClientGone, "canceled", "The request was given up before it was answered.")
	case errors.Is(err, context.DeadlineExceeded):
		return errs.New(http.StatusGatewayTimeout, "timeout", "The request took too long.")
	}
	return errs.Internal(err)
}

// fail answers err, unless the answer has begun.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	if info := requestFrom(r.Context()); info.answered() {
		info.cause = err
		return
	}
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", MediaProblem)
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // a client that is gone needs no answer
}

// WriteJSON answers v with a status, for raw handlers.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// translate turns huma's own errors into ours; it sees every answer before it is written.
func (s *Server) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := errs.New(m.Status, "invalid_request", "The request is not valid.")
	switch m.Status {
	case http.StatusBadRequest:
		e.Code, e.Message = "malformed_request", "The request's body cannot be read as JSON."
		if len(m.Errors) == 0 {
			e.Code, e.Message = "body_required", "The request needs a body."
		}
	case http.StatusRequestEntityTooLarge:
		op, _ := ctx.Operation().Metadata[opKey].(*Op)
		return newProblem(requestFrom(ctx.Context()), classify(ctx.Context(), &http.MaxBytesError{Limit: op.MaxBody})), nil
	case http.StatusUnsupportedMediaType:
		e.Code, e.Message = "unsupported_media_type", "The request's Content-Type is not understood here; send application/json."
	case http.StatusRequestTimeout:
		e.Code, e.Message = "timeout", "The request's body did not arrive in time."
	case http.StatusInternalServerError:
		e = errs.Internal(m)
	}
	if m.Status < http.StatusInternalServerError {
		for _, d := range m.Errors {
			e.Details = append(e.Details, detail(d))
		}
	}
	return newProblem(requestFrom(ctx.Context()), e), nil
}

var (
	missingProperty = pattern.Of(`^expected required property (\S+) to be present$`)
	missingParam    = pattern.Of(`^required \S+ parameter is missing$`)
)

// detail gives the place as the caller knows it: fields of the body without "body", everything else with where it is.
// The value is left out; it may be a password.
func detail(d *huma.ErrorDetail) errs.Detail {
	out := errs.Detail{Code: "invalid", Message: sentence(d.Message)}
	out.Field = strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	switch m := missingProperty.FindStringSubmatch(d.Message); {
	case m != nil:
		out.Code, out.Message = "missing_field", "This field is required."
		out.Field = strings.TrimPrefix(out.Field+"."+m[1], ".")
	case missingParam.MatchString(d.Message):
		out.Code, out.Message = "missing_field", "This parameter is required."
	case d.Message == "unexpected property":
		out.Code, out.Message = "unknown_field", "There is no such field."
	case d.Location == "body" && d.Value != nil && reflect.TypeOf(d.Value).Kind() == reflect.String:
		out.Code = "invalid_json"
	}
	return out
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// problemResponse documents the answer of everything that fails.
func (s *Server) problemResponse() *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{Description: "Problem", Content: map[string]*huma.MediaType{MediaProblem: {Schema: schema}}}
}

func errAttr(err error) slog.Attr { return slog.String("error", err.Error()) }
