package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/flow"
)

const naming = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: naming}
spec:
  nodes:
    - {id: rows, type: sql.read, with: {connection: shop, query: "SELECT TOP 3 * FRM [x]"}}
    - id: each
      type: control.map
      in: {items: rows}
      nodes:
        - {id: put, type: keys.read, with: {connection: shop, pattern: "*"}}
`

// about gives what is said of a node.
func about(problems []flow.Problem, id string) []flow.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p flow.Problem) bool { return p.Node != id })
}

// Connections that are not there, or lead elsewhere, are warned of when a flow is saved, and keep it from being published. Those of
// other tenants do not count.
func TestConnectionsAreLookedForBeforeARun(t *testing.T) {
	h := build(t)
	make := func(who, name, kind string, config map[string]any) {
		t.Helper()
		h.do(who, http.MethodPost, "/connections", jsonDoc, marshal(t, api.NewConnection{Name: name, Kind: kind, Draft: connection.Draft{Config: config}})).want(http.StatusCreated)
	}
	postgres := map[string]any{"host": "127.0.0.1", "database": "d", "user": "u"}
	make(theirs, "shop", "postgres", postgres)
	make(ours, "shops", "postgres", postgres)

	f := h.create(naming)
	found := f.Draft.Analysis.Problems
	for _, id := range []string{"rows", "put"} {
		said := about(found, id)
		require.Len(t, said, 1, "%+v", found)
		p := said[0]
		require.Equal(t, []any{flow.Warning, "connection_not_found", "with.connection", true}, []any{p.Severity, p.Code, p.Field, p.Unpublishable})
		require.Positive(t, p.Line)
		require.True(t, strings.HasPrefix(p.Message, `There is no connection "shop". Did you mean "shops"? Make it under Connections`), p.Message)
		require.Contains(t, p.MessageZH, `没有名为“shop”的连接（您是指 "shops"？）`)
	}
	text := h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).problem(http.StatusUnprocessableEntity, flow.CodeForce)
	require.Contains(t, text, `There is no connection \"shop\"`)
	require.Contains(t, text, `"field":"with.connection"`)
	h.do(theirs, http.MethodPost, "/validate", yamlDoc, []byte(naming)).want(http.StatusOK)

	make(ours, "shop", "postgres", postgres)
	var now api.Analysis
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(naming)).want(http.StatusOK).into(&now)
	require.Empty(t, about(now.Problems, "rows"), "its SQL is the database's")
	said := about(now.Problems, "put")
	require.Len(t, said, 1)
	require.Equal(t, []any{flow.Warning, "connection_unfit", "with.connection", true}, []any{said[0].Severity, said[0].Code, said[0].Field, said[0].Unpublishable})
	require.Contains(t, said[0].Message, `The connection "shop" leads to PostgreSQL, which cannot do what this step asks of it. Choose one to Redis;`)
	require.Contains(t, said[0].MessageZH, "Redis")
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).problem(http.StatusUnprocessableEntity, flow.CodeForce)

	fit := strings.Replace(naming, "type: keys.read, with: {connection: shop", `type: keys.read, with: {connection: "{{ item.cache }}"`, 1)
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(fit)).want(http.StatusOK).into(&now)
	require.Empty(t, now.Problems, "a run knows which")
	fit = strings.Replace(fit, "name: naming", "name: fit", 1)
	h.post("/flows/"+h.create(fit).ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
}

// What may still come into being can be published by force, and refuses nothing that was published so before.
func TestPublishingByForce(t *testing.T) {
	h := build(t)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: early}
spec:
  nodes:
    - {id: rows, type: sql.read, with: {connection: shop, query: "SELECT 1"}}
`
	f := h.create(text)
	save := func(text string) (d api.Draft) {
		t.Helper()
		var now api.Flow
		h.get("/flows/" + f.ID).want(http.StatusOK).into(&now)
		h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(text), "If-Match", strconv.Quote(strconv.FormatInt(now.Draft.Revision, 10))).want(http.StatusOK).into(&d)
		return d
	}
	publish := func(force bool) answer {
		t.Helper()
		return h.post("/flows/"+f.ID+"/publish", api.PublishBody{Force: force})
	}
	said := publish(false).problem(http.StatusUnprocessableEntity, flow.CodeForce)
	require.Contains(t, said, "publishing has to be forced")
	require.Contains(t, said, "--force")
	publish(true).want(http.StatusCreated)

	d := save(strings.Replace(text, "SELECT 1", "SELECT 2", 1))
	require.Len(t, d.Analysis.Problems, 1, "it is still warned of")
	p := d.Analysis.Problems[0]
	require.False(t, p.Unpublishable)
	require.True(t, strings.HasSuffix(p.Message, "until then this step fails"), p.Message)
	require.True(t, strings.HasSuffix(p.MessageZH, "在此之前该步骤会失败"), p.MessageZH)
	var a api.Analysis
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(text)).want(http.StatusOK).into(&a)
	require.False(t, a.Problems[0].Unpublishable, "it is a draft of the flow of this name")
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(strings.Replace(text, "early", "another", 1))).want(http.StatusOK).into(&a)
	require.True(t, a.Problems[0].Unpublishable)
	publish(false).want(http.StatusCreated)

	more := text + `    - {id: more, type: sql.read, with: {connection: shop, query: "SELECT 1"}}` + "\n"
	save(more)
	said = publish(false).problem(http.StatusUnprocessableEntity, flow.CodeForce)
	require.Contains(t, said, `"node":"more"`)
	require.NotContains(t, said, `"node":"rows"`)
	save(more + `    - {id: wrong, type: no.such, with: {}}` + "\n")
	publish(true).problem(http.StatusUnprocessableEntity, flow.CodeInvalid)
}

// By force that draft is published which people have seen refused, and no other.
func TestPublishingWhatWasSeen(t *testing.T) {
	h := build(t)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: seen}
spec:
  nodes:
    - {id: rows, type: sql.read, with: {connection: shop, query: "SELECT 1"}}
`
	f := h.create(text)
	seen := f.Draft.Revision
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{Revision: seen}).problem(http.StatusUnprocessableEntity, flow.CodeForce)
	var d api.Draft
	h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(text+`    - {id: more, type: sql.read, with: {connection: shop, query: "SELECT 1"}}`+"\n"), "If-Match", fmt.Sprint(seen)).want(http.StatusOK).into(&d)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{Force: true, Revision: seen}).problem(http.StatusConflict, "draft_conflict")
	var now api.Flow
	h.get("/flows/" + f.ID).want(http.StatusOK).into(&now)
	require.Zero(t, now.PublishedVersion)
	said := h.post("/flows/"+f.ID+"/publish", api.PublishBody{Revision: d.Revision}).problem(http.StatusUnprocessableEntity, flow.CodeForce)
	require.Contains(t, said, `"node":"more"`)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{Force: true, Revision: d.Revision}).want(http.StatusCreated)
}

// A draft opens, is saved, checked and published where nobody can read what is published.
func TestPublishedVersionsThatCannotBeRead(t *testing.T) {
	h := build(t)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: later}
spec:
  nodes:
    - {id: rows, type: value.set, with: {value: 1}}
`
	f := h.create(text)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	_, err := h.db.Write.ExecContext(t.Context(), `UPDATE automation_versions SET document = json_set(document, '$.invented', 1) WHERE flow_id = ?`, f.ID)
	require.NoError(t, err)
	var now api.Flow
	h.get("/flows/" + f.ID).want(http.StatusOK).into(&now)
	require.Empty(t, now.Draft.Analysis.Problems)
	text2 := strings.Replace(text, "value: 1", "value: 2", 1)
	h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(text2)).want(http.StatusOK)
	h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(text2), "If-Match", fmt.Sprint(now.Draft.Revision)).want(http.StatusOK)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
}

// What is wrong with SQL keeps a flow from running; columns that are not there are warned of, by what files hold now.
func TestTablesAreForeseen(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data/n.csv", "", []byte("n,word\n2,x\n")).want(http.StatusOK)
	h.do(theirs, http.MethodPut, "/files/data/n.csv", "", []byte("m,word\n2,x\n")).want(http.StatusOK)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: foreseen}
spec:
  nodes:
    - {id: read, type: file.read, with: {path: data/n.csv}}
    - {id: where, type: table.filter, in: {table: read}, with: {where: "n > 1"}}
`
	check := func(who, where string) []flow.Problem {
		t.Helper()
		var a api.Analysis
		h.do(who, http.MethodPost, "/validate", yamlDoc, []byte(strings.Replace(text, "n > 1", where, 1))).want(http.StatusOK).into(&a)
		return a.Problems
	}
	require.Empty(t, check(ours, "n > 1"))
	foreign := check(theirs, "n > 1")
	require.Len(t, foreign, 1)
	require.Equal(t, []any{flow.Warning, "column_unknown", "where", "with.where", false}, []any{foreign[0].Severity, foreign[0].Code, foreign[0].Node, foreign[0].Field, foreign[0].Unpublishable})
	require.Positive(t, foreign[0].Line)
	wrong := check(ours, "n > > AND 1")
	require.Len(t, wrong, 1, "%+v", wrong)
	require.Equal(t, []any{flow.Error, "sql_invalid", "with.where"}, []any{wrong[0].Severity, wrong[0].Code, wrong[0].Field})
	require.Len(t, check(ours, "n > (1"), 1, "said once")

	f := h.create(strings.Replace(text, "n > 1", "m > 1", 1))
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	g := h.create(strings.Replace(strings.Replace(text, "n > 1", "n n n", 1), "name: foreseen", "name: broken", 1))
	h.post("/flows/"+g.ID+"/publish", api.PublishBody{}).problem(http.StatusUnprocessableEntity, flow.CodeInvalid)
	h.post("/flows/"+g.ID+"/runs", api.StartRunBody{}).problem(http.StatusUnprocessableEntity, flow.CodeInvalid)
}

// Columns of a source beyond the network are those that it had when somebody looked at it last.
func TestColumnsThatWereSeenAreForeseen(t *testing.T) {
	h := newCopying(t)
	const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: seen}
spec:
  nodes:
    - {id: read, type: sql.read, with: {connection: shop, table: src}}
    - {id: more, type: table.derive, in: {table: read}, with: {columns: [{name: x, expression: "idd * 2"}]}}
    - {id: agreed, type: sql.read, with: {connection: shop, table: src}, contract: {table: {columns: [{name: id, type: BIGINT}], new: add}}}
    - {id: few, type: table.sort, in: {table: agreed}, with: {by: [{column: regon}]}}
`
	f := h.create(text)
	require.Empty(t, f.Draft.Analysis.Problems, "nobody has looked yet")
	look := func(anew bool) (got api.NodePreview) {
		t.Helper()
		h.post("/flows/"+f.ID+"/preview", api.PreviewBody{Node: "read", Anew: anew}).want(http.StatusOK).into(&got)
		require.Nil(t, got.Problem)
		return got
	}
	check := func() (said []string) {
		t.Helper()
		var a api.Analysis
		h.do(ours, http.MethodPost, "/validate", yamlDoc, []byte(text)).want(http.StatusOK).into(&a)
		for _, p := range a.Problems {
			require.Equal(t, []any{flow.Warning, "column_unknown"}, []any{p.Severity, p.Code}, p.Message)
			said = append(said, p.Node+" "+p.Field+" "+p.Message)
		}
		return said
	}
	require.Len(t, look(false).Table.Columns, 2)
	require.Equal(t, []string{
		`more with.columns[0].expression Line 1, column 1: There is no column "idd". Did you mean "id"?`,
		`few with.by[0].column There is no column "regon". Did you mean "region"?`,
	}, check())

	h.exec("shop", "ALTER TABLE src RENAME COLUMN id TO idd", "ALTER TABLE src RENAME COLUMN region TO regon")
	require.Equal(t, "id", look(false).Table.Columns[0].Name, "it was looked at a moment ago")
	require.Len(t, check(), 2)
	require.Equal(t, "idd", look(true).Table.Columns[0].Name)
	require.Equal(t, "idd", look(false).Table.Columns[0].Name)
	require.Empty(t, check())
}
