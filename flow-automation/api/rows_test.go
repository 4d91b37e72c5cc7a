package api_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/table"
)

// kinds makes a table of many types.
const kinds = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: kinds}
spec:
  nodes:
    - id: read
      type: file.read
      with: {path: data/n.csv}
    - id: all
      type: table.sql
      keep: true
      in: {n: read}
      with:
        query: |
          SELECT n, n / 2 AS half, 'text ' || n AS text, n > 1 AS yes, DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 12:00:00.5' AS at,
            TIMESTAMPTZ '2024-02-29 12:00:00+02' AS zoned, CAST(n AS DECIMAL(20, 3)) AS exact, [n, NULL] AS list, {'a': n} AS pair,
            CASE WHEN n = 2 THEN NULL ELSE n END AS gaps, 'x'::BLOB AS bytes
          FROM n ORDER BY n
`

func TestRowsAsArrow(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n\n1\n2\n3\n")).want(http.StatusOK)
	f := h.create(kinds)
	var run engine.Run
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted).into(&run)
	h.finish(run.ID)
	var graph api.RunGraph
	h.get("/runs/" + run.ID + "/graph").into(&graph)
	id := ""
	for _, s := range graph.Steps {
		if s.NodeID == "all" {
			id = s.Outputs["table"].Artifact.ID
		}
	}
	rows := "/artifacts/" + id + "/rows"
	ask := func(query string) answer {
		return h.do(ours, http.MethodGet, rows+query, "", nil, "Accept", table.ArrowMediaType)
	}
	got := ask(`?sort=-n&limit=2&filter=[{"column":"n","op":"%3E","value":"1"}]`).want(http.StatusOK)
	require.Equal(t, table.ArrowMediaType, got.header.Get("Content-Type"))
	require.Equal(t, "2", got.header.Get("X-Total-Rows"))
	r, err := ipc.NewReader(bytes.NewReader(got.body))
	require.NoError(t, err)
	defer r.Release()
	var types []string
	for _, field := range r.Schema().Fields() {
		types = append(types, field.Name+" "+field.Type.String())
	}
	require.Equal(t, []string{
		"n int64", "half float64", "text utf8", "yes bool", "day date32", "at timestamp[us]", "zoned timestamp[us, tz=UTC]", "exact decimal(20, 3)",
		"list utf8", "pair utf8", "gaps int64", "bytes binary",
	}, types)
	require.True(t, r.Next())
	batch := r.RecordBatch()
	require.EqualValues(t, 2, batch.NumRows())
	require.Equal(t, "[3 2]", batch.Column(0).String())
	require.Equal(t, "[3 (null)]", batch.Column(10).String())
	require.Equal(t, `["text 3" "text 2"]`, batch.Column(2).String())
	require.Equal(t, `["[3,null]" "[2,null]"]`, batch.Column(8).String())
	require.Equal(t, `["{\"a\":3}" "{\"a\":2}"]`, batch.Column(9).String())
	require.Equal(t, "3", batch.Column(7).ValueStr(0))
	require.Equal(t, "2024-02-29", batch.Column(4).ValueStr(0))
	require.Equal(t, "2024-02-29T12:00:00.5Z", batch.Column(5).ValueStr(0))
	require.Equal(t, "2024-02-29T10:00:00Z", batch.Column(6).ValueStr(0))
	require.False(t, r.Next())

	whole := h.get("/artifacts/" + id + "?format=arrow").want(http.StatusOK)
	require.Equal(t, table.ArrowMediaType, whole.header.Get("Content-Type"))
	r, err = ipc.NewReader(bytes.NewReader(whole.body))
	require.NoError(t, err)
	require.True(t, r.Next())
	require.EqualValues(t, 3, r.RecordBatch().NumRows())

	require.Contains(t, string(h.get(rows).want(http.StatusOK).body), `"total":3`, "JSON, unless Arrow is asked for")
	ask("?sort=nobody").problem(http.StatusUnprocessableEntity, "column_unknown")
	empty := ask("?offset=10").want(http.StatusOK)
	r, err = ipc.NewReader(bytes.NewReader(empty.body))
	require.NoError(t, err)
	require.Len(t, r.Schema().Fields(), 12)
}
