package connection

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"

	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/telemetry"
)

// Deps is what connections stand on.
type Deps struct {
	DB      *db.DB
	Secrets *secret.Box
	Types   *connector.Registry
	Egress  egress.Config // which addresses may be reached
	Files   connector.Files
	Tables  table.Engine // shows sample rows
	Clock   clock.Clock
	// Redactor is told of secrets that are in use, so that no log shows them; nil is none.
	Redactor *telemetry.Redactor
	// Uses finds the flows of a tenant that name a connection; nil finds none.
	Uses func(ctx context.Context, tenant, name string) ([]Use, error)
	// Runs says what became of a run, and of what the step at that path gave to others, for the marks of incremental reads.
	Runs func(ctx context.Context, tenant, run, step string) (Became, error)
	// Log is told what is forgotten; nil is nobody.
	Log *slog.Logger
}

// Service keeps and opens connections.
type Service struct {
	deps   Deps
	store  *store
	gates  gates
	shared shared
}

// New brings the tables up to date.
func New(ctx context.Context, deps Deps) (*Service, error) {
	s, err := newStore(ctx, deps.DB)
	if err != nil {
		return nil, err
	}
	return &Service{deps: deps, store: s}, nil
}

// Types gives the kinds of connections.
func (s *Service) Types() *connector.Registry { return s.deps.Types }

// List gives the tenant's connections by name.
func (s *Service) List(ctx context.Context, tenant string) ([]Connection, error) {
	all, err := s.store.list(ctx, tenant)
	out := make([]Connection, len(all))
	for i, k := range all {
		out[i] = s.shown(k)
	}
	return out, err
}

// Get gives one connection.
func (s *Service) Get(ctx context.Context, tenant, name string) (Connection, error) {
	k, err := s.get(ctx, tenant, name)
	return s.shown(k), err
}

// get finds a connection; the error names those that may be meant.
func (s *Service) get(ctx context.Context, tenant, name string) (kept, error) {
	k, err := get(ctx, s.store.db.Read, tenant, name)
	if errs.From(err) == nil || errs.From(err).Code != CodeNotFound {
		return k, err
	}
	all, listed := s.store.list(ctx, tenant)
	if listed != nil {
		return k, listed
	}
	names := make([]string, len(all))
	for i, other := range all {
		names[i] = other.Name
	}
	return k, notFound(name, names)
}

func (s *Service) shown(k kept) Connection {
	c := k.Connection
	if t := s.deps.Types.Get(c.Kind); t != nil {
		raw, err := json.Marshal(c.Config)
		if err == nil {
			c.Target = t.Target(raw)
		}
	}
	return c
}

// Create keeps a new connection. Nothing is reached for.
func (s *Service) Create(ctx context.Context, tenant, name, kind string, d Draft, by Change) (Connection, error) {
	if err := checkName(name); err != nil {
		return Connection{}, err
	}
	k := kept{Connection: Connection{Name: name, Kind: kind, Title: d.Title, Description: d.Description}}
	sealed, err := s.apply(tenant, &k, d)
	if err != nil {
		return Connection{}, err
	}
	if err := s.seal(tenant, &k, sealed); err != nil {
		return Connection{}, err
	}
	if err := s.store.create(ctx, tenant, k, by); err != nil {
		return Connection{}, err
	}
	return s.Get(ctx, tenant, name)
}

// Save replaces what is said of the connection that is at revision. Secrets that are left out stay, but only where the
// connection leads to where it did: nobody who does not know a secret can have it sent elsewhere. Those that mean nothing
// beside the other fields any more, such as the password of a login by token, are dropped.
func (s *Service) Save(ctx context.Context, tenant, name string, revision int64, d Draft, by Change) (Connection, error) {
	k, err := s.get(ctx, tenant, name)
	if err != nil {
		return Connection{}, err
	}
	before := k
	k.Revision, k.Title, k.Description = revision, d.Title, d.Description
	sealed, err := s.apply(tenant, &k, d)
	if err != nil {
		return Connection{}, err
	}
	if err := s.seal(tenant, &k, sealed); err != nil {
		return Connection{}, err
	}
	changed, err := s.changed(tenant, before, k.Config, sealed)
	if err != nil {
		return Connection{}, err
	}
	if err := s.store.save(ctx, tenant, k, changed, by); err != nil {
		return Connection{}, err
	}
	return s.Get(ctx, tenant, name)
}

// changed says whether a connection reaches another system than before, or in another way.
func (s *Service) changed(tenant string, before kept, config map[string]any, sealed map[string]string) (bool, error) {
	was, err := json.Marshal(before.Config)
	if err != nil {
		return false, err
	}
	is, err := json.Marshal(config)
	if err != nil {
		return false, err
	}
	secrets, err := s.secrets(tenant, before)
	if err != nil {
		return true, nil //nolint:nilerr // those that cannot be opened any more have been entered anew
	}
	return string(was) != string(is) || !maps.Equal(secrets, sealed), nil
}

// apply takes a draft over what is there and gives the secrets that then hold. The result has been checked.
func (s *Service) apply(tenant string, k *kept, d Draft) (map[string]string, error) {
	t := s.deps.Types.Get(k.Kind)
	if t == nil {
		return nil, kindUnknown(k.Kind, s.deps.Types)
	}
	if d.Config == nil {
		d.Config = map[string]any{}
	}
	if host, ok := d.Config["host"].(string); ok { // copied with the blanks around it
		d.Config = maps.Clone(d.Config)
		d.Config["host"] = strings.TrimSpace(host)
	}
	if problems := t.Config.Validate(d.Config); len(problems) > 0 {
		return nil, connector.Invalid(problems)
	}
	complete := t.Config.Defaults()
	maps.Copy(complete, d.Config)
	before, err := s.secrets(tenant, *k)
	if err != nil && d.replaces(t, complete, k.Secrets) {
		before, err = nil, nil // whoever enters all of them again needs no key for the old ones
	}
	if err != nil {
		return nil, err
	}
	open, sealed := t.Split(complete)
	was := t.Config.Defaults() // of fields that have come into being since it was saved
	maps.Copy(was, k.Config)
	for name, value := range before {
		if _, said := d.Config[name]; said || !t.Config.Means(name, complete) { // a password of no use any more goes
			continue
		}
		if !sameTarget(was, open) {
			return nil, field(errs.Invalid("secret_needed", "The connection leads elsewhere than before, so its secret %q must be entered again.", name).
				WithHint("Enter %q again; it is sent to nobody whom it was not given for.", name), "config."+name)
		}
		sealed[name] = value
	}
	k.Config = open
	k.Secrets = slices.Sorted(maps.Keys(sealed))
	return sealed, nil
}

// replaces says whether the draft says something of every secret that is set and still means something.
func (d Draft) replaces(t *connector.Type, complete map[string]any, set []string) bool {
	for _, name := range set {
		if _, said := d.Config[name]; !said && slices.Contains(t.Sealed(), name) && t.Config.Means(name, complete) {
			return false
		}
	}
	return true
}

// tuning are the fields that do not change where a connection leads to.
var tuning = []string{"max_connections", "connect_seconds", "query_seconds", "timeout_seconds", "per_second", "retries", "test_path"}

func sameTarget(a, b map[string]any) bool {
	return reflect.DeepEqual(place(a), place(b))
}

// place leaves of a configuration what decides where it leads to, in the form that JSON gives it.
func place(config map[string]any) any {
	left := maps.Clone(config)
	for _, name := range tuning {
		delete(left, name)
	}
	raw, err := json.Marshal(left)
	if err != nil {
		return config
	}
	return string(raw)
}

func placeOf(tenant, name string) secret.Place {
	return secret.Place{Tenant: tenant, ID: "connection/" + name}
}

func (s *Service) seal(tenant string, k *kept, sealed map[string]string) error {
	k.sealed = ""
	if len(sealed) == 0 {
		return nil
	}
	raw, err := json.Marshal(sealed)
	if err != nil {
		return err
	}
	k.sealed, err = s.deps.Secrets.Seal(placeOf(tenant, k.Name), raw)
	return err
}

func (s *Service) secrets(tenant string, k kept) (sealed map[string]string, err error) {
	if k.sealed == "" {
		return nil, nil
	}
	raw, err := s.deps.Secrets.Open(placeOf(tenant, k.Name), k.sealed)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &sealed); err != nil {
		return nil, fmt.Errorf("read the secrets of a connection: %w", err)
	}
	return sealed, nil
}

// Delete removes a connection. One that flows name stays, unless force is said.
func (s *Service) Delete(ctx context.Context, tenant, name string, force bool) error {
	if _, err := s.get(ctx, tenant, name); err != nil {
		return err
	}
	uses, err := s.Uses(ctx, tenant, name)
	if err != nil {
		return err
	}
	if len(uses) > 0 && !force {
		e := errs.Conflict("connection_in_use", "%s.", usedBy(uses)).WithHint("Take the connection out of these flows first, or delete it all the same: they then fail until they name another one.")
		for _, u := range uses {
			e = e.With(errs.Detail{Code: "connection_in_use", Message: fmt.Sprintf("The flow %s uses it in %s.", u.FlowName, strings.Join(u.Nodes, ", "))})
		}
		return e
	}
	if err := s.store.delete(ctx, tenant, name); err != nil {
		return err
	}
	s.shared.forget(gateKey{tenant, name})
	return nil
}

func usedBy(uses []Use) string {
	names := make([]string, len(uses))
	for i, u := range uses {
		names[i] = u.FlowName
	}
	if len(names) == 1 {
		return "The flow " + names[0] + " uses this connection"
	}
	return fmt.Sprintf("%d flows use this connection: %s", len(names), strings.Join(names, ", "))
}

// Uses finds the flows that name a connection.
func (s *Service) Uses(ctx context.Context, tenant, name string) ([]Use, error) {
	if s.deps.Uses == nil {
		return nil, nil
	}
	return s.deps.Uses(ctx, tenant, name)
}
