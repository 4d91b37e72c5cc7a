// Package api is the HTTP interface of environments, and of running a piece of Python once.
package api

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/coderunner/client"
	"dataflow/coderunner/environment"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/httpd"
)

const (
	prefix = "/api/coderunner/v1"
	tag    = "Environments"
	// wheelMax is what a wheel may have in bytes.
	wheelMax = 512 << 20
)

// Deps is what the API stands on.
type Deps struct {
	Environments *environment.Service
	Artifacts    artifact.Store
	Clock        clock.Clock
}

// API is the operations of coderunner.
type API struct{ deps Deps }

// New makes the API; Register puts it on a server.
func New(deps Deps) *API { return &API{deps} }

// Register puts all operations on the server.
func (a *API) Register(s *httpd.Server) {
	describeForeignTypes(s.Schemas())
	get := func(id, path, summary string) httpd.Op {
		return httpd.Op{ID: id, Method: http.MethodGet, Path: prefix + path, Tag: tag, Permission: auth.EnvironmentRead, Summary: summary}
	}
	change := func(id, method, path, summary string) httpd.Op {
		return httpd.Op{ID: id, Method: method, Path: prefix + path, Tag: tag, Permission: auth.EnvironmentWrite, Summary: summary}
	}
	httpd.Register(s, get("listEnvironments", "/environments", "List environments, the default one first"), a.list)
	create := change("createEnvironment", http.MethodPost, "/environments", "Create an environment")
	create.Status, create.Description = http.StatusCreated, "Nothing is built yet."
	httpd.Register(s, create, a.create)
	httpd.Register(s, get("getEnvironment", "/environments/{name}", "Get an environment"), a.get)
	httpd.Register(s, get("getBase", "/base", "Get the packages of the default environment"), a.base)
	httpd.Register(s, change("saveEnvironment", http.MethodPut, "/environments/{name}", "Change what an environment asks for"), a.save)
	remove := change("deleteEnvironment", http.MethodDelete, "/environments/{name}", "Delete an environment")
	remove.Description = "Its versions go too. One that flows name is refused with environment_in_use and their names, unless it is forced; their nodes then fail until they name another one."
	httpd.Register(s, remove, a.delete)
	build := change("buildEnvironment", http.MethodPost, "/environments/{name}/builds", "Build what an environment asks for, as its next version")
	build.Status, build.Description = http.StatusAccepted, "The version in use stays until the new one is ready; a build that fails changes nothing."
	httpd.Register(s, build, a.build)
	httpd.Register(s, change("rollbackEnvironment", http.MethodPost, "/environments/{name}/rollback", "Use another version that is ready"), a.rollback)
	httpd.Register(s, get("listEnvironmentVersions", "/environments/{name}/versions", "List versions, newest first"), a.versions)
	httpd.Register(s, get("getEnvironmentVersion", "/environments/{name}/versions/{version}", "Get a version with its lock"), a.version)
	httpd.Register(s, change("cancelBuild", http.MethodPost, "/environments/{name}/versions/{version}/cancel", "Cancel the build of a version"), a.cancel)
	watch := get("watchBuild", "/environments/{name}/versions/{version}/events", "Watch the build of a version")
	watch.Description = "Server-sent events: log, a line of the build's log, from its beginning; and version, how it ended, as the last one."
	s.Events(watch, a.watch)
	httpd.Register(s, get("listWheels", "/wheels", "List uploaded packages"), a.wheels)
	put := change("putWheel", http.MethodPut, "/wheels/{name}", "Upload a package")
	put.MaxBody, put.Timeout = wheelMax, -1
	put.Description = "The name is that of the file, which says package, version and platform."
	put.Doc = func(doc *huma.Operation) {
		binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		doc.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}}}
	}
	httpd.Register(s, put, a.putWheel)
	httpd.Register(s, change("deleteWheel", http.MethodDelete, "/wheels/{name}", "Delete an uploaded package"), a.deleteWheel)
	httpd.Register(s, get("getPythonPolicy", "/policy", "Get the language policy of the tenant's Python code"), a.policy)
	policy := change("setPythonPolicy", http.MethodPut, "/policy", "Set the language policy of the tenant's Python code")
	policy.Permission = auth.EnvironmentAdmin
	policy.Description = "It holds for all code that begins from now on. The sandbox holds under both policies."
	httpd.Register(s, policy, a.setPolicy)
	a.registerExecutions(s)
}

type (
	body[T any]    struct{ Body T }
	created[T any] struct {
		Location string `header:"Location"`
		Body     T
	}

	nameInput struct {
		Name string `path:"name"`
	}
	deleteInput struct {
		Name  string `path:"name"`
		Force bool   `query:"force" doc:"Delete it although flows name it"`
	}
	versionInput struct {
		Name    string `path:"name"`
		Version int    `path:"version" minimum:"1"`
	}
	createInput struct{ Body CreateEnvironment }
	saveInput   struct {
		Name string `path:"name"`
		Body SaveEnvironment
	}
	rollbackInput struct {
		Name string `path:"name"`
		Body Rollback
	}
	wheelInput struct {
		Name    string `path:"name"`
		content io.Reader
	}
)

type policyInput struct {
	Body struct {
		Policy environment.Policy `json:"policy" enum:"restricted,isolated"`
	}
}

// Resolve takes hold of the body.
func (in *wheelInput) Resolve(ctx huma.Context) []error {
	in.content = ctx.BodyReader()
	return nil
}

// CreateEnvironment is a new environment.
type CreateEnvironment struct {
	Name string `json:"name" doc:"Small letters, digits and -"`
	environment.Draft
}

// SaveEnvironment is a changed environment.
type SaveEnvironment struct {
	Revision int64 `json:"revision" doc:"That the change is based on"`
	environment.Draft
}

// Rollback names the version to use.
type Rollback struct {
	Version int `json:"version" minimum:"1"`
}

// The names under which the types of other packages are published: their own are short because a package name stands in
// front of them in Go.
type (
	environmentVersion environment.Version
	pythonBase         client.Base
	pythonPackage      client.Package
)

func describeForeignTypes(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[environment.Version](), reflect.TypeFor[environmentVersion]())
	r.RegisterTypeAlias(reflect.TypeFor[client.Base](), reflect.TypeFor[pythonBase]())
	r.RegisterTypeAlias(reflect.TypeFor[client.Package](), reflect.TypeFor[pythonPackage]())
}

// The lists that are given.
type (
	// EnvironmentList is all environments of a tenant.
	EnvironmentList struct {
		Items []environment.Environment `json:"items"`
	}
	// EnvironmentVersionList is all versions of an environment.
	EnvironmentVersionList struct {
		Items []environment.Version `json:"items"`
	}
	// WheelList is all uploaded packages of a tenant.
	WheelList struct {
		Items []environment.Wheel `json:"items"`
	}
)

func tenantOf(ctx context.Context) string { return auth.From(ctx).Tenant }

func (a *API) change(ctx context.Context) environment.Change {
	return environment.Change{By: auth.From(ctx).Name, At: a.deps.Clock.Now()}
}

func (a *API) list(ctx context.Context, _ *struct{}) (*body[EnvironmentList], error) {
	items, err := a.deps.Environments.List(ctx, tenantOf(ctx))
	return &body[EnvironmentList]{EnvironmentList{items}}, err
}

func (a *API) get(ctx context.Context, in *nameInput) (*body[environment.Environment], error) {
	e, err := a.deps.Environments.Get(ctx, tenantOf(ctx), in.Name)
	return &body[environment.Environment]{e}, err
}

func (a *API) base(ctx context.Context, _ *struct{}) (*body[client.Base], error) {
	base, err := a.deps.Environments.Base(ctx)
	return &body[client.Base]{base}, err
}

func (a *API) policy(ctx context.Context, _ *struct{}) (*body[environment.PythonPolicy], error) {
	return &body[environment.PythonPolicy]{a.deps.Environments.Policy(tenantOf(ctx))}, nil
}

func (a *API) setPolicy(ctx context.Context, in *policyInput) (*body[environment.PythonPolicy], error) {
	p, err := a.deps.Environments.SetPolicy(ctx, tenantOf(ctx), in.Body.Policy, a.change(ctx))
	return &body[environment.PythonPolicy]{p}, err
}

// mayAdmit asks for the permission that egress and source builds need, when the draft changes them.
func mayAdmit(ctx context.Context, now environment.Environment, d environment.Draft) error {
	if d.Source == now.Source && slices.Equal(d.Egress, now.Egress) {
		return nil
	}
	return auth.Require(ctx, auth.EnvironmentAdmin)
}

func (a *API) create(ctx context.Context, in *createInput) (*created[environment.Environment], error) {
	if err := mayAdmit(ctx, environment.Environment{}, in.Body.Draft); err != nil {
		return nil, err
	}
	e, err := a.deps.Environments.Create(ctx, tenantOf(ctx), in.Body.Name, in.Body.Draft, a.change(ctx))
	return &created[environment.Environment]{prefix + "/environments/" + e.Name, e}, err
}

func (a *API) save(ctx context.Context, in *saveInput) (*body[environment.Environment], error) {
	now, err := a.deps.Environments.Get(ctx, tenantOf(ctx), in.Name)
	if err != nil {
		return nil, err
	}
	if err := mayAdmit(ctx, now, in.Body.Draft); err != nil {
		return nil, err
	}
	e, err := a.deps.Environments.Save(ctx, tenantOf(ctx), in.Name, in.Body.Revision, in.Body.Draft, a.change(ctx))
	return &body[environment.Environment]{e}, err
}

func (a *API) delete(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, a.deps.Environments.Delete(ctx, tenantOf(ctx), in.Name, in.Force)
}

func (a *API) build(ctx context.Context, in *nameInput) (*created[environment.Version], error) {
	v, err := a.deps.Environments.Build(ctx, tenantOf(ctx), in.Name, a.change(ctx))
	return &created[environment.Version]{prefix + "/environments/" + in.Name + "/versions/" + strconv.Itoa(v.Version), v}, err
}

func (a *API) rollback(ctx context.Context, in *rollbackInput) (*body[environment.Environment], error) {
	e, err := a.deps.Environments.Use(ctx, tenantOf(ctx), in.Name, in.Body.Version, a.change(ctx))
	return &body[environment.Environment]{e}, err
}

func (a *API) versions(ctx context.Context, in *nameInput) (*body[EnvironmentVersionList], error) {
	items, err := a.deps.Environments.Versions(ctx, tenantOf(ctx), in.Name)
	return &body[EnvironmentVersionList]{EnvironmentVersionList{items}}, err
}

func (a *API) version(ctx context.Context, in *versionInput) (*body[environment.Version], error) {
	v, err := a.deps.Environments.Version(ctx, tenantOf(ctx), in.Name, in.Version)
	return &body[environment.Version]{v}, err
}

func (a *API) cancel(ctx context.Context, in *versionInput) (*struct{}, error) {
	return nil, a.deps.Environments.Cancel(ctx, tenantOf(ctx), in.Name, in.Version)
}

func (a *API) watch(r *http.Request, out *httpd.EventStream) error {
	ctx, name := r.Context(), r.PathValue("name")
	version, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		version = 0 // which no environment has
	}
	seen, err := strconv.ParseInt(out.LastEventID, 10, 64)
	if err != nil {
		seen = 0
	}
	err = a.deps.Environments.Watch(ctx, tenantOf(ctx), name, version, seen, out.Open, func(line environment.LogLine) error {
		return out.Send(httpd.Event{ID: strconv.FormatInt(line.Seq, 10), Name: "log", Data: line})
	})
	if err != nil {
		return err
	}
	v, err := a.deps.Environments.Version(ctx, tenantOf(ctx), name, version)
	if err != nil {
		return err
	}
	return out.Send(httpd.Event{Name: "version", Data: v})
}

func (a *API) wheels(ctx context.Context, _ *struct{}) (*body[WheelList], error) {
	items, err := a.deps.Environments.Wheels(ctx, tenantOf(ctx))
	return &body[WheelList]{WheelList{items}}, err
}

func (a *API) putWheel(ctx context.Context, in *wheelInput) (*body[environment.Wheel], error) {
	w, err := a.deps.Environments.PutWheel(ctx, tenantOf(ctx), in.Name, in.content, a.change(ctx))
	return &body[environment.Wheel]{w}, err
}

func (a *API) deleteWheel(ctx context.Context, in *nameInput) (*struct{}, error) {
	return nil, a.deps.Environments.DeleteWheel(ctx, tenantOf(ctx), in.Name)
}
