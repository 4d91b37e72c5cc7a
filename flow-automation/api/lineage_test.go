package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/table"
)

const traced = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: traced}
spec:
  params:
    least: {type: integer, required: true}
  nodes:
    - {id: orders, type: file.read, with: {path: data/orders.csv}}
    - {id: large, type: table.filter, in: {table: orders}, with: {where: "amount > {{ params.least }}"}}
    - {id: totals, type: table.aggregate, in: {table: large}, with: {by: [customer], values: [{function: sum, column: amount, as: total}]}}
    - {id: code, type: python, in: {table: large}, with: {code: "def main(table): return table"}}
    - id: each
      type: control.map
      in: {items: totals}
      nodes:
        - {id: name, type: value.set, with: {value: "{{ item.customer }}"}}
    - {id: out, type: file.write, in: {table: totals}, with: {path: out/totals.csv}}
`

const orders = "id,customer,amount\n1,Ada,12\n2,Bob,3\n"

func has(t *testing.T, list []lineage.Origin, o lineage.Origin) {
	t.Helper()
	require.Contains(t, list, o)
}

func TestLineageOfADraft(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/orders.csv", "", []byte(orders)).want(http.StatusOK)
	f := h.create(traced)
	var g lineage.Graph
	answer := h.get("/flows/" + f.ID + "/lineage").want(http.StatusOK)
	require.NotContains(t, string(answer.body), "null")
	answer.into(&g)

	require.Equal(t, []lineage.Input{{Kind: "param", Name: "least", Nodes: []string{"large"}}}, g.Inputs)
	require.Contains(t, g.Edges, lineage.Edge{From: "large", To: "totals", Port: "table", Kind: "data"})
	set, out := g.Dataset("file data/orders.csv"), g.Dataset("file out/totals.csv")
	require.Equal(t, []string{"orders"}, set.Reads)
	require.Equal(t, []string{"out"}, out.Writes)
	require.Equal(t, lineage.Read, g.Node("orders").Port("table").Known)

	from := g.SourcesOf(out.ID, "total")
	has(t, from, lineage.Origin{Dataset: set.ID, Column: "amount", How: []table.How{table.Aggregation, table.ByFilter}})
	has(t, from, lineage.Origin{Dataset: set.ID, Column: "customer", How: []table.How{table.ByGroup, table.BySort}})
	require.Len(t, from, 2)
	targets := g.Targets("orders", "table", "amount")
	has(t, targets, lineage.Origin{Dataset: out.ID, Column: "total", How: []table.How{table.Aggregation, table.ByFilter}})

	// What nobody can say is said.
	code := g.Node("code").Port("result")
	require.True(t, code.Opaque)
	has(t, code.All, lineage.Origin{Node: "large", Port: "table", How: []table.How{table.Transformation}})
	require.Contains(t, g.Gaps, lineage.Gap{Node: "code", Port: "result", Code: lineage.Opaque, Message: "What the code does cannot be told, so that every column may come from all that comes in."})
	// Through containers.
	item := g.Node("each").Port("item")
	require.Equal(t, "customer", item.Columns[0].Name)
	require.Equal(t, "each", g.Node("name").Parent)
	has(t, g.Node("each").Port("results").All, lineage.Origin{Node: "name", Port: "value", How: []table.How{table.Identity}})
}

// A flow within a flow is looked through.
func TestLineageThroughAnotherFlow(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/orders.csv", "", []byte(orders)).want(http.StatusOK)
	h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: inner}
spec:
  nodes:
    - {id: orders, type: file.read, with: {path: data/orders.csv}}
    - {id: more, type: table.derive, in: {table: orders}, with: {columns: [{name: twice, expression: amount * 2}]}}
    - {id: give, type: control.return, in: {value: more}}
`)
	f := h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: outer}
spec:
  nodes:
    - {id: run, type: control.flow, with: {flow: inner}}
    - {id: large, type: table.filter, in: {table: run.result}, with: {where: id > 1}}
    - {id: out, type: file.write, in: {table: large}, with: {path: out/large.csv}}
    - {id: lost, type: control.flow, with: {flow: innner}}
`)
	var g lineage.Graph
	h.get("/flows/" + f.ID + "/lineage").want(http.StatusOK).into(&g)
	require.Equal(t, []string{"run"}, g.Dataset("file data/orders.csv").Reads)
	from := g.SourcesOf("file out/large.csv", "twice")
	has(t, from, lineage.Origin{Dataset: "file data/orders.csv", Column: "amount", How: []table.How{table.Transformation}})
	has(t, from, lineage.Origin{Dataset: "file data/orders.csv", Column: "id", How: []table.How{table.ByFilter}})
	require.Len(t, g.Gaps, 1)
	require.Equal(t, lineage.FlowUnknown, g.Gaps[0].Code)
}

// Columns that only a run can tell are those of the last one.
func TestLineageAfterARun(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/orders.csv", "", []byte(orders)).want(http.StatusOK)
	f := h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: pivoted}
spec:
  nodes:
    - {id: orders, type: file.read, with: {path: data/orders.csv}}
    - {id: wide, type: table.pivot, in: {table: orders}, with: {column: customer, values: [{function: sum, column: amount}]}}
    - {id: out, type: file.write, in: {table: wide}, with: {path: out/wide.csv}}
`)
	var g lineage.Graph
	path := "/flows/" + f.ID + "/lineage"
	h.get(path).want(http.StatusOK).into(&g)
	require.Equal(t, lineage.ColumnsUnknown, g.Gaps[0].Code)
	has(t, g.SourcesOf("file out/wide.csv", ""), lineage.Origin{Dataset: "file data/orders.csv", Column: "amount", How: []table.How{table.Transformation}})
	var run engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
	h.finish(run.ID)
	g = lineage.Graph{}
	h.get(path).want(http.StatusOK).into(&g)
	require.Empty(t, g.Gaps)
	has(t, g.SourcesOf("file out/wide.csv", "Ada"), lineage.Origin{Dataset: "file data/orders.csv", Column: "customer", How: []table.How{table.ByCondition}})
}

func TestLineageOfWhatIsNotThere(t *testing.T) {
	h := build(t)
	f := h.create(traced)
	h.get("/flows/nothing/lineage").problem(http.StatusNotFound, "flow_not_found")
	h.get("/flows/"+f.ID+"/lineage?version=7").problem(http.StatusNotFound, "version_not_found")
	h.do(theirs, http.MethodGet, "/flows/"+f.ID+"/lineage", "", nil).problem(http.StatusNotFound, "flow_not_found")
	h.do(viewer, http.MethodGet, "/flows/"+f.ID+"/lineage", "", nil).want(http.StatusOK)
	h.do(nobody, http.MethodGet, "/flows/"+f.ID+"/lineage", "", nil).want(http.StatusUnauthorized)
}

// Of a flow that is broken it is said where, and that its lineage is incomplete; the rest of it is told.
func TestLineageOfABrokenFlow(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/orders.csv", "", []byte(orders)).want(http.StatusOK)
	f := h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: broken}
spec:
  nodes:
    - {id: orders, type: file.read, with: {path: data/orders.csv}}
    - {id: gone, type: file.read, with: {path: data/gone.csv}}
    - {id: out, type: file.write, in: {table: orders}, with: {path: out/orders.csv}}
    - {id: nothing, type: file.write, in: {table: ordrs}, with: {path: out/nothing.csv}}
    - {id: open, type: file.write, with: {path: out/open.csv}}
    - {id: unnamed, type: file.write, in: {table: orders}, with: {format: csv}}
    - {id: typo, type: file.write, in: {table: orders}, with: {path: "out/{{ params. }}.csv"}}
    - {id: large, type: table.filter, in: {table: orders}, with: {where: "{{ nope( }}"}}
    - {id: rest, type: sql.write, in: {table: large}, with: {connection: lost, table: rest}}
`)
	var g lineage.Graph
	h.get("/flows/" + f.ID + "/lineage").want(http.StatusOK).into(&g)
	require.False(t, g.Complete)
	gaps := map[string][]string{}
	for _, gap := range g.Gaps {
		gaps[gap.Node] = append(gaps[gap.Node], gap.Code)
		require.NotEmpty(t, gap.Message)
	}
	require.Equal(t, []string{lineage.SourceMissing, lineage.ColumnsUnknown}, gaps["gone"])
	for _, id := range []string{"nothing", "open", "unnamed", "typo", "large"} {
		require.Equal(t, []string{lineage.Broken}, gaps[id], id)
	}
	require.Contains(t, gaps["rest"], lineage.SourceMissing)
	require.NotContains(t, gaps, "orders")
	has(t, g.SourcesOf("file out/orders.csv", "amount"), lineage.Origin{Dataset: "file data/orders.csv", Column: "amount", How: []table.How{table.Identity}})

	f = h.create(`apiVersion: dataflow/v1
kind: Flow
metadata: {name: outer-broken}
spec:
  nodes:
    - {id: run, type: control.flow, with: {flow: broken}}
`)
	g = lineage.Graph{}
	h.get("/flows/" + f.ID + "/lineage").want(http.StatusOK).into(&g)
	require.False(t, g.Complete)
	require.Contains(t, g.Gaps[0].Message, "In the flow broken, ")
}
