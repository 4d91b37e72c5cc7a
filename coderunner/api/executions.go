package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"sync"
	"syscall"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/table"
)

const (
	codeMax = 16 << 20
	mostArg = 100
)

// Execution is a piece of Python to run once.
type Execution struct {
	Code           string                 `json:"code" doc:"Defines main()"`
	Environment    string                 `json:"environment,omitempty" doc:"Name, for its version in use, or name@3; empty is the default environment"`
	Args           map[string]ExecutionIn `json:"args,omitempty" doc:"Arguments of main() by name"`
	Env            map[string]string      `json:"env,omitempty" doc:"Environment variables, read by os.environ"`
	TimeoutSeconds float64                `json:"timeout_seconds,omitempty" minimum:"0" maximum:"3600"`
	MemoryMiB      int                    `json:"memory_mib,omitempty" minimum:"0" maximum:"65536"`
}

// ExecutionIn is one argument: JSON, or an artifact of the tenant.
type ExecutionIn struct {
	Kind     value.Kind      `json:"kind" enum:"value,table,file"`
	Value    json.RawMessage `json:"value,omitempty"`
	Artifact string          `json:"artifact,omitempty" pattern:"^[0-9a-f]{64}$" doc:"Of a table or a file"`
	Name     string          `json:"name,omitempty" maxLength:"200" doc:"Of a file"`
}

// ExecutionEvent is one line of the answer.
type ExecutionEvent struct {
	Event       string                 `json:"event" enum:"log,result,error"`
	Level       string                 `json:"level,omitempty"`
	Text        string                 `json:"text,omitempty"`
	Outputs     map[string]value.Value `json:"outputs,omitempty"`
	Environment string                 `json:"environment,omitempty" doc:"With its version: name@3"`
	Usage       *node.PythonUsage      `json:"usage,omitempty"`
	Error       *errs.Error            `json:"error,omitempty"`
}

func (a *API) registerExecutions(s *httpd.Server) {
	r := s.Schemas()
	s.Raw(httpd.Op{
		ID: "executePython", Method: http.MethodPost, Path: prefix + "/executions", Tag: "Python", Permission: auth.FlowWrite,
		Summary: "Run a piece of Python once", MaxBody: codeMax, Timeout: -1,
		Description: "It takes flow.run, too: whoever may only run flows runs the code that others have written. The answer is a line of JSON for each event: log as they come, then result or error. The code ends when the connection does.",
		Doc: func(doc *huma.Operation) {
			doc.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: r.Schema(reflect.TypeFor[Execution](), true, "")},
			}}
			doc.Responses["200"].Content = map[string]*huma.MediaType{
				"application/x-ndjson": {Schema: r.Schema(reflect.TypeFor[ExecutionEvent](), true, "")},
			}
		},
	}, a.execute)
}

// stream writes events as lines, from any goroutine.
type stream struct {
	mu  sync.Mutex
	w   http.ResponseWriter
	rc  *http.ResponseController
	err error
}

func (s *stream) send(e ExecutionEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.w.Header().Set("Content-Type", "application/x-ndjson")
	s.w.Header().Set("X-Content-Type-Options", "nosniff")
	if s.err = json.NewEncoder(s.w).Encode(e); s.err == nil {
		s.err = s.rc.Flush()
	}
}

func (a *API) execute(w http.ResponseWriter, r *http.Request) error {
	if err := auth.Require(r.Context(), auth.FlowRun); err != nil {
		return err
	}
	var in Execution
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return errs.Invalid("body_invalid", "The body is not an execution: %v.", err)
	}
	ctx, tenant := r.Context(), tenantOf(r.Context())
	args, release, err := a.arguments(ctx, tenant, in.Args)
	defer release()
	if err != nil {
		return err
	}
	out := &stream{w: w, rc: http.NewResponseController(w)}
	result, err := a.deps.Environments.Execute(ctx, node.PythonRequest{
		Tenant: tenant, Code: in.Code, Environment: in.Environment, Args: args, Env: in.Env, TimeoutSeconds: in.TimeoutSeconds, MemoryMiB: in.MemoryMiB,
		OnLog: func(level, text string) { out.send(ExecutionEvent{Event: "log", Level: level, Text: text}) },
	})
	if result.Close != nil {
		defer result.Close()
	}
	last := ExecutionEvent{Event: "result", Environment: result.Environment, Usage: &result.Usage, Outputs: map[string]value.Value{}}
	for port, o := range result.Outputs {
		if err != nil {
			break
		}
		last.Outputs[port], err = a.keep(ctx, tenant, o)
	}
	if err != nil {
		last.Event, last.Outputs, last.Error = "error", nil, errs.From(err)
	}
	out.send(last)
	return nil
}

func (a *API) arguments(ctx context.Context, tenant string, given map[string]ExecutionIn) (args map[string]node.PythonArg, release func(), err error) {
	var releases []func()
	release = func() {
		for _, f := range slices.Backward(releases) {
			f()
		}
	}
	if len(given) > mostArg {
		return nil, release, errs.Invalid("bad_arguments", "There are %d arguments; %d are allowed.", len(given), mostArg)
	}
	args = make(map[string]node.PythonArg, len(given))
	for name, arg := range given {
		taken := node.PythonArg{Kind: arg.Kind, JSON: arg.Value, Name: arg.Name}
		switch {
		case arg.Kind == value.JSON && arg.Artifact == "":
			if len(arg.Value) == 0 {
				taken.JSON = json.RawMessage("null")
			}
		case (arg.Kind == value.Table || arg.Kind == value.File) && arg.Artifact != "":
			path, done, err := a.deps.Artifacts.Path(ctx, tenant, arg.Artifact)
			if err != nil {
				return nil, release, err
			}
			releases = append(releases, done)
			taken.Path, taken.JSON = path, nil
		default:
			return nil, release, errs.Invalid("bad_arguments", "args.%s must be a value, or a table or file with its artifact.", name).
				With(errs.Detail{Message: "needs a kind and what belongs to it", Place: errs.Place{Field: "args." + name}})
		}
		args[name] = taken
	}
	return args, release, nil
}

// keep makes what main() returned into something that can be shown and downloaded like the output of a step.
func (a *API) keep(ctx context.Context, tenant string, o node.PythonOutput) (value.Value, error) {
	if o.Kind == value.JSON {
		return value.Value{Kind: value.JSON, MediaType: o.MediaType, Data: o.JSON}, nil
	}
	media := o.MediaType
	if o.Kind == value.Table {
		media = table.MediaType
	}
	ref, err := a.put(ctx, tenant, o.Path, media)
	if err != nil {
		return value.Value{}, err
	}
	v := value.Value{Kind: o.Kind, Artifact: &ref, Table: o.Table}
	if o.Kind == value.File {
		v.File = &value.FileMeta{Name: o.Name, MediaType: media}
	}
	return v, nil
}

// put keeps a file that the sandbox has left behind, which may be anything: only a plain file is taken.
func (a *API) put(ctx context.Context, tenant, path, media string) (artifact.Ref, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) //nolint:gosec // the client has checked the folder
	if err != nil {
		return artifact.Ref{}, errs.Internal(err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return artifact.Ref{}, errs.Internal(fmt.Errorf("the Python service left %s, which is no plain file", path))
	}
	return a.deps.Artifacts.Put(ctx, tenant, f, media)
}
