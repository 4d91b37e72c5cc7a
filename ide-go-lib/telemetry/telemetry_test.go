package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/telemetry"
)

func TestLoggerAddsWhatTheContextSays(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.LogConfig{Level: "debug"})
	require.NoError(t, err)
	ctx := telemetry.Annotate(t.Context(), slog.String("tenant", "default"))
	inner := telemetry.Annotate(ctx, slog.String("run", "r1"))
	telemetry.Annotate(ctx, slog.String("run", "r2"))
	log.With("part", "engine").DebugContext(inner, "started", "n", 1)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	delete(line, "time")
	require.Equal(t, map[string]any{"level": "DEBUG", "msg": "started", "part": "engine", "tenant": "default", "run": "r1", "n": 1.0}, line)
}

func TestLogConfig(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.LogConfig{Level: "warn", Format: "text"})
	require.NoError(t, err)
	log.Info("quiet")
	log.Warn("loud", "a", "b c")
	require.Regexp(t, `^time=\S+ level=WARN msg=loud a="b c"\n$`, out.String())
	_, err = telemetry.NewLogger(&out, telemetry.LogConfig{Level: "chatty"})
	require.ErrorContains(t, err, "use debug, info, warn or error")
	_, err = telemetry.NewLogger(&out, telemetry.LogConfig{Format: "xml"})
	require.ErrorContains(t, err, "use json or text")
}

func TestSecretsNeverAppear(t *testing.T) {
	const plain, awkward = "hunter2hunter2", "pa\"ss\\w<ör>d\n&x"
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			var r telemetry.Redactor
			forget := r.Add(plain)
			r.Add(awkward)
			log, err := telemetry.NewLogger(&out, telemetry.LogConfig{Format: format, Redactor: &r})
			require.NoError(t, err)
			for _, secret := range []string{plain, awkward} {
				log.Info("with "+secret, "attr", secret, "error", errors.New("bad "+secret), slog.Group("g", "in", secret), "any", map[string]string{"k": secret}, secret, 1)
				quoted, _ := json.Marshal(secret)
				require.NotContains(t, out.String(), secret)
				require.NotContains(t, out.String(), string(quoted[1:len(quoted)-1]))
				require.NotContains(t, out.String(), "ss\\\\w")
			}
			require.Contains(t, out.String(), telemetry.Redacted)
			if format == "json" {
				for line := range strings.Lines(out.String()) {
					require.True(t, json.Valid([]byte(line)), line)
				}
			}
			forget()
			forget()
			out.Reset()
			log.Info(plain)
			require.Contains(t, out.String(), plain)
		})
	}
}

func TestRedact(t *testing.T) {
	var r telemetry.Redactor
	require.Equal(t, "as it is", r.Redact("as it is"))
	r.Add("abc")
	require.Equal(t, "abc", r.Redact("abc"), "too short to be a secret")
	one := r.Add("secret-one")
	again := r.Add("secret-one")
	r.Add("secret-one-longer")
	require.Equal(t, "x [redacted] y [redacted]", r.Redact("x secret-one y secret-one-longer"))
	one()
	require.Equal(t, "[redacted]", r.Redact("secret-one"), "still registered by another")
	again()
	require.Equal(t, "secret-one [redacted]", r.Redact("secret-one secret-one-longer"))
}

func TestRedactorIsSafeForConcurrentUse(t *testing.T) {
	var r telemetry.Redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				forget := r.Add(fmt.Sprint("secret-", i))
				if got := r.Redact(fmt.Sprint("secret-", i)); got != telemetry.Redacted {
					t.Errorf("got %q", got)
				}
				forget()
			}
		})
	}
	wg.Wait()
	require.Equal(t, "secret-1", r.Redact("secret-1"))
}

func TestHealth(t *testing.T) {
	for name, c := range map[string]struct {
		status telemetry.Status
		gates  bool
		ready  bool
	}{
		"ok":                    {telemetry.OK, true, true},
		"degraded":              {telemetry.Degraded, true, true},
		"starting":              {telemetry.Starting, true, false},
		"failed":                {telemetry.Failed, true, false},
		"failed, without gates": {telemetry.Failed, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			var h telemetry.Health
			h.Add("first", true, telemetry.CheckError("no answer", func(context.Context) error { return nil }))
			h.Add("x", c.gates, func(context.Context) (telemetry.Status, string) { return c.status, "detail" })
			require.Equal(t, telemetry.Report{Ready: c.ready, Checks: []telemetry.CheckReport{
				{Name: "first", Status: telemetry.OK, Gates: true}, {Name: "x", Status: c.status, Detail: "detail", Gates: c.gates},
			}}, h.Report(t.Context()))
		})
	}
}

func TestHealthOfWhatFailsOrHangs(t *testing.T) {
	var h telemetry.Health
	require.True(t, h.Report(t.Context()).Ready, "nothing to check is ready")
	h.Add("fails", false, telemetry.CheckError("the database does not answer", func(context.Context) error { return errors.New("password=secret") }))
	release := make(chan struct{})
	defer close(release)
	h.Add("hangs", true, func(context.Context) (telemetry.Status, string) { <-release; return telemetry.OK, "" })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := h.Report(ctx)
	require.False(t, report.Ready)
	require.Equal(t, telemetry.CheckReport{Name: "hangs", Status: telemetry.Failed, Detail: "does not answer", Gates: true}, report.Checks[1])
	require.NotContains(t, fmt.Sprint(report), "secret")
	require.Panics(t, func() { h.Add("hangs", true, telemetry.CheckError("", nil)) })
	require.Panics(t, func() { h.Add("", true, telemetry.CheckError("", nil)) })
	require.Panics(t, func() { h.Add("none", true, nil) })
}

func TestMetrics(t *testing.T) {
	r := telemetry.NewMetrics("1.2.3")
	telemetry.NewMetrics("1.2.3") // a registry is a value: two do not meet
	w := httptest.NewRecorder()
	telemetry.MetricsHandler(r).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	for _, name := range []string{`dataflow_build_info{version="1.2.3"} 1`, "go_goroutines", "process_open_fds"} {
		require.Contains(t, w.Body.String(), name)
	}
}

func TestDiscard(t *testing.T) {
	require.False(t, telemetry.Discard().Enabled(t.Context(), slog.LevelError))
}
