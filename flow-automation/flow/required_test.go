package flow_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/flow"
)

// What docs/params.md says about required, optional and default holds for every type.
func TestRequiredMeansTheSameForEveryType(t *testing.T) {
	defaults := map[string]string{
		"string": `"a"`, "number": "1.5", "integer": "1", "boolean": "false", "date": `"2026-01-31"`, "datetime": `"2026-01-31T08:30:00Z"`, "object": "{}", "array": "[]",
	}
	for _, kind := range flow.ParamTypes {
		p := flow.Params{{Name: "p", Type: kind}}
		for _, given := range []map[string]any{nil, {"p": nil}} {
			p[0].Required, p[0].Default = false, nil
			values, err := p.Resolve(given)
			require.NoError(t, err, kind)
			require.Equal(t, map[string]any{"p": nil}, values, kind)

			p[0].Required = true
			_, err = p.Resolve(given)
			require.ErrorContains(t, err, "The parameter p is required", kind)

			p[0].Default = []byte(defaults[kind])
			values, err = p.Resolve(given)
			require.NoError(t, err, kind)
			require.NotNil(t, values["p"], kind)
		}
	}
}
