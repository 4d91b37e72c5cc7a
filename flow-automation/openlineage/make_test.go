package openlineage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/table"
)

// wide is a flow in which code stands between a file and another, each of so many columns.
func wide(n int) *lineage.Graph {
	g := &lineage.Graph{
		Nodes: []lineage.Node{
			{ID: "read", Ports: []lineage.Port{{Name: "table"}}},
			{ID: "code", Ports: []lineage.Port{{Name: "result", Opaque: true}}},
		},
		Datasets: []lineage.Dataset{{ID: "file in", Namespace: "file", Name: "in", Reads: []string{"read"}}, {ID: "file out", Namespace: "file", Name: "out", Writes: []string{"write"}}},
	}
	all := []lineage.Origin{{Node: "read", Port: "table", How: []table.How{table.Transformation}}}
	for i := range n {
		name := fmt.Sprintf("column_%d", i)
		g.Datasets[0].Columns = append(g.Datasets[0].Columns, lineage.Column{Name: name})
		g.Datasets[1].Columns = append(g.Datasets[1].Columns, lineage.Column{Name: name, From: []lineage.Origin{{Node: "code", Port: "result", Column: name, How: []table.How{table.Identity}}}})
		read, code := &g.Nodes[0].Ports[0], &g.Nodes[1].Ports[0]
		read.Columns = append(read.Columns, lineage.Column{Name: name, From: []lineage.Origin{{Dataset: "file in", Column: name, How: []table.How{table.Identity}}}})
		code.Columns = append(code.Columns, lineage.Column{Name: name, From: all})
	}
	return g
}

// What comes out of code is told once, not once for each column.
func TestColumnsBehindCode(t *testing.T) {
	m := &maker{namespace: "dataflow"}
	of := made{run: engine.Run{}, graph: wide(1000), columns: map[string]columnFacet{}}
	began := time.Now()
	e := m.event(start, of)
	f, ok := e.Outputs[0].Facets["columnLineage"].(columnFacet)
	require.True(t, ok)
	require.Len(t, f.Dataset, 1000)
	require.Len(t, f.Fields, 1000)
	require.Empty(t, f.Fields["column_1"].InputFields)
	require.Equal(t, []transformation{{"DIRECT", "TRANSFORMATION"}}, f.Dataset[0].Transformations)
	require.Less(t, time.Since(began), 5*time.Second)
}

// Data whose name an expression is yet to give is left out, also as what columns come from.
func TestDataWithoutANameIsLeftOut(t *testing.T) {
	m := &maker{namespace: "dataflow"}
	for _, open := range []func(d *lineage.Dataset){
		func(d *lineage.Dataset) { d.Name = "shop.{{ nodes.pick.value }}" },
		func(d *lineage.Dataset) { d.Namespace = "connection://{{ params.where }}" },
	} {
		g := wide(3)
		open(&g.Datasets[0])
		e := m.event(start, made{graph: g, columns: map[string]columnFacet{}})
		require.Empty(t, e.Inputs)
		require.Len(t, e.Outputs, 1)
		f, ok := e.Outputs[0].Facets["columnLineage"].(columnFacet)
		require.True(t, ok)
		require.Empty(t, f.Dataset)
	}
}

// What would be too large is counted rather than made.
func TestColumnsThatAreTooMany(t *testing.T) {
	m := &maker{namespace: "dataflow"}
	g := wide(300)
	for i := range g.Datasets[1].Columns { // every column is made of each one by one
		from := &g.Datasets[1].Columns[i].From
		*from = nil
		for _, c := range g.Datasets[0].Columns {
			*from = append(*from, lineage.Origin{Dataset: "file in", Column: c.Name, How: []table.How{table.Transformation}})
		}
	}
	said := 0
	g.Datasets[0].Name = strings.Repeat("n", 20)
	of := made{graph: g, columns: map[string]columnFacet{}, tooMany: func() { said++ }}
	for range 2 {
		e := m.event(start, of)
		require.NotContains(t, e.Outputs[0].Facets, "columnLineage")
		require.Contains(t, e.Outputs[0].Facets, "schema")
	}
	require.Equal(t, 1, said)
}

// An event that is too large loses first where columns come from, then the columns, and in the end all data.
func TestEventIsShrunk(t *testing.T) {
	event := func(columns, schema, name int) string {
		f := map[string]any{"columnLineage": strings.Repeat("c", columns), "schema": strings.Repeat("s", schema)}
		body, err := shrunk(Event{Outputs: []Dataset{{Name: strings.Repeat("n", name), Facets: f}}}, func() {})
		require.NoError(t, err)
		require.LessOrEqual(t, len(body), mostBytes)
		return fmt.Sprint(strings.Contains(string(body), "cc"), strings.Contains(string(body), "ss"), strings.Contains(string(body), "nn"))
	}
	require.Equal(t, "true true true", event(9, 9, 9))
	require.Equal(t, "false true true", event(mostBytes, 9, 9))
	require.Equal(t, "false false true", event(9, mostBytes, 9))
	require.Equal(t, "false false false", event(9, 9, mostBytes))
}
