package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/environment"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/telemetry"
	"dataflow/ide-go-lib/testkit/dbtest"
)

// A policy is the tenant's own, is still there when the service comes again, and gives way to the operator's.
func TestPolicy(t *testing.T) {
	deps := environment.Deps{DB: dbtest.Temp(t), Python: nobody{}, Clock: clock.System{}, Log: telemetry.Discard()}
	s, err := environment.New(t.Context(), deps)
	require.NoError(t, err)
	require.Equal(t, environment.PythonPolicy{Policy: environment.Restricted}, s.Policy(tenant))
	set, err := s.SetPolicy(t.Context(), tenant, environment.Isolated, ann)
	require.NoError(t, err)
	require.Equal(t, ann.By, set.UpdatedBy)
	deps.Isolated = func(tenant string) bool { return tenant == "free" }
	s, err = environment.New(t.Context(), deps)
	require.NoError(t, err)
	require.Equal(t, set, s.Policy(tenant))
	require.Equal(t, "restricted", s.PolicyOf("other"))
	require.Equal(t, environment.PythonPolicy{Policy: environment.Isolated, Fixed: true}, s.Policy("free"))
	_, err = s.SetPolicy(t.Context(), "free", environment.Restricted, ann)
	require.Equal(t, "policy_fixed", code(err))
}
