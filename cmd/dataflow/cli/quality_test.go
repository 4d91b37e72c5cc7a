package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
)

const checkedFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: checked}
spec:
  params:
    most: {type: integer, default: 9}
  nodes:
    - {id: rows, type: value.set, with: {value: [{n: 1}, {n: 5}, {n: 7}, {n: null}]}}
    - id: check
      type: quality.check
      in: {table: rows}
      with: {rules: [{check: in_range, columns: [n], max: "{{ params.most }}", name: n is small}, {check: row_count, min: 4, change: 10}]}
      contract: {passed: {columns: [{name: n, type: DOUBLE}], retyped: add}}
`

func TestQualityFromRunToRun(t *testing.T) {
	m := loggedIn(t)
	m.write("checked.yaml", checkedFlow)
	m.want(exitOK, "flows", "apply", "checked.yaml", "--publish", "--yes")
	_, beside := m.want(exitOK, "flows", "quality", "checked")
	require.Contains(t, beside, "No run of checked has checked anything yet")
	_, beside = m.want(exitOK, "flows", "run", "checked")
	require.Contains(t, beside, "check.passed: the column n is BIGINT, not DOUBLE; it was let through")
	_, beside = m.want(exitOK, "flows", "run", "checked", "--param", "most=5")
	require.Regexp(t, `✓ check +succeeded +passed 3 · failed 1 row`, beside)
	var list []engine.Run
	m.answer(&list, "runs", "list")
	out, _ := m.want(exitOK, "runs", "show", list[0].ID)
	require.Regexp(t, `check +quality.check +succeeded .* passed 3 · failed 1 row`, out)
	require.Contains(t, out, "Drift of tables:\n  check.passed: the column n is BIGINT, not DOUBLE; it was let through")
	var shown struct{ Drift api.RunDrift }
	m.answer(&shown, "runs", "show", list[0].ID)
	require.Len(t, shown.Drift.Steps, 1)
	require.Equal(t, "retyped", shown.Drift.Steps[0].Columns[0].Change)
	out, _ = m.want(exitFailed, "flows", "quality", "checked")
	require.Contains(t, out, "broken, new")
	require.Contains(t, out, "1 of 4 break it")
	require.Contains(t, out, "4 rows, expected 4 rows to 4 rows")
	require.Contains(t, out, "█▁")
	out, _ = m.want(exitFailed, "flows", "quality", "checked", "--json")
	require.Contains(t, out, `"change": "began"`)
	m.want(exitOK, "flows", "run", "checked")
	out, _ = m.want(exitOK, "flows", "quality", "checked")
	require.Contains(t, out, "kept, recovered")
}
