package environment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"dataflow/coderunner/client"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// mostLines of a log are kept; a build that says more goes on in silence.
const mostLogLines = 20_000

type key struct {
	tenant, name string
	version      int
}

// build is a version in the making, with those who watch it.
type build struct {
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	lines []LogLine
	ended bool
	more  chan struct{} // closed and replaced at each change
}

func (b *build) add(level, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == mostLogLines {
		level, text = "warn", "The log is too long; the rest is not shown."
	}
	if len(b.lines) > mostLogLines {
		return
	}
	b.lines = append(b.lines, LogLine{Seq: int64(len(b.lines) + 1), Level: level, Text: text})
	b.changed()
}

func (b *build) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.changed()
}

func (b *build) changed() {
	close(b.more)
	b.more = make(chan struct{})
}

// after gives the lines after the first seen ones, whether the build has ended, and what is closed when there is more.
func (b *build) after(seen int) (lines []LogLine, ended bool, more <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines[min(seen, len(b.lines)):]), b.ended, b.more
}

// errCanceled ends a build that somebody does not want any more.
var errCanceled = errors.New("canceled")

// Build begins to build what the environment asks for, as its next version. The version in use stays until the new one
// is ready.
func (s *Service) Build(ctx context.Context, tenant, name string, by Change) (Version, error) { //nolint:contextcheck // a build outlives the call that asks for it
	if name == Default {
		return Version{}, errs.Conflict("environment_builtin", "The default environment is not built; it comes with the Python service.")
	}
	if s.ctx.Err() != nil {
		return Version{}, errs.Unavailable("stopping", "The server is being stopped.")
	}
	v, err := s.store.begin(ctx, tenant, name, by)
	if err != nil {
		return Version{}, err
	}
	own, cancel := context.WithCancelCause(s.ctx)
	b := &build{cancel: cancel, more: make(chan struct{})}
	k := key{tenant, name, v.Version}
	s.mu.Lock()
	s.builds[k] = b
	s.mu.Unlock()
	s.work.Go(func() {
		defer cancel(nil)
		s.carryOut(own, k, b, v)
	})
	return v, nil
}

func (s *Service) carryOut(ctx context.Context, k key, b *build, v Version) {
	o := s.make(ctx, k.tenant, v, b)
	b.mu.Lock()
	o.log = slices.Clone(b.lines)
	b.mu.Unlock()
	// What has ended is kept although the service is being stopped.
	if err := s.store.finish(context.WithoutCancel(ctx), k.tenant, k.name, k.version, o); err != nil {
		s.deps.Log.Error("The outcome of a build could not be kept.", "environment", k.name, "version", k.version, "error", err)
	}
	s.mu.Lock()
	delete(s.builds, k)
	s.mu.Unlock()
	b.end()
	if o.status == Ready {
		s.collect(k.tenant)
	}
}

func (s *Service) make(ctx context.Context, tenant string, v Version, b *build) outcome {
	wheels, release, err := s.wheelFiles(ctx, tenant, func(Wheel) bool { return true })
	defer release()
	var built client.Built
	if err == nil {
		built, err = s.deps.Python.Build(ctx, client.Build{
			Tenant: tenant, Requirements: v.Requirements, Wheels: wheels, Source: v.Source, OnLog: b.add,
		})
	}
	var used []string
	if err == nil {
		used, err = s.wheelsOf(ctx, tenant, built.Lock)
	}
	o := outcome{status: Ready, built: built, wheels: used, at: s.deps.Clock.Now()}
	if err == nil {
		b.add("info", fmt.Sprintf("Ready: %s, %s", words.Number(len(built.Lock), "package", "packages"), words.Bytes(built.SizeBytes)))
		return o
	}
	o.status, o.err = Failed, errs.From(err)
	switch {
	case errors.Is(context.Cause(ctx), errCanceled):
		o.status, o.err = Canceled, errs.New(499, "canceled", "The build was canceled.")
	case ctx.Err() != nil:
		o.err = errs.Unavailable("build_interrupted", "The server was stopped while the environment was built.").WithHint("Build it again.")
	}
	b.add("error", o.err.Message)
	return o
}

// wheelsOf names the uploaded wheels among the packages of a lock.
func (s *Service) wheelsOf(ctx context.Context, tenant string, lock []client.Package) ([]string, error) {
	all, err := s.Wheels(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, w := range all {
		if slices.ContainsFunc(lock, func(p client.Package) bool { return p.SHA256 == w.SHA256 }) {
			names = append(names, w.Name)
		}
	}
	return names, nil
}

// Cancel ends the build of a version.
func (s *Service) Cancel(ctx context.Context, tenant, name string, version int) error {
	if _, err := s.store.version(ctx, tenant, name, version); err != nil {
		return err
	}
	if b := s.building(key{tenant, name, version}); b != nil {
		b.cancel(errCanceled)
	}
	return nil
}

func (s *Service) cancelAll(tenant, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, b := range s.builds {
		if k.tenant == tenant && k.name == name {
			b.cancel(errCanceled)
		}
	}
}

func (s *Service) building(k key) *build {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.builds[k]
}

// Watch gives the log of a version's build after the line number after, as it grows, until the build has ended or tell
// gives an error. Ready is called once it is known that there is such a version.
func (s *Service) Watch(ctx context.Context, tenant, name string, version int, after int64, ready func() error, tell func(LogLine) error) error {
	b := s.building(key{tenant, name, version})
	if _, err := s.store.version(ctx, tenant, name, version); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	if b == nil {
		lines, err := s.store.log(ctx, tenant, name, version)
		if err != nil {
			return err
		}
		return tellAll(lines[min(int(after), len(lines)):], tell)
	}
	for seen := int(after); ; {
		lines, ended, more := b.after(seen)
		if err := tellAll(lines, tell); err != nil {
			return err
		}
		seen += len(lines)
		if ended {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func tellAll(lines []LogLine, tell func(LogLine) error) error {
	for _, line := range lines {
		if err := tell(line); err != nil {
			return err
		}
	}
	return nil
}
