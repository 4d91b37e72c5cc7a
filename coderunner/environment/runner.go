package environment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/coderunner/client"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

const (
	mostAttempts = 4
	firstPause   = 200 * time.Millisecond
)

// lost are the errors of an execution whose Python service went away: nothing is known to have gone wrong with the code.
var lost = []string{"python_unavailable", "sandbox_restarted"}

// Execute runs main() in the environment that the request names. When the Python service is lost meanwhile, code that
// may be repeated is: on another one, where there are several.
func (s *Service) Execute(ctx context.Context, req node.PythonRequest) (node.PythonResult, error) {
	env, used, release, err := s.resolve(ctx, req.Tenant, req.Environment)
	defer release()
	if err != nil {
		return node.PythonResult{Close: func() {}}, err
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		result, err := s.deps.Python.ExecuteIn(ctx, req, env)
		result.Environment = used
		if err == nil || !repeatable(req.Effect, env) || attempt == mostAttempts || !isLost(err) || ctx.Err() != nil {
			return result, err
		}
		s.deps.Log.Warn("The Python service was lost; the code is run again.", "tenant", req.Tenant, "run", req.RunID, "step", req.NodeID, "error", err)
		if req.OnLog != nil {
			req.OnLog("warn", "The Python service was lost; the code is run again.")
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, err
		}
		pause *= 2
	}
}

// repeatable says whether code may be run again although it may have run already. Code of which nothing is said may as
// long as it reaches nobody.
func repeatable(effect node.Effect, env client.Environment) bool {
	if effect == "" {
		return len(env.Egress) == 0
	}
	return effect != node.Unsafe
}

// Reaches implements node.Reacher. The answers are kept, since they are asked for before each step.
func (s *Service) Reaches(ctx context.Context, tenant, ref string) bool {
	k := key{tenant: tenant, name: nameIn(ref)}
	s.mu.Lock()
	reaches, known := s.reaches[k]
	changes := s.changes
	s.mu.Unlock()
	if known {
		return reaches
	}
	e, err := s.store.get(ctx, tenant, k.name)
	if err != nil {
		return true
	}
	reaches = len(e.Egress) > 0
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == changes { // else it may be what was before
		s.reaches[k] = reaches
	}
	return reaches
}

// Packages implements node.Packager.
func (s *Service) Packages(ctx context.Context, tenant, ref string) (string, error) {
	if ref == "" || ref == Default {
		return "", nil // comes with the program
	}
	_, v, _, err := s.find(ctx, tenant, ref)
	return v.digest, err
}

// changed forgets what is known of environments.
func (s *Service) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	clear(s.reaches)
}

// nameIn gives the name in a reference, of which a version may be a part.
func nameIn(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	if name == "" {
		return Default
	}
	return name
}

// Inspect parses code without running it. What it imports is looked for in the environment, if that is known and built:
// whatever else is wrong with it is said when it is used.
func (s *Service) Inspect(ctx context.Context, tenant, ref, code string) (node.PythonSignature, error) {
	name := nameIn(ref)
	env, _, _, err := s.find(ctx, tenant, ref)
	if err != nil {
		name, env = "", client.Environment{Tenant: tenant}
	}
	return s.deps.Python.InspectIn(ctx, name, env, code)
}

func isLost(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && slices.Contains(lost, e.Code)
}

// resolve finds the version that ref names: name is the one in use, name@3 the third. Used is what it came to.
func (s *Service) resolve(ctx context.Context, tenant, ref string) (env client.Environment, used string, release func(), err error) {
	release = func() {}
	env, v, used, err := s.find(ctx, tenant, ref)
	if err != nil || len(v.wheels) == 0 {
		return env, used, release, err
	}
	env.Wheels, release, err = s.wheelFiles(ctx, tenant, func(w Wheel) bool { return slices.Contains(v.wheels, w.Name) })
	return env, used, release, err
}

// find is resolve without the wheels' files: what the version says of them is given instead.
func (s *Service) find(ctx context.Context, tenant, ref string) (env client.Environment, v Version, used string, err error) {
	name := nameIn(ref)
	_, pinned, isPinned := strings.Cut(ref, "@")
	e, err := s.store.get(ctx, tenant, name)
	if err != nil {
		return env, v, "", inConfig(err)
	}
	env = client.Environment{Tenant: tenant, Egress: e.Egress, Source: e.Source}
	if e.Builtin {
		if isPinned {
			return env, v, "", inConfig(errs.Invalid("environment_invalid", "%q names a version, and the default environment has none; write %s.", ref, Default))
		}
		return env, v, name, nil
	}
	version := e.Version
	if isPinned {
		if version, err = strconv.Atoi(pinned); err != nil || version < 1 {
			return env, v, "", inConfig(errs.Invalid("environment_invalid", "%q does not name a version; write %s@3, or %s for the version in use.", ref, name, name))
		}
	}
	if version == 0 {
		return env, v, "", inConfig(notBuilt(e))
	}
	if v, err = s.store.version(ctx, tenant, name, version); err != nil {
		return env, v, "", inConfig(err)
	}
	if v.Status != Ready {
		return env, v, "", inConfig(errs.Conflict("environment_not_built", "Version %d of the environment %q is not ready (%s).", version, name, v.Status))
	}
	env.Lock, env.Source = v.Packages, v.Source
	return env, v, fmt.Sprintf("%s@%d", name, version), nil
}

// notBuilt is the error of an environment of which no version is ready.
func notBuilt(e Environment) error {
	if e.LastVersion == 0 {
		return errs.Conflict("environment_not_built", "The environment %q was never built.", e.Name).WithHint("Build it under Environments.")
	}
	became := map[Status]string{Building: "is still being built", Failed: "could not be built", Canceled: "was canceled while it was built"}[e.LastStatus]
	return errs.Conflict("environment_not_built", "No version of the environment %q is ready: version %d %s.", e.Name, e.LastVersion, became).
		WithHint("Its log under Environments says more.")
}

// inConfig puts the error at the field of the node that names the environment.
func inConfig(err error) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	return placed.With(e.At(errs.Place{Field: "with.environment"}))
}
