package api

import (
	"context"
	"encoding/json"
	"net/http"

	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/table"
)

func (a *API) connectionRoutes(r registrar) {
	add(r, httpd.Op{ID: "listConnectionKinds", Method: http.MethodGet, Path: "/connection-kinds", Permission: auth.ConnectionRead, Summary: "List the kinds of connections"}, a.connectionKinds)
	add(r, httpd.Op{ID: "listConnections", Method: http.MethodGet, Path: "/connections", Permission: auth.ConnectionRead, Summary: "List connections by name"}, a.listConnections)
	add(r, httpd.Op{
		ID: "createConnection", Method: http.MethodPost, Path: "/connections", Permission: auth.ConnectionWrite, Status: http.StatusCreated, Summary: "Create a connection",
		Description: "Nothing is reached for; see testConnection. Sealed fields are given to nobody afterwards.",
	}, a.createConnection)
	add(r, httpd.Op{ID: "getConnection", Method: http.MethodGet, Path: "/connections/{name}", Permission: auth.ConnectionRead, Summary: "Get a connection, without its secrets"}, a.getConnection)
	add(r, httpd.Op{
		ID: "saveConnection", Method: http.MethodPut, Path: "/connections/{name}", Permission: auth.ConnectionWrite, Summary: "Change a connection",
		Description: "A sealed field that is left out stays as it is, as long as the connection leads to where it did; an empty text takes it away.",
	}, a.saveConnection)
	add(r, httpd.Op{
		ID: "deleteConnection", Method: http.MethodDelete, Path: "/connections/{name}", Permission: auth.ConnectionWrite, Status: http.StatusNoContent, Summary: "Delete a connection",
		Description: "One that flows name is refused with connection_in_use, unless force is true.",
	}, a.deleteConnection)
	add(r, httpd.Op{ID: "listConnectionUses", Method: http.MethodGet, Path: "/connections/{name}/uses", Permission: auth.ConnectionRead, Summary: "List the flows that name a connection"}, a.connectionUses)
	add(r, httpd.Op{ID: "testConnection", Method: http.MethodPost, Path: "/connections/{name}/test", Permission: auth.ConnectionUse, Summary: "Try a connection and keep what comes of it"}, a.testConnection)
	add(r, httpd.Op{
		ID: "testConnectionDraft", Method: http.MethodPost, Path: "/connections/test", Permission: auth.ConnectionWrite, Summary: "Try a connection that is not saved",
		Description: "With the name of one that is, sealed fields that are left out are its own.",
	}, a.testConnectionDraft)
	add(r, httpd.Op{ID: "browseConnection", Method: http.MethodGet, Path: "/connections/{name}/entries", Permission: auth.ConnectionUse, Summary: "List schemas, the tables of one, or the columns of a table"}, a.browseConnection)
	add(r, httpd.Op{ID: "sampleConnection", Method: http.MethodGet, Path: "/connections/{name}/rows", Permission: auth.ConnectionUse, Summary: "Get the first rows of a table"}, a.sampleConnection)
}

// ConnectionKind is a kind of connection with the form of its configuration.
type ConnectionKind struct {
	Name    string            `json:"name"`
	Title   connector.Text    `json:"title"`
	Summary connector.Text    `json:"summary"`
	Icon    string            `json:"icon"`
	Offers  []connector.Offer `json:"offers" doc:"What can be done with it: sql, documents, keys, objects, messages, http, outbox, inbox"`
	Schema  json.RawMessage   `json:"schema" doc:"JSON Schema of the configuration; the widget of fields that are kept sealed is sealed"`
	Sealed  []string          `json:"sealed" doc:"Names of the fields that are kept sealed"`
}

// NewConnection is a connection that is not there yet.
type NewConnection struct {
	Name string `json:"name" maxLength:"63"`
	Kind string `json:"kind"`
	connection.Draft
}

// ConnectionChange is a connection as it is to be.
type ConnectionChange struct {
	Revision int64 `json:"revision" doc:"The one that was changed"`
	connection.Draft
}

// ConnectionTry is a connection that is tried without being saved.
type ConnectionTry struct {
	Name string `json:"name,omitempty" doc:"Of the saved connection whose secrets are used where none are given"`
	Kind string `json:"kind,omitempty" doc:"Of one that is not saved"`
	connection.Draft
}

type (
	connectionInput struct {
		Name string `path:"name" doc:"Of the connection"`
	}
	createConnectionInput struct{ Body NewConnection }
	saveConnectionInput   struct {
		Name string `path:"name" doc:"Of the connection"`
		Body ConnectionChange
	}
	deleteConnectionInput struct {
		Name  string `path:"name" doc:"Of the connection"`
		Force bool   `query:"force" doc:"Also when flows name it"`
	}
	tryConnectionInput struct{ Body ConnectionTry }
	browseInput        struct {
		Name   string `path:"name" doc:"Of the connection"`
		Schema string `query:"schema" doc:"Whose tables are asked for"`
		Table  string `query:"table" doc:"Whose columns are asked for"`
	}
	sampleInput struct {
		Name   string `path:"name" doc:"Of the connection"`
		Schema string `query:"schema"`
		Table  string `query:"table" required:"true"`
		Limit  int64  `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
)

// connections gives the service, or the error of an installation without one.
func (a *API) connections() (*connection.Service, error) {
	if a.deps.Connections == nil {
		return nil, errs.Unavailable("connections_missing", "This installation has no key to seal secrets with, so it keeps no connections.")
	}
	return a.deps.Connections, nil
}

func (a *API) connectionChange(ctx context.Context) connection.Change {
	return connection.Change(a.change(ctx))
}

func (a *API) connectionKinds(context.Context, *struct{}) (*body[List[ConnectionKind]], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	out := List[ConnectionKind]{Items: []ConnectionKind{}}
	for _, t := range s.Types().All() {
		out.Items = append(out.Items, ConnectionKind{Name: t.Name, Title: t.Title, Summary: t.Summary, Icon: t.Icon, Offers: t.Offers, Schema: t.Config.JSON(), Sealed: append([]string{}, t.Sealed()...)})
	}
	return &body[List[ConnectionKind]]{out}, nil
}

func (a *API) listConnections(ctx context.Context, _ *struct{}) (*body[List[connection.Connection]], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	items, err := s.List(ctx, tenantOf(ctx))
	return &body[List[connection.Connection]]{List[connection.Connection]{Items: items}}, err
}

func (a *API) createConnection(ctx context.Context, in *createConnectionInput) (*created[connection.Connection], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	c, err := s.Create(ctx, tenantOf(ctx), in.Body.Name, in.Body.Kind, in.Body.Draft, a.connectionChange(ctx))
	return &created[connection.Connection]{Location: prefix + "/connections/" + c.Name, Body: c}, err
}

func (a *API) getConnection(ctx context.Context, in *connectionInput) (*body[connection.Connection], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	c, err := s.Get(ctx, tenantOf(ctx), in.Name)
	return &body[connection.Connection]{c}, err
}

func (a *API) saveConnection(ctx context.Context, in *saveConnectionInput) (*body[connection.Connection], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	c, err := s.Save(ctx, tenantOf(ctx), in.Name, in.Body.Revision, in.Body.Draft, a.connectionChange(ctx))
	return &body[connection.Connection]{c}, err
}

func (a *API) deleteConnection(ctx context.Context, in *deleteConnectionInput) (*struct{}, error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	return nil, s.Delete(ctx, tenantOf(ctx), in.Name, in.Force)
}

func (a *API) connectionUses(ctx context.Context, in *connectionInput) (*body[List[connection.Use]], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, tenantOf(ctx), in.Name); err != nil {
		return nil, err
	}
	uses, err := s.Uses(ctx, tenantOf(ctx), in.Name)
	return &body[List[connection.Use]]{List[connection.Use]{Items: append([]connection.Use{}, uses...)}}, err
}

func (a *API) testConnection(ctx context.Context, in *connectionInput) (*body[connection.Test], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	t, err := s.Test(ctx, tenantOf(ctx), in.Name)
	return &body[connection.Test]{t}, err
}

func (a *API) testConnectionDraft(ctx context.Context, in *tryConnectionInput) (*body[connection.Test], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	t, err := s.TestDraft(ctx, tenantOf(ctx), in.Body.Name, in.Body.Kind, in.Body.Draft)
	return &body[connection.Test]{t}, err
}

func (a *API) browseConnection(ctx context.Context, in *browseInput) (*body[List[connector.Entry]], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	entries, err := s.Browse(ctx, tenantOf(ctx), in.Name, connector.Path{Schema: in.Schema, Table: in.Table})
	return &body[List[connector.Entry]]{List[connector.Entry]{Items: append([]connector.Entry{}, entries...)}}, err
}

func (a *API) sampleConnection(ctx context.Context, in *sampleInput) (*body[table.Page], error) {
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	page, err := s.Sample(ctx, tenantOf(ctx), in.Name, connector.Path{Schema: in.Schema, Table: in.Table}, in.Limit)
	return &body[table.Page]{page}, err
}
