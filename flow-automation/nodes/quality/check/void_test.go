package check

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/nodes/internal/exampletest"
)

// Of a column without any value nobody knows the type, so that it is not the type that is wrong with it.
func TestColumnsWithoutValues(t *testing.T) {
	b := exampletest.New(t)
	out, err := judgeRows(t, b, `[{"at": null, "n": null, "s": "a"}]`, rules{
		{"check": "freshness", "columns": []any{"at"}, "within": "1d"}, {"check": "distribution", "columns": []any{"n"}, "min": 1, "severity": "fail"},
	})
	require.NoError(t, err)
	var report Report
	require.NoError(t, json.Unmarshal(out["report"].Data, &report))
	require.Equal(t, "warned", report.Rules[0].Status)
	require.True(t, strings.Contains(strings.Join(b.Logs, " "), "there is no time in it"), b.Logs)
	require.Equal(t, "passed", report.Rules[1].Status)
	require.Nil(t, report.Rules[1].Measured.Value)
}
