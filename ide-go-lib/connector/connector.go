// Package connector is the contract of systems that a connection leads to: a typed configuration with sealed fields, a
// test that says what to do, and a look at what there is. A system that keeps tables gives rows and takes them, too. Each
// system is a folder of its own.
package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/spec"
)

// Text is a text in the languages of the product.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// Type is one kind of system.
type Type struct {
	Name    string // postgres
	Title   Text
	Summary Text
	Icon    string // of Tabler
	Offers  []Offer
	Config  *spec.Schema
	// Target says for people where a configuration leads to, such as ada@db.example.org/shop. It has no secret in it.
	Target func(config json.RawMessage) string
	// Personal says that what there is depends on who logs in.
	Personal bool
	// Leads is Target without who logs in, unless that decides what there is.
	Leads func(config json.RawMessage) string
	// Limit gives how many may use one connection at a time.
	Limit func(config json.RawMessage) int
	// Open connects. Config has its secrets.
	Open func(ctx context.Context, world World, config json.RawMessage) (Conn, error)
}

// World is what a connection may use of what is around it.
type World struct {
	Tenant string
	Egress egress.Config // which addresses may be reached
	Files  Files
	Shared *Shared // of all that is opened by the same name; nil has nothing in common with anybody
	// Secret is told of secrets that come up on the way, such as tokens, so that no error shows them; nil is told nothing.
	Secret func(text string)
}

// Files are those of a tenant, in the files folder; a name that leads outside is refused. Scratch makes a private
// folder for what does not fit into memory.
type Files interface {
	// Local gives the path of a file that is there.
	Local(ctx context.Context, tenant, name string) (path string, err error)
	Stat(ctx context.Context, tenant, name string) (files.Info, error)
	Open(ctx context.Context, tenant, name string) (io.ReadSeekCloser, files.Info, error)
	All(ctx context.Context, tenant, prefix string) ([]files.Info, error)
	// Replace puts the finished file at from, which lies in a scratch directory, in place.
	Replace(ctx context.Context, tenant, name, from string) error
	Move(ctx context.Context, tenant, from, to string) error
	Delete(ctx context.Context, tenant, name string) error
	Scratch(ctx context.Context, tenant string) (dir string, remove func(), err error)
}

// Conn is an open connection, for one goroutine. Errors are *errs.Error and say what to do. When ctx ends, what runs on
// the server is stopped within a second. What can be done with it beyond this depends on its Offers; see Use.
type Conn interface {
	io.Closer
	// Test says what answers, such as PostgreSQL 17.2.
	Test(ctx context.Context) (string, error)
	// Browse lists what lies below a path: schemas below nothing, tables below a schema, columns below a table; or buckets
	// and folders, whose whole name is the schema of what lies in them, with the objects there; or topics, as tables. Systems
	// without schemas begin with tables, whose path then has an empty schema.
	Browse(ctx context.Context, at Path) ([]Entry, error)
}

// Path names a place within a system; the parts that are empty lie open.
type Path struct {
	Schema string
	Table  string
}

// Entry is one thing that Browse finds.
type Entry struct {
	Kind    string `json:"kind" enum:"schema,table,view,column,bucket,folder,object,topic"`
	Schema  string `json:"schema,omitempty"`
	Table   string `json:"table,omitempty"`
	Name    string `json:"name"`
	Type    string `json:"type,omitempty" doc:"Of a column, or of a key of Redis, as the system calls it"`
	Key     bool   `json:"key,omitempty" doc:"The column is part of the primary key"`
	Default bool   `json:"default,omitempty" doc:"The schema in which tables lie that are named without one"`
	Rows    *int64 `json:"rows,omitempty" doc:"Of a table, about; absent when the system does not know"`
	Size    *int64 `json:"size,omitempty" doc:"Of an object, in bytes"`
}

// Reach are the fields of every system behind a server.
type Reach struct {
	MaxConnections int `json:"max_connections" title:"Connections at a time" zh:"最大连接数" more:"true" default:"4" minimum:"1" maximum:"64" doc:"More steps than that wait for each other" doc_zh:"超出的步骤会排队等待"`
	ConnectSeconds int `json:"connect_seconds" title:"Seconds to connect" zh:"连接超时（秒）" more:"true" default:"10" minimum:"1" maximum:"120" doc:"How long the server may take to answer" doc_zh:"等待服务器响应的最长时间"`
}

// ConnectTime is how long connecting may take.
func (r Reach) ConnectTime() time.Duration { return time.Duration(r.ConnectSeconds) * time.Second }

// Common are the fields of systems that are asked in queries.
type Common struct {
	Reach
	QuerySeconds int `json:"query_seconds" title:"Seconds for a query" zh:"查询超时（秒）" more:"true" default:"0" minimum:"0" maximum:"86400" doc:"After that the server gives up a query; 0 is never" doc_zh:"超过后服务器放弃查询；0 表示不限"`
}

// Limit is how many may use one connection at a time.
func (r Reach) Limit() int { return r.MaxConnections }

// Address says for people where a server is, and as whom it is spoken to; nobody is left out.
func Address(user, host string, port int) string {
	at := net.JoinHostPort(host, strconv.Itoa(port))
	if user == "" {
		return at
	}
	return user + "@" + at
}

// Limited is a configuration that knows how many may use one connection at a time.
type Limited interface{ Limit() int }

// Define completes t for the configuration C, and connections of the kind T.
func Define[C Limited, T Conn](t Type, target func(C) string, open func(context.Context, World, C) (T, error)) Type {
	t.Config = spec.For[C]()
	loose := func(raw json.RawMessage) (c C) {
		if json.Unmarshal(raw, &c) != nil {
			var none C
			return none
		}
		return c
	}
	t.Target = func(raw json.RawMessage) string { return target(loose(raw)) }
	t.Leads = func(raw json.RawMessage) string { return target(loose(nameless(raw, t.Personal))) }
	t.Limit = func(raw json.RawMessage) int { return max(1, loose(raw).Limit()) }
	schema := t.Config
	t.Open = func(ctx context.Context, world World, raw json.RawMessage) (Conn, error) {
		c, problems := spec.Decode[C](schema, raw)
		if len(problems) > 0 {
			return nil, Invalid(problems)
		}
		if err := checkHost(raw); err != nil {
			return nil, err
		}
		conn, err := open(ctx, world, c)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
	return t
}

// nameless takes away who logs in, unless what there is is that person's.
func nameless(raw json.RawMessage, personal bool) json.RawMessage {
	var c map[string]json.RawMessage
	if personal || json.Unmarshal(raw, &c) != nil {
		return raw
	}
	delete(c, "user")
	left, err := json.Marshal(c)
	if err != nil {
		return raw
	}
	return left
}

// checkHost refuses a host that is an address with more in it, for which the error would be one of names.
func checkHost(raw json.RawMessage) error {
	var c struct{ Host string }
	if err := json.Unmarshal(raw, &c); err != nil {
		return Invalid([]errs.Detail{{Code: CodeInvalid, Message: err.Error()}})
	}
	if !strings.ContainsAny(c.Host, "/:@ ") || net.ParseIP(c.Host) != nil {
		return nil
	}
	return FieldInvalid("host", "%q is not the name of a host, such as db.example.org. Leave http:// and the like out; the port has a field of its own.", c.Host)
}

// CodeInvalid is the code of a configuration that does not fit its system.
const CodeInvalid = "connection_invalid"

// Invalid is the error of a configuration with problems; fields are those of the configuration itself.
func Invalid(problems []errs.Detail) *errs.Error {
	e := errs.Invalid(CodeInvalid, "The configuration of the connection is not valid.")
	var fields []string
	for _, d := range problems {
		field := d.Field[min(len("with"), len(d.Field)):]
		if name := strings.TrimPrefix(field, "."); name != "" && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
		d.Field = "config" + field
		e = e.With(d)
	}
	if fields != nil { // where only the message is seen
		e.Message = "The configuration of the connection is not valid: " + strings.Join(fields, ", ") + "."
	}
	return e
}

// FieldInvalid is the error of one field of a configuration.
func FieldInvalid(field, format string, args ...any) *errs.Error {
	return Invalid([]errs.Detail{errs.At(errs.Place{Field: "with." + field}, CodeInvalid, format, args...)})
}

// Sealed lists the names of the fields that are kept sealed.
func (t *Type) Sealed() (names []string) {
	for _, f := range t.Config.Fields() {
		if f.Widget == secret.Widget {
			names = append(names, f.Path)
		}
	}
	return names
}

// Split parts a configuration into what may be shown and what is kept sealed. Sealed fields that are empty are in neither.
func (t *Type) Split(config map[string]any) (open map[string]any, sealed map[string]string) {
	open, sealed = maps.Clone(config), map[string]string{}
	for _, name := range t.Sealed() {
		if text, ok := open[name].(string); ok && text != "" {
			sealed[name] = text
		}
		delete(open, name)
	}
	return open, sealed
}

// Registry is the systems of an installation by name.
type Registry struct{ types []Type }

// NewRegistry panics on a name that is missing or there twice: a mistake of the programmer.
func NewRegistry(types ...Type) *Registry {
	for i, t := range types {
		if t.Name == "" || t.Config == nil || t.Open == nil || t.Title.EN == "" || t.Title.ZH == "" || len(t.Offers) == 0 {
			panic(fmt.Sprintf("connector: the type %q is not complete", t.Name))
		}
		if slices.ContainsFunc(types[:i], func(o Type) bool { return o.Name == t.Name }) {
			panic(fmt.Sprintf("connector: the type %q is there twice", t.Name))
		}
		for _, f := range t.Config.Fields() {
			if f.Widget == secret.Widget && (f.Type != "string" || f.Path != t.field(f.Path)) {
				panic(fmt.Sprintf("connector: %s: the sealed field %s must be a text at the top", t.Name, f.Path))
			}
		}
	}
	return &Registry{types}
}

func (t *Type) field(path string) string {
	for _, r := range path {
		if r == '.' || r == '[' {
			return ""
		}
	}
	return path
}

// All gives the types in the order in which people think of them.
func (r *Registry) All() []Type { return slices.Clone(r.types) }

// Get gives a type; nil when there is none.
func (r *Registry) Get(name string) *Type {
	for i := range r.types {
		if r.types[i].Name == name {
			return &r.types[i]
		}
	}
	return nil
}

// Names lists the names.
func (r *Registry) Names() []string {
	names := make([]string, len(r.types))
	for i, t := range r.types {
		names[i] = t.Name
	}
	return names
}
