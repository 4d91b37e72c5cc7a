package environment

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"dataflow/coderunner/client"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/words"
)

const (
	// keepVersions is how many ready versions of an environment keep their trees on disk; older ones are built again from
	// their locks when somebody names them.
	keepVersions = 5
	// unusedFor is how long a tree that no version names was not used before it is removed.
	unusedFor = time.Hour
)

// Python is the service that builds environments and runs code in them.
type Python interface {
	Build(ctx context.Context, b client.Build) (client.Built, error)
	Base(ctx context.Context) (client.Base, error)
	Collect(ctx context.Context, tenant string, keep []string, unused time.Duration) error
	ExecuteIn(ctx context.Context, req node.PythonRequest, env client.Environment) (node.PythonResult, error)
	InspectIn(ctx context.Context, name string, env client.Environment, code string) (node.PythonSignature, error)
}

// Deps is what environments stand on.
type Deps struct {
	DB        *db.DB
	Artifacts artifact.Store // keeps uploaded wheels
	Python    Python
	Clock     clock.Clock
	Log       *slog.Logger
	// Isolated says for which tenants the operator has set the policy isolated; nil is for none.
	Isolated func(tenant string) bool
	// NamedBy gives the names of the flows that name an environment, whatever the version; nil is none.
	NamedBy func(ctx context.Context, tenant, name string) ([]string, error)
}

// Service keeps and builds environments.
type Service struct {
	deps  Deps
	store *store

	ctx  context.Context //nolint:containedctx // builds live as long as the service, not as the request that asked for them
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	builds map[key]*build
	// reaches are the environments, of no version, of which it is known whether they allow hosts, since the last of changes.
	reaches map[key]bool
	changes int
	// policies are those that tenants have said.
	policies map[string]PythonPolicy
}

var (
	_ lifecycle.Service = (*Service)(nil)
	_ node.PythonRunner = (*Service)(nil)
	_ node.Reacher      = (*Service)(nil)
	_ node.Policed      = (*Service)(nil)
)

// New brings the tables up to date. Nothing runs before Start.
func New(ctx context.Context, deps Deps) (*Service, error) {
	s, err := newStore(ctx, deps.DB)
	if err != nil {
		return nil, err
	}
	policies, err := s.policies(ctx)
	if err != nil {
		return nil, err
	}
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	return &Service{deps: deps, store: s, ctx: own, stop: stop, builds: map[key]*build{}, reaches: map[key]bool{}, policies: policies}, nil
}

// Start ends the builds that a former process left unfinished.
func (s *Service) Start(ctx context.Context) error {
	if err := s.store.interrupt(ctx, s.deps.Clock.Now()); err != nil {
		return err
	}
	s.work.Go(s.collectAll)
	return nil
}

// Stop ends all builds.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.work.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errs.Internal(ctx.Err())
	}
}

// List gives the tenant's environments, the default one first.
func (s *Service) List(ctx context.Context, tenant string) ([]Environment, error) {
	return s.store.list(ctx, tenant)
}

// Get gives one environment.
func (s *Service) Get(ctx context.Context, tenant, name string) (Environment, error) {
	return s.store.get(ctx, tenant, name)
}

// Create keeps a new environment; nothing is built yet.
func (s *Service) Create(ctx context.Context, tenant, name string, d Draft, by Change) (Environment, error) {
	if err := checkName(name); err != nil {
		return Environment{}, err
	}
	if name == Default {
		return Environment{}, errs.Conflict("environment_name_taken", "Every tenant has the environment default already; choose another name.")
	}
	if err := d.check(); err != nil {
		return Environment{}, err
	}
	defer s.changed()
	return s.store.create(ctx, tenant, name, d, by)
}

// Save replaces the draft of the environment that is at revision. Of the default environment, only the hosts that it
// may reach and what is said about it can be changed.
func (s *Service) Save(ctx context.Context, tenant, name string, revision int64, d Draft, by Change) (Environment, error) {
	if err := d.check(); err != nil {
		return Environment{}, err
	}
	if name == Default && (len(d.Requirements) > 0 || d.Source) {
		return Environment{}, errs.Conflict("environment_builtin", "The packages of the default environment cannot be changed.").
			WithHint("Make an environment of your own; it has all that the default one has, and what you add.")
	}
	defer s.changed()
	return s.store.save(ctx, tenant, name, revision, d, by)
}

// Use makes a ready version the one in use.
func (s *Service) Use(ctx context.Context, tenant, name string, version int, by Change) (Environment, error) {
	return s.store.use(ctx, tenant, name, version, by)
}

// Delete removes an environment with its versions. One that flows name is removed only when forced.
func (s *Service) Delete(ctx context.Context, tenant, name string, force bool) error {
	if name == Default {
		return errs.Conflict("environment_builtin", "The default environment cannot be deleted.")
	}
	if !force {
		if err := s.unnamed(ctx, tenant, name); err != nil {
			return err
		}
	}
	if err := s.store.delete(ctx, tenant, name); err != nil {
		return err
	}
	s.changed()
	s.cancelAll(tenant, name)
	s.work.Go(func() { s.collect(tenant) })
	return nil
}

// unnamed refuses an environment that flows name, flow by flow.
func (s *Service) unnamed(ctx context.Context, tenant, name string) error {
	if _, err := s.store.get(ctx, tenant, name); err != nil || s.deps.NamedBy == nil {
		return err
	}
	flows, err := s.deps.NamedBy(ctx, tenant, name)
	if err != nil || len(flows) == 0 {
		return err
	}
	refused := errs.Conflict("environment_in_use", "The environment %q is named by %s, which would fail without it.", name, words.Number(len(flows), "flow", "flows")).
		WithHint("Let them name another environment first, or delete it all the same with force.")
	for _, each := range flows {
		refused = refused.With(errs.Detail{Code: "named_by_flow", Message: each})
	}
	return refused
}

// Versions lists an environment's versions, the newest first, without packages and requirements.
func (s *Service) Versions(ctx context.Context, tenant, name string) ([]Version, error) {
	if _, err := s.store.get(ctx, tenant, name); err != nil {
		return nil, err
	}
	list, err := s.store.versions(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	base := s.knownBase(ctx).Base
	for i := range list {
		list[i].Outdated = outdated(list[i], base)
		list[i].Packages, list[i].Requirements = []client.Package{}, []string{}
	}
	return list, nil
}

// Version gives one version with its lock.
func (s *Service) Version(ctx context.Context, tenant, name string, version int) (Version, error) {
	v, err := s.store.version(ctx, tenant, name, version)
	if err != nil {
		return Version{}, err
	}
	v.Outdated = outdated(v, s.knownBase(ctx).Base)
	return v, nil
}

// Base tells of the default environment's packages.
func (s *Service) Base(ctx context.Context) (client.Base, error) { return s.deps.Python.Base(ctx) }

// knownBase is the base of now; empty when the Python service does not say.
func (s *Service) knownBase(ctx context.Context) client.Base {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	base, err := s.deps.Python.Base(ctx)
	if err != nil {
		return client.Base{}
	}
	return base
}

func outdated(v Version, base string) bool {
	return v.Status == Ready && base != "" && v.base != base
}

func (s *Service) collectAll() {
	tenants, err := s.store.tenants(s.ctx)
	if err != nil {
		s.deps.Log.Error("Environments cannot be looked through.", "error", err)
		return
	}
	for _, tenant := range tenants {
		s.collect(tenant)
	}
}

// collect lets the Python service remove the trees that no version which counts is made of.
func (s *Service) collect(tenant string) {
	keep, err := s.kept(s.ctx, tenant)
	if err == nil {
		err = s.deps.Python.Collect(s.ctx, tenant, keep, unusedFor)
	}
	if err != nil && s.ctx.Err() == nil {
		s.deps.Log.Warn("Environments that are no longer needed were not removed.", "tenant", tenant, "error", err)
	}
}

func (s *Service) kept(ctx context.Context, tenant string) ([]string, error) {
	all, err := s.store.list(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var keep []string
	for _, e := range all {
		versions, err := s.store.versions(ctx, tenant, e.Name)
		if err != nil {
			return nil, err
		}
		ready := 0
		for _, v := range versions {
			if v.Status != Ready {
				continue
			}
			if ready < keepVersions || v.Version == e.Version {
				keep = append(keep, v.digest)
			}
			ready++
		}
	}
	slices.Sort(keep)
	return slices.Compact(keep), nil
}
