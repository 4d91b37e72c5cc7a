package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"

	"golang.org/x/sync/semaphore"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/telemetry"
)

// sampleRows is the most that a look at a table shows, and sampleMessages at a topic: messages may be large.
const (
	sampleRows     = 200
	sampleMessages = 50
)

// gates hold who wants more of a connection at a time than it gives.
type gates struct {
	mu  sync.Mutex
	all map[gateKey]*gate
}

type gateKey struct{ tenant, name string }

type gate struct {
	limit int
	sem   *semaphore.Weighted
	users int // those who are inside and those who wait
}

// enter waits for a place and gives the function that leaves it.
func (g *gates) enter(ctx context.Context, key gateKey, limit int) (leave func(), err error) {
	g.mu.Lock()
	if g.all == nil {
		g.all = map[gateKey]*gate{}
	}
	at := g.all[key]
	if at == nil || at.limit != limit { // with another limit it begins anew; who is inside stays
		at = &gate{limit: limit, sem: semaphore.NewWeighted(int64(limit))}
		g.all[key] = at
	}
	at.users++
	g.mu.Unlock()
	out := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if at.users--; at.users == 0 && g.all[key] == at {
			delete(g.all, key)
		}
	}
	place := table.AwaitPlace(ctx, table.Seat{Kind: "connection " + key.tenant + "/" + key.name, Connection: key.name}, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return at.users > at.limit
	})
	if !at.sem.TryAcquire(1) {
		place.Rest()
		if err := at.sem.Acquire(ctx, 1); err != nil {
			out()
			place.Leave()
			return nil, connector.Ended(ctx)
		}
	}
	place.Take()
	return sync.OnceFunc(func() { at.sem.Release(1); out(); place.Leave() }), nil
}

// redacted takes secrets out of an error: what a server says may hold one.
func redacted(err error, cut *telemetry.Redactor) error {
	var e *errs.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Message, out.Hint = cut.Redact(e.Message), cut.Redact(e.Hint)
	message, hint := out.Told() // the parts hold what was taken out
	out.Said, out.HintForm, out.HintArgs = message, hint.Form, hint.Args
	out.Details = nil
	for _, d := range e.Details {
		d.Message = cut.Redact(d.Message)
		d.Said = d.Told()
		out.Details = append(out.Details, d)
	}
	if e.Cause != nil && cut.Redact(e.Cause.Error()) != e.Cause.Error() {
		out.Cause = errors.New(cut.Redact(e.Cause.Error()))
	}
	return &out
}

// concealed has each secret hidden that it is told of, once: a connection asks for its token again and again.
func concealed(in *telemetry.Redactor) func(text string) {
	var known sync.Map
	return func(text string) {
		if _, before := known.LoadOrStore(text, true); !before {
			in.Add(text)
		}
	}
}

// Open implements node.Connections: it waits for a place and connects. Close gives the place back.
func (s *Service) Open(ctx context.Context, tenant, name string) (connector.Conn, error) {
	k, err := s.get(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	sealed, err := s.secrets(tenant, k)
	if err != nil {
		return nil, err
	}
	return s.connect(ctx, tenant, k, sealed)
}

// Way implements node.Connections.
func (s *Service) Way(ctx context.Context, tenant, name string) (node.Way, error) {
	k, err := s.get(ctx, tenant, name)
	if err != nil {
		return node.Way{}, err
	}
	t := s.deps.Types.Get(k.Kind)
	if t == nil {
		return node.Way{}, kindUnknown(k.Kind, s.deps.Types)
	}
	raw, err := json.Marshal(k.Config)
	if err != nil {
		return node.Way{}, errs.Internal(err)
	}
	return node.Way{Leads: k.Kind + " " + t.Leads(raw), Revision: fmt.Sprintf("%d of %d", k.Revision, k.CreatedAt.UnixMilli())}, nil
}

func (s *Service) connect(ctx context.Context, tenant string, k kept, sealed map[string]string) (connector.Conn, error) {
	t := s.deps.Types.Get(k.Kind)
	if t == nil {
		return nil, kindUnknown(k.Kind, s.deps.Types)
	}
	config := maps.Clone(k.Config)
	secrets := &telemetry.Redactor{} // also tokens that come up on the way
	for name, value := range sealed {
		config[name] = value
		secrets.Add(value)
		if s.deps.Redactor != nil {
			s.deps.Redactor.Add(value)
		}
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return nil, errs.Internal(err)
	}
	leave, err := s.gates.enter(ctx, gateKey{tenant, k.Name}, t.Limit(raw))
	if err != nil {
		return nil, err
	}
	conn, err := t.Open(ctx, connector.World{
		Tenant: tenant, Egress: s.deps.Egress, Files: s.deps.Files, Shared: s.shared.of(gateKey{tenant, k.Name}, raw),
		Secret: concealed(secrets),
	}, raw)
	if err != nil {
		leave()
		return nil, redacted(err, secrets)
	}
	return &held{Conn: conn, kind: t, leave: leave, secrets: secrets}, nil
}

// Test tries a connection and keeps what comes of it.
func (s *Service) Test(ctx context.Context, tenant, name string) (Test, error) {
	k, err := s.get(ctx, tenant, name)
	if err != nil {
		return Test{}, err
	}
	sealed, err := s.secrets(tenant, k)
	if err != nil {
		return Test{}, err
	}
	result, err := s.try(ctx, tenant, k, sealed)
	if err != nil {
		return Test{}, err
	}
	return result, s.store.tested(ctx, tenant, name, k.Revision, result)
}

// TestDraft tries what is not saved. Secrets that are left out are those of the connection called name, under the same
// conditions as when it is saved.
func (s *Service) TestDraft(ctx context.Context, tenant, name, kind string, d Draft) (Test, error) {
	k := kept{Connection: Connection{Name: "draft", Kind: kind}}
	if name != "" {
		var err error
		if k, err = s.get(ctx, tenant, name); err != nil {
			return Test{}, err
		}
	}
	sealed, err := s.apply(tenant, &k, d)
	if err != nil {
		return Test{}, err
	}
	return s.try(ctx, tenant, k, sealed)
}

// try says how it went. Only what is nobody's fault out there is an error.
func (s *Service) try(ctx context.Context, tenant string, k kept, sealed map[string]string) (Test, error) {
	var version string
	conn, err := s.connect(ctx, tenant, k, sealed)
	if err == nil {
		version, err = conn.Test(ctx)
		err = errors.Join(err, conn.Close())
	}
	at := s.deps.Clock.Now()
	if err == nil {
		return Test{OK: true, Message: version, At: at}, nil
	}
	if ctx.Err() != nil {
		return Test{}, connector.Ended(ctx)
	}
	e := errs.From(err)
	if e.Code == "internal" {
		return Test{}, err
	}
	if s.deps.Log != nil {
		s.deps.Log.InfoContext(ctx, "a connection that was tried does not work", "tenant", tenant, "connection", k.Name, "kind", k.Kind, "code", e.Code, "message", e.Message)
	}
	message, hint := e.Told()
	out := Test{Message: e.Message, TestSaid: TestSaid{message, hint.Form, hint.Args}, Hint: e.Hint, Code: e.Code, At: at}
	for _, d := range e.Details {
		out.Field = d.Field
	}
	if e.Code == connector.CodeInvalid && len(e.Details) == 1 { // the message of the error only names the field
		out.Message, out.Said = e.Details[0].Message, e.Details[0].Told()
	}
	return out, nil
}

// Browse lists what lies below a path.
func (s *Service) Browse(ctx context.Context, tenant, name string, at connector.Path) ([]connector.Entry, error) {
	conn, err := s.Open(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	entries, err := conn.Browse(ctx, at)
	return entries, errors.Join(err, conn.Close())
}

// Sample gives the first rows of a table or of an object, or the last messages of a topic, of which none is taken away.
func (s *Service) Sample(ctx context.Context, tenant, name string, at connector.Path, limit int64) (table.Page, error) {
	conn, err := s.Open(ctx, tenant, name)
	if err != nil {
		return table.Page{}, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	if limit <= 0 || limit > sampleRows {
		limit = sampleRows
	}
	if objects, err := connector.Use[connector.Objects](conn); err == nil {
		return s.look(ctx, tenant, objects, at.Table, limit)
	}
	reading, err := sample(ctx, conn, at, limit)
	if err != nil {
		return table.Page{}, err
	}
	t, err := s.deps.Tables.Take(ctx, tenant, reading.Columns, reading.Feed, nil)
	if err != nil {
		return table.Page{}, err
	}
	return s.deps.Tables.Page(ctx, tenant, t.Artifact, table.PageRequest{Limit: limit})
}

// sample reads messages or a table. A system that has both is asked for the table where there is no such topic.
func sample(ctx context.Context, conn connector.Conn, at connector.Path, limit int64) (*connector.Reading, error) {
	tables, noTables := connector.Use[connector.Tables](conn)
	if messages, err := connector.Use[connector.Messages](conn); err == nil {
		reading, err := lastMessages(ctx, messages, at.Table, int(min(limit, sampleMessages)))
		var e *errs.Error
		if err == nil || noTables != nil || !errors.As(err, &e) || e.Code != connector.CodeTopic {
			return reading, err
		}
	}
	if noTables != nil {
		return nil, noTables
	}
	return tables.Read(ctx, connector.ReadRequest{Path: at, Limit: limit})
}
