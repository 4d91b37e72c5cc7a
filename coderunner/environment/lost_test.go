package environment_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/environment"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// flaky loses executions before it gives one.
type flaky struct {
	nobody
	losses, calls int
	err           error
}

func (f *flaky) ExecuteIn(context.Context, node.PythonRequest, clientEnvironment) (node.PythonResult, error) {
	f.calls++
	if f.calls <= f.losses {
		return node.PythonResult{Close: func() {}}, f.err
	}
	return node.PythonResult{Close: func() {}, Outputs: map[string]node.PythonOutput{"result": {Kind: value.JSON, JSON: json.RawMessage("1")}}}, nil
}

// What is lost with a Python service is repeated if it may be, and as often as makes sense.
func TestLostExecutions(t *testing.T) {
	lost := errs.Unavailable("python_unavailable", "lost")
	for name, c := range map[string]struct {
		losses int
		err    error
		effect node.Effect
		calls  int
		ok     bool
	}{
		"lost twice":         {2, lost, node.Pure, 3, true},
		"may be repeated":    {1, errs.Unavailable("sandbox_restarted", "lost"), node.Idempotent, 2, true},
		"must not":           {1, lost, node.Unsafe, 1, false},
		"the code is wrong":  {1, errs.Invalid("python_error", "x"), node.Pure, 1, false},
		"another error":      {1, errors.New("x"), node.Pure, 1, false},
		"lost all the time":  {100, lost, node.Pure, 4, false},
		"nothing said of it": {1, lost, "", 2, true},
		// Its environment allows hosts, so that code may have reached one.
		"nothing said, with a way out": {1, lost, "", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			python := &flaky{losses: c.losses, err: c.err}
			s, err := environment.New(t.Context(), environment.Deps{DB: dbtest.Temp(t), Python: python, Clock: clock.System{}, Log: telemetry.Discard()})
			require.NoError(t, err)
			require.False(t, s.Reaches(t.Context(), tenant, ""))
			if strings.HasSuffix(name, "with a way out") {
				_, err = s.Save(t.Context(), tenant, "default", 0, environment.Draft{Egress: []string{"api.example.org"}}, ann)
				require.NoError(t, err)
				require.True(t, s.Reaches(t.Context(), tenant, "default"))
				require.False(t, s.Reaches(t.Context(), "other", "default"))
			}
			require.True(t, s.Reaches(t.Context(), tenant, "{{ params.environment }}"), "nobody knows")
			var warned int
			_, err = s.Execute(t.Context(), node.PythonRequest{Tenant: tenant, Effect: c.effect, OnLog: func(string, string) { warned++ }})
			require.Equal(t, c.ok, err == nil, err)
			require.Equal(t, c.calls, python.calls)
			require.Equal(t, c.calls-1, warned)
		})
	}
}
