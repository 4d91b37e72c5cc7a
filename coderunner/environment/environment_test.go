package environment_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/environment"
	"dataflow/coderunner/internal/house"
	"dataflow/flow-automation/node"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
)

const tenant = "default"

var ann = environment.Change{By: "ann", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

// world is the service of environments over a real Python service.
type world struct {
	t        *testing.T
	db       *db.DB
	packages string
	flows    map[string][]string // that name an environment
	*environment.Service
}

func build(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.Temp(t), packages: t.TempDir()}
	house.Wheel(t, w.packages, "greet", "1.0", "version = '1.0'\n")
	house.Wheel(t, w.packages, "greet", "2.0", "version = '2.0'\n")
	python := house.Start(t, w.packages, true, args...)
	store, err := artifacts.New(python.Artifacts)
	require.NoError(t, err)
	w.Service, err = environment.New(t.Context(), environment.Deps{
		DB: w.db, Artifacts: store, Python: python.Client(t, func(string) string { return "isolated" }), Clock: clock.System{}, Log: telemetry.Discard(),
		NamedBy: func(_ context.Context, of, name string) ([]string, error) {
			require.Equal(t, tenant, of)
			return w.flows[name], nil
		},
	})
	require.NoError(t, err)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, w.Stop(ctx))
	})
	return w
}

func (w *world) create(name string, requirements ...string) environment.Environment {
	w.t.Helper()
	e, err := w.Create(w.t.Context(), tenant, name, environment.Draft{Requirements: requirements}, ann)
	require.NoError(w.t, err)
	return e
}

func (w *world) ask(name string, requirements ...string) {
	w.t.Helper()
	e, err := w.Get(w.t.Context(), tenant, name)
	require.NoError(w.t, err)
	_, err = w.Save(w.t.Context(), tenant, name, e.Revision, environment.Draft{Requirements: requirements, Egress: e.Egress}, ann)
	require.NoError(w.t, err)
}

// made builds to the end and gives the version with its log.
func (w *world) made(name string) (environment.Version, string) {
	w.t.Helper()
	v, err := w.Build(w.t.Context(), tenant, name, ann)
	require.NoError(w.t, err)
	require.Equal(w.t, environment.Building, v.Status)
	return w.watched(name, v.Version)
}

func (w *world) watched(name string, version int) (environment.Version, string) {
	w.t.Helper()
	var log strings.Builder
	err := w.Watch(w.t.Context(), tenant, name, version, 0, func() error { return nil }, func(l environment.LogLine) error {
		log.WriteString(l.Level + " " + l.Text + "\n")
		return nil
	})
	require.NoError(w.t, err)
	v, err := w.Version(w.t.Context(), tenant, name, version)
	require.NoError(w.t, err)
	return v, log.String()
}

const greeting = "import greet\ndef main(): return greet.version"

// says runs the code in an environment and gives what it returned.
func (w *world) says(ref, code string) (string, error) {
	w.t.Helper()
	result, err := w.Execute(w.t.Context(), node.PythonRequest{Tenant: tenant, Code: code, Environment: ref})
	if err != nil {
		return "", err
	}
	defer result.Close()
	return string(result.Outputs["result"].JSON) + " in " + result.Environment, nil
}

// importable tells the packages of an environment apart from others.
func (w *world) importable(ref string) string {
	w.t.Helper()
	found, err := w.Packages(w.t.Context(), tenant, ref)
	require.NoError(w.t, err)
	return found
}

// missing is what is said of imports that the environment has nothing for.
func (w *world) missing(ref, of string) (said []string) {
	w.t.Helper()
	found, err := w.Inspect(w.t.Context(), of, ref, greeting)
	require.NoError(w.t, err)
	for _, f := range found.Findings {
		require.Equal(w.t, node.FindingImportMissing, f.Code)
		require.Equal(w.t, 1, f.Line)
		said = append(said, f.Message)
	}
	return said
}

func code(err error) string { return errs.From(err).Code }

// TestEnvironments has one Python service for all, since it takes its time to start.
func TestEnvironments(t *testing.T) {
	w := build(t)
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"life", w.lifeOfAnEnvironment},
		{"default", w.defaultEnvironment},
		{"uploaded wheel", w.uploadedWheel},
		{"tenants", w.tenants},
		{"egress", w.egressOfAnEnvironment},
		{"cancel and interrupt", w.cancelAndInterrupt}, // stops the service, so it comes last
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			c.test(t)
		})
	}
}

func (w *world) lifeOfAnEnvironment(t *testing.T) {
	e := w.create("reports", "greet==1.0  # says hello", "", "# a comment")
	require.True(t, e.Changed)
	_, err := w.says("reports", greeting)
	require.Equal(t, "environment_not_built", code(err))
	require.Equal(t, "with.environment", errs.From(err).Details[0].Field)

	v, log := w.made("reports")
	require.Equal(t, environment.Ready, v.Status, log)
	require.Equal(t, "greet", v.Packages[0].Name)
	require.Equal(t, "1.0", v.Packages[0].Version)
	require.Len(t, v.Packages[0].SHA256, 64)
	require.Contains(t, log, "Successfully installed greet-1.0")
	_, again := w.watched("reports", 1)
	require.Equal(t, log, again, "the log is kept")
	said, err := w.says("reports", greeting)
	require.NoError(t, err)
	require.Equal(t, `"1.0" in reports@1`, said)
	require.Empty(t, w.missing("reports", "other"), "another tenant has no such environment to look in")
	require.Empty(t, w.missing("nobody", tenant))
	require.Empty(t, w.missing("reports", tenant))
	require.Equal(t, []string{"There is no module greet in the environment default. Make an environment with the package that has it, and choose it for this code."}, w.missing("", tenant))

	w.ask("reports", "greet==9")
	v, log = w.made("reports")
	require.Equal(t, environment.Failed, v.Status)
	require.Equal(t, "resolution_failed", v.Error.Code)
	require.Contains(t, log, "greet==9")
	e, err = w.Get(t.Context(), tenant, "reports")
	require.NoError(t, err)
	require.Equal(t, 1, e.Version, "a failed build leaves the last good version in use")
	require.Equal(t, environment.Failed, e.LastStatus)
	require.False(t, e.Changed)

	w.ask("reports", "greet>=2")
	v, _ = w.made("reports")
	require.Equal(t, 3, v.Version)
	for ref, want := range map[string]string{"reports": `"2.0" in reports@3`, "reports@1": `"1.0" in reports@1`} {
		said, err = w.says(ref, greeting)
		require.NoError(t, err)
		require.Equal(t, want, said)
	}
	for ref, says := range map[string]string{
		"reports@2": "not ready (failed)", "reports@7": "no version 7", "reports@x": "reports@3", "reports@": "reports@3", "reports@0": "reports@3", "reports@-1": "reports@3",
		"nobody": "no environment", "default@7": "write default", "@2": "write default",
	} {
		_, err = w.says(ref, greeting)
		require.Equal(t, "with.environment", errs.From(err).Details[0].Field, ref)
		require.Contains(t, errs.From(err).Message, says, ref)
	}
	w.create("unlucky", "greet==9")
	w.made("unlucky")
	_, err = w.says("unlucky", greeting)
	require.Equal(t, `No version of the environment "unlucky" is ready: version 1 could not be built.`, errs.From(err).Message)

	first, third := w.importable("reports@1"), w.importable("reports@3")
	require.NotEqual(t, first, third)
	require.Equal(t, third, w.importable("reports"))

	_, err = w.Use(t.Context(), tenant, "reports", 2, ann)
	require.Equal(t, "version_not_ready", code(err))
	_, err = w.Use(t.Context(), tenant, "reports", 1, ann)
	require.NoError(t, err)
	require.Equal(t, first, w.importable("reports"), "what was computed with other packages is not taken over")
	said, err = w.says("reports", greeting)
	require.NoError(t, err)
	require.Equal(t, `"1.0" in reports@1`, said)

	w.flows = map[string][]string{"reports": {"daily", "weekly"}}
	refused := errs.From(w.Delete(t.Context(), tenant, "reports", false))
	require.Equal(t, "environment_in_use", refused.Code)
	require.Contains(t, refused.Message, "2 flows")
	require.Equal(t, "daily", refused.Details[0].Message)
	require.NoError(t, w.Delete(t.Context(), tenant, "reports", true))
	_, err = w.says("reports", greeting)
	require.Equal(t, "environment_not_found", code(err))
	require.Equal(t, "environment_not_found", code(w.Delete(t.Context(), tenant, "reports", false)))

	w.flows = nil
	e = w.create("reports", "greet==1.0")
	require.Zero(t, e.LastVersion)
	v, _ = w.made("reports")
	require.Equal(t, 4, v.Version, "a number never means other packages than it meant before")
	_, err = w.says("reports@3", greeting)
	require.Equal(t, "version_not_found", code(err))
	require.NoError(t, w.Delete(t.Context(), tenant, "reports", false))
}

func (w *world) defaultEnvironment(t *testing.T) {
	list, err := w.List(t.Context(), "fresh")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].Builtin)
	for _, ref := range []string{"", "default"} {
		said, err := w.says(ref, "import polars, duckdb, scipy, sklearn, openpyxl, requests, dateutil\ndef main(): return 1")
		require.NoError(t, err)
		require.Equal(t, "1 in default", said)
	}
	base, err := w.Base(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, base.Packages)
	_, err = w.Save(t.Context(), tenant, "default", 0, environment.Draft{Requirements: []string{"greet"}}, ann)
	require.Equal(t, "environment_builtin", code(err))
	e, err := w.Save(t.Context(), tenant, "default", 0, environment.Draft{Egress: []string{"api.example.org"}}, ann)
	require.NoError(t, err)
	require.Equal(t, []string{"api.example.org"}, e.Egress)
	_, err = w.Build(t.Context(), tenant, "default", ann)
	require.Equal(t, "environment_builtin", code(err))
	require.Equal(t, "environment_builtin", code(w.Delete(t.Context(), tenant, "default", true)))
}

func (w *world) uploadedWheel(t *testing.T) {
	elsewhere := t.TempDir()
	file := house.Wheel(t, elsewhere, "acme_rates", "1.2", "rate = 7\n", "greet")
	from := func(folder, tenant, name string) (environment.Wheel, error) {
		content, err := os.Open(filepath.Join(folder, file))
		require.NoError(t, err)
		defer func() { _ = content.Close() }()
		return w.PutWheel(t.Context(), tenant, name, content, ann)
	}
	put := func(tenant, name string) error {
		kept, err := from(elsewhere, tenant, name)
		require.False(t, kept.Replaced)
		return err
	}
	require.NoError(t, put(tenant, file))
	for _, name := range []string{"x.zip", "../" + file, "acme.whl"} {
		require.Equal(t, "wheel_name_invalid", code(put(tenant, name)), name)
	}
	_, err := w.PutWheel(t.Context(), tenant, file, strings.NewReader("no zip"), ann)
	require.Equal(t, "wheel_invalid", code(err))

	w.create("rates", "acme-rates")
	v, log := w.made("rates")
	require.Equal(t, environment.Ready, v.Status, log)
	said, err := w.says("rates", "import acme_rates\ndef main(): return acme_rates.rate")
	require.NoError(t, err)
	require.Equal(t, "7 in rates@1", said)
	require.Equal(t, "wheel_in_use", code(w.DeleteWheel(t.Context(), tenant, file)))
	require.NoError(t, put(tenant, file), "the same content")
	changed := t.TempDir()
	house.Wheel(t, changed, "acme_rates", "1.2", "rate = 8\n", "greet")
	_, err = from(changed, tenant, file)
	require.Equal(t, "wheel_in_use", code(err))
	_, err = w.PutWheel(t.Context(), tenant, file, strings.NewReader("PK\x03\x04 no more"), ann)
	require.Equal(t, "wheel_invalid", code(err))
	require.Equal(t, "wheel_invalid", code(put(tenant, "acme_rates-1.2-cp33-cp33-win_amd64.whl")))
	require.Equal(t, "wheel_invalid", code(put(tenant, "acme_rates-1.3-py3-none-any.whl")), "its content says 1.2")
	list, err := w.Wheels(t.Context(), tenant)
	require.NoError(t, err)
	var kept []string
	require.NoError(t, w.References(t.Context(), func(text []byte) { kept = append(kept, string(text)) }))
	require.Equal(t, []string{list[0].SHA256}, kept, "so that its content is not collected")
	require.NoError(t, w.Delete(t.Context(), tenant, "rates", false))
	replaced, err := from(changed, tenant, file)
	require.NoError(t, err)
	require.True(t, replaced.Replaced)
	require.NoError(t, w.DeleteWheel(t.Context(), tenant, file))
	require.Equal(t, "wheel_not_found", code(w.DeleteWheel(t.Context(), tenant, file)))

	_, err = w.Create(t.Context(), "other", "rates", environment.Draft{Requirements: []string{"acme-rates"}}, ann)
	require.NoError(t, err)
	require.NoError(t, put(tenant, file))
	theirs, err := w.Wheels(t.Context(), "other")
	require.NoError(t, err)
	require.Empty(t, theirs)
	_, err = w.Build(t.Context(), "other", "rates", ann)
	require.NoError(t, err)
	require.NoError(t, w.Watch(t.Context(), "other", "rates", 1, 0, func() error { return nil }, func(environment.LogLine) error { return nil }))
	v, err = w.Version(t.Context(), "other", "rates", 1)
	require.NoError(t, err)
	require.Equal(t, environment.Failed, v.Status, "a wheel of another tenant is not found")
}

func (w *world) tenants(t *testing.T) {
	w.create("secret", "greet")
	w.made("secret")
	ctx := t.Context()
	list, err := w.List(ctx, "stranger")
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = w.Get(ctx, "stranger", "secret")
	require.Equal(t, "environment_not_found", code(err))
	_, err = w.Save(ctx, "stranger", "secret", 1, environment.Draft{}, ann)
	require.Equal(t, "environment_not_found", code(err))
	_, err = w.Versions(ctx, "stranger", "secret")
	require.Equal(t, "environment_not_found", code(err))
	_, err = w.Version(ctx, "stranger", "secret", 1)
	require.Equal(t, "version_not_found", code(err))
	_, err = w.Use(ctx, "stranger", "secret", 1, ann)
	require.Equal(t, "version_not_found", code(err))
	_, err = w.Build(ctx, "stranger", "secret", ann)
	require.Equal(t, "environment_not_found", code(err))
	require.Equal(t, "version_not_found", code(w.Cancel(ctx, "stranger", "secret", 1)))
	require.Equal(t, "environment_not_found", code(w.Delete(ctx, "stranger", "secret", true)))
	err = w.Watch(ctx, "stranger", "secret", 1, 0, func() error { return nil }, func(environment.LogLine) error { return nil })
	require.Equal(t, "version_not_found", code(err))
	_, err = w.Execute(ctx, node.PythonRequest{Tenant: "stranger", Code: greeting, Environment: "secret"})
	require.Equal(t, "environment_not_found", code(err))
}

func (w *world) cancelAndInterrupt(t *testing.T) {
	w.create("slow", "greet")
	v, err := w.Build(t.Context(), tenant, "slow", ann)
	require.NoError(t, err)
	_, err = w.Build(t.Context(), tenant, "slow", ann)
	require.Equal(t, "build_running", code(err))
	require.NoError(t, w.Cancel(t.Context(), tenant, "slow", v.Version))
	v, _ = w.watched("slow", v.Version)
	require.Equal(t, environment.Canceled, v.Status)
	v, log := w.made("slow")
	require.Equal(t, environment.Ready, v.Status, log)

	_, err = w.Build(t.Context(), tenant, "slow", ann)
	require.NoError(t, err)
	require.NoError(t, w.Stop(t.Context()))
	v, err = w.Version(t.Context(), tenant, "slow", 3)
	require.NoError(t, err)
	require.Equal(t, "build_interrupted", v.Error.Code)
	_, err = w.db.Write.ExecContext(t.Context(), `UPDATE environment_versions SET status = 'building' WHERE version = 3`)
	require.NoError(t, err)
	after, err := environment.New(t.Context(), environment.Deps{DB: w.db, Python: nobody{}, Clock: clock.System{}, Log: telemetry.Discard()})
	require.NoError(t, err)
	require.NoError(t, after.Start(t.Context()))
	v, err = after.Version(t.Context(), tenant, "slow", 3)
	require.NoError(t, err)
	require.Equal(t, environment.Failed, v.Status, "what a process that is gone was building has failed")
	require.NoError(t, after.Stop(t.Context()))
}

func TestBadDrafts(t *testing.T) {
	w := &world{t: t}
	var err error
	w.Service, err = environment.New(t.Context(), environment.Deps{DB: dbtest.Temp(t), Python: nobody{}, Clock: clock.System{}, Log: telemetry.Discard()})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		draft environment.Draft
		field string
		line  int
	}{
		"not a requirement": {environment.Draft{Requirements: []string{"fine", "", "not fine at all"}}, "requirements", 3},
		"an option":         {environment.Draft{Requirements: []string{"--index-url=x"}}, "requirements", 1},
		"a variable":        {environment.Draft{Requirements: []string{`a; platform_version == "${PIP_INDEX_URL}"`}}, "requirements", 1},
		"an address":        {environment.Draft{Requirements: []string{"a @ https://x/a.whl"}}, "requirements", 1},
		"too long":          {environment.Draft{Requirements: []string{strings.Repeat("a", 600)}}, "requirements", 1},
		"not a host":        {environment.Draft{Egress: []string{"api.example.org", "https://x"}}, "egress", 2},
		"a public suffix":   {environment.Draft{Egress: []string{"*.Com"}}, "egress", 1},
		"another suffix":    {environment.Draft{Egress: []string{"*.corp.internal", "*.internal", "*.co.uk:443"}}, "egress", 3},
		"port 0":            {environment.Draft{Egress: []string{"[::1]:80", "api.example.org:0"}}, "egress", 2},
		"port 99999":        {environment.Draft{Egress: []string{"[2001:db8::99999]", "api.example.org:65535", "api.example.org:99999"}}, "egress", 3},
		"a host twice":      {environment.Draft{Egress: []string{"api.example.org", "api.example.org:80", "API.example.org"}}, "egress", 3},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Create(t.Context(), tenant, "bad", c.draft, ann)
			require.Equal(t, "environment_invalid", code(err))
			require.Equal(t, c.field, errs.From(err).Details[0].Field)
			require.Equal(t, c.line, errs.From(err).Details[0].Line)
		})
	}
	for _, name := range []string{"", "Big", "a b", "-a", "../x", "a@1", strings.Repeat("a", 64)} {
		_, err := w.Create(t.Context(), tenant, name, environment.Draft{}, ann)
		require.Equal(t, "name_invalid", code(err), name)
	}
	e := w.create("one", "greet>=1,<2; python_version >= '3.8'", "Zope.Interface[test,docs] ~= 5.0", "x==1.*")
	_, err = w.Create(t.Context(), tenant, "one", environment.Draft{}, ann)
	require.Equal(t, "environment_name_taken", code(err))
	_, err = w.Save(t.Context(), tenant, "one", e.Revision+1, environment.Draft{}, ann)
	require.Equal(t, "environment_conflict", code(err))
}

func (w *world) egressOfAnEnvironment(t *testing.T) {
	const fetch = "import urllib.request\ndef main():\n    return urllib.request.urlopen('http://api.invalid/').status"
	e, err := w.Get(t.Context(), tenant, "default")
	require.NoError(t, err)
	_, err = w.Save(t.Context(), tenant, "default", e.Revision, environment.Draft{}, ann)
	require.NoError(t, err)
	_, err = w.says("", fetch)
	require.NotContains(t, err.Error(), "403")
	e, err = w.Get(t.Context(), tenant, "default")
	require.NoError(t, err)
	_, err = w.Save(t.Context(), tenant, "default", e.Revision, environment.Draft{Egress: []string{"other.invalid"}}, ann)
	require.NoError(t, err)
	_, err = w.says("", fetch)
	require.ErrorContains(t, err, "403", "the proxy is there, and refuses what is not on the list")
	require.Contains(t, errs.From(err).Hint, "api.invalid:80 is not among the hosts")
	result, err := w.Execute(t.Context(), node.PythonRequest{Tenant: tenant, Code: fetch})
	require.Error(t, err)
	require.NotNil(t, result.Usage.Network)
	require.Equal(t, map[string]int{"api.invalid:80 is not among the hosts that this environment may reach.": 1}, result.Usage.Network.Refused)
}
