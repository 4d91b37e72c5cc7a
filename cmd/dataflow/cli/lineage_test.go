package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const lineageFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: totals}
spec:
  nodes:
    - {id: orders, type: value.set, with: {value: [{"customer": "Ada", "amount": 3}]}}
    - {id: large, type: table.filter, in: {table: orders}, with: {where: amount > 1}}
    - {id: sums, type: table.aggregate, in: {table: large}, with: {by: [customer], values: [{function: sum, column: amount, as: total}]}}
    - {id: out, type: file.write, in: {table: sums}, with: {path: out/totals.csv}}
`

func TestLineageOfAFlow(t *testing.T) {
	m := loggedIn(t)
	m.write("totals.yaml", lineageFlow)
	m.want(exitOK, "flows", "apply", "totals.yaml", "--yes")

	out, _ := m.want(exitOK, "flows", "lineage", "totals")
	require.Equal(t, `DATA            KIND  READ BY  WRITTEN BY  WHERE
out/totals.csv  file  –        out         file

out/totals.csv
COLUMN    COMES FROM       HOW
customer  orders.customer  identity
total     orders.amount    aggregation
(rows)    orders.amount    filter
          orders.customer  group by, sort
`, out)
	out, _ = m.want(exitOK, "flows", "lineage", "totals", "--column", "sums.total")
	require.Equal(t, `sums.total
├─ large.amount  aggregation
│  └─ orders.amount  identity, filter
└─ large.customer  group by, sort
   ├─ orders.customer  identity
   └─ orders.amount  filter

GOES INTO             HOW
out/totals.csv.total  identity
`, out)

	var column struct {
		Node    string
		Sources []struct{ Node, Column string }
	}
	m.answer(&column, "flows", "lineage", "totals", "--column", "sums.table.total")
	require.Equal(t, "sums", column.Node)
	require.Len(t, column.Sources, 2)
	var graph struct{ Datasets []struct{ Name string } }
	m.answer(&graph, "flows", "lineage", "totals")
	require.Equal(t, "out/totals.csv", graph.Datasets[0].Name)

	_, beside := m.want(exitRefused, "flows", "lineage", "totals", "--column", "sums.totl")
	require.Contains(t, beside, `Did you mean "total"?`)
	_, beside = m.want(exitRefused, "flows", "lineage", "totals", "--column", "summs.total")
	require.Contains(t, beside, `Did you mean "sums"?`)
}

// What is broken in a flow is told with its lineage, on the screen and as JSON.
func TestLineageOfABrokenFlow(t *testing.T) {
	m := loggedIn(t)
	m.write("totals.yaml", lineageFlow)
	m.want(exitOK, "flows", "apply", "totals.yaml", "--yes")
	_, beside := m.want(exitOK, "flows", "lineage", "totals")
	require.NotContains(t, beside, "incomplete")
	m.write("totals.yaml", strings.Replace(lineageFlow, "where: amount > 1", `where: "amnt > 1"`, 1))
	m.want(exitOK, "flows", "apply", "totals.yaml", "--yes")
	out, beside := m.want(exitOK, "flows", "lineage", "totals")
	require.Contains(t, out, "out/totals.csv")
	require.Contains(t, beside, "The lineage is incomplete:\n  large: ")
	var graph struct {
		Complete bool
		Gaps     []struct{ Node, Code string }
	}
	m.answer(&graph, "flows", "lineage", "totals")
	require.False(t, graph.Complete)
	require.Equal(t, "large", graph.Gaps[0].Node)
	m.answer(&graph, "flows", "lineage", "totals", "--column", "orders.amount")
	require.Equal(t, "large", graph.Gaps[0].Node)
}
