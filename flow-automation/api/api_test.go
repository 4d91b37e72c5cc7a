package api_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

const hello = `# greets
apiVersion: dataflow/v1
kind: Flow
metadata: {name: hello, title: Hello}
spec:
  params:
    who: {type: string, default: world} # whom
  triggers:
    - {id: hook, type: webhook, with: {path: in/hello}}
  nodes:
    - id: greet
      type: value.set
      with: {value: "hello {{ params.who }}"}
`

const numbers = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: numbers}
spec:
  nodes:
    - id: read
      type: file.read
      with: {path: data/n.csv}
    - id: big
      type: table.filter
      in: {table: read}
      with: {where: n > 1}
`

func TestFlowLife(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	require.Equal(t, "hello", f.Name)
	require.Empty(t, f.Draft.Analysis.Problems)
	require.Contains(t, f.Draft.YAML, "# whom")
	require.NotEmpty(t, f.Draft.Analysis.Nodes["greet"].Outputs)

	// JSON from the canvas keeps the comments of the text.
	f.Draft.Document.Metadata.Title = "Hallo"
	body := map[string]any{"document": f.Draft.Document}
	raw := h.post("/validate", body).want(http.StatusOK)
	require.Contains(t, string(raw.body), `"problems":[]`)
	var d api.Draft
	save := h.put("/flows/"+f.ID+"/draft", body, "If-Match", `"1"`).want(http.StatusOK)
	save.into(&d)
	require.Equal(t, `"2"`, save.header.Get("ETag"))
	require.Contains(t, d.YAML, "# whom")
	require.Contains(t, d.YAML, "Hallo")
	h.put("/flows/"+f.ID+"/draft", body, "If-Match", "1").problem(http.StatusConflict, "draft_conflict")
	h.put("/flows/"+f.ID+"/draft", body, "If-Match", "new").problem(http.StatusUnprocessableEntity, "revision_invalid")
	h.put("/flows/"+f.ID+"/draft", body).want(http.StatusUnprocessableEntity)

	// An unfinished graph is kept with its problems; text that is no flow is not.
	broken := strings.Replace(hello, "value.set", "value.sett", 1)
	h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(broken), "If-Match", "2").want(http.StatusOK).into(&d)
	require.Equal(t, "unknown_type", d.Analysis.Problems[0].Code)
	require.Equal(t, 12, d.Analysis.Problems[0].Line)
	text := h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte("kind: [x"), "If-Match", "3").problem(http.StatusUnprocessableEntity, "yaml_invalid")
	require.Contains(t, text, `"line"`)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).problem(http.StatusUnprocessableEntity, "flow_invalid")
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).problem(http.StatusUnprocessableEntity, "flow_invalid")

	h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(hello), "If-Match", "3").want(http.StatusOK)
	var v api.FlowVersion
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{Note: "first"}).want(http.StatusCreated).into(&v)
	require.Equal(t, 1, v.Version)
	h.do(ours, http.MethodPut, "/flows/"+f.ID+"/draft", yamlDoc, []byte(broken), "If-Match", "4").want(http.StatusOK)
	h.get("/flows/" + f.ID).want(http.StatusOK).into(&f)
	require.True(t, f.DraftChanged)
	h.post("/flows/"+f.ID+"/versions/1/restore", nil).want(http.StatusOK).into(&d)
	require.Equal(t, hello, d.YAML)
	require.Contains(t, string(h.get("/flows/"+f.ID+"/versions").want(http.StatusOK).body), `"first"`)
	require.Contains(t, string(h.get("/flows/"+f.ID+"/versions/1").want(http.StatusOK).body), "# greets")
	h.get("/flows/"+f.ID+"/versions/2").problem(http.StatusNotFound, "version_not_found")

	var copied api.Flow
	h.post("/flows/"+f.ID+"/duplicate", api.DuplicateBody{Title: "Copy"}).want(http.StatusCreated).into(&copied)
	require.Equal(t, "hello-2", copied.Name)
	require.Contains(t, copied.Draft.YAML, "# whom")
	h.post("/flows/"+copied.ID+"/publish", api.PublishBody{}).problem(http.StatusConflict, "webhook_path_taken")
	h.do(ours, http.MethodPost, "/flows", yamlDoc, []byte(hello)).problem(http.StatusConflict, "flow_name_taken")
	h.do(ours, http.MethodDelete, "/flows/"+f.ID, "", nil).want(http.StatusNoContent)
	h.get("/flows/"+f.ID).problem(http.StatusNotFound, "flow_not_found")
}

func (h *house) put(path string, body any, headers ...string) answer {
	h.t.Helper()
	return h.do(ours, http.MethodPut, path, jsonDoc, marshal(h.t, body), headers...)
}

func TestBadDocuments(t *testing.T) {
	h := build(t)
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		code, contains    string
	}{
		"empty":              {yamlDoc, "", http.StatusBadRequest, "body_required", ""},
		"broken yaml":        {yamlDoc, "kind: [", http.StatusUnprocessableEntity, "yaml_invalid", `"line"`},
		"unknown field":      {yamlDoc, strings.Replace(hello, "title: Hello", "titel: x", 1), http.StatusUnprocessableEntity, "yaml_invalid", "title"},
		"no name":            {yamlDoc, strings.Replace(hello, "name: hello, ", "", 1), http.StatusUnprocessableEntity, "name_missing", "metadata.name"},
		"broken json":        {jsonDoc, `{"document":`, http.StatusBadRequest, "json_invalid", ""},
		"no document":        {jsonDoc, `{}`, http.StatusUnprocessableEntity, "document_missing", "application/yaml"},
		"something else":     {jsonDoc, `{"flow":{}}`, http.StatusBadRequest, "json_invalid", "flow"},
		"document is a text": {jsonDoc, `{"document":"x"}`, http.StatusUnprocessableEntity, "json_invalid", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			text := h.do(ours, http.MethodPost, "/flows", c.contentType, []byte(c.body)).problem(c.status, c.code)
			require.Contains(t, text, c.contains)
		})
	}
	h.t = t
	require.Contains(t, string(h.get("/flows").want(http.StatusOK).body), `"items":[]`, "nothing half-written")
}

func TestRunAndItsData(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/data%2Fn.csv", "", []byte("n,s\n1,a\n2,b\n3,c\n")).want(http.StatusOK)
	f := h.create(numbers)
	var run engine.Run
	started := h.post("/flows/"+f.ID+"/runs", api.StartRunBody{}).want(http.StatusAccepted)
	started.into(&run)
	require.Equal(t, base+"/runs/"+run.ID, started.header.Get("Location"))
	require.Equal(t, engine.Succeeded, h.finish(run.ID).Status)

	var graph api.RunGraph
	h.get("/runs/" + run.ID + "/graph").want(http.StatusOK).into(&graph)
	require.Len(t, graph.Steps, 2)
	ref := graph.Steps[1].Outputs["table"].Artifact
	require.NotNil(t, ref)
	rows := "/artifacts/" + ref.ID
	var page table.Page
	h.get(rows + "/rows?sort=-n&limit=1").want(http.StatusOK).into(&page)
	require.Equal(t, int64(2), page.Total)
	require.JSONEq(t, `[3,"c"]`, string(page.Rows[0]))
	h.get(rows + `/rows?filter=[{"column":"s","op":"=","value":"b"}]`).want(http.StatusOK).into(&page)
	require.Equal(t, int64(1), page.Total)
	h.get(rows+"/rows?filter=x").problem(http.StatusUnprocessableEntity, "query_invalid")
	require.Contains(t, string(h.get(rows+"/profile").want(http.StatusOK).body), `"rows":2`)
	h.get(rows+"/json").problem(http.StatusConflict, "artifact_not_json")
	csv := h.get(rows + "?format=csv&name=big").want(http.StatusOK)
	require.Equal(t, "attachment; filename=big.csv", csv.header.Get("Content-Disposition"))
	require.Equal(t, "n,s\n2,b\n3,c\n", string(csv.body))
	require.True(t, strings.HasPrefix(string(h.get(rows).want(http.StatusOK).body), "PAR1"))

	var list api.List[engine.Run]
	h.get("/runs?flow_id=" + f.ID + "&status=succeeded,failed").want(http.StatusOK).into(&list)
	require.Len(t, list.Items, 1)
	h.get("/runs?status=done").problem(http.StatusUnprocessableEntity, "status_invalid")
	require.Contains(t, string(h.get("/runs/counts").want(http.StatusOK).body), `"succeeded":1`)
	h.get("/runs/" + run.ID + "/logs").want(http.StatusOK)
	h.post("/runs/"+run.ID+"/cancel", nil).problem(http.StatusConflict, "run_finished")
	h.get("/flows/" + f.ID).want(http.StatusOK).into(&f)
	require.Equal(t, run.ID, f.LastRun.ID)
	var value api.Evaluation
	h.post("/expressions/evaluate", api.EvaluateBody{FlowID: f.ID, Text: "{{ nodes.big.table.rows + 1 }}"}).want(http.StatusOK).into(&value)
	require.InDelta(t, 3, value.Value, 0)
	h.post("/expressions/evaluate", api.EvaluateBody{FlowID: f.ID, Text: "{{ 1 + }}"}).want(http.StatusOK).into(&value)
	require.NotNil(t, value.Problem)
}

func TestParametersAndIdempotency(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	h.post("/flows/"+f.ID+"/runs", api.StartRunBody{Params: map[string]any{"whom": "x"}}).problem(http.StatusUnprocessableEntity, "params_invalid")
	body := marshal(t, api.StartRunBody{Params: map[string]any{"who": "you"}})
	var first, second engine.Run
	h.do(ours, http.MethodPost, "/flows/"+f.ID+"/runs", jsonDoc, body, "Idempotency-Key", "k").want(http.StatusAccepted).into(&first)
	h.do(ours, http.MethodPost, "/flows/"+f.ID+"/runs", jsonDoc, body, "Idempotency-Key", "k").want(http.StatusAccepted).into(&second)
	require.Equal(t, first.ID, second.ID)
	h.finish(first.ID)
	require.Contains(t, string(h.get("/runs/"+first.ID+"/steps").body), "hello you")
	var loose engine.Run
	h.post("/runs", api.StartDocumentBody{YAML: hello}).want(http.StatusAccepted).into(&loose)
	require.Equal(t, engine.Succeeded, h.finish(loose.ID).Status)
	h.post("/runs", api.StartDocumentBody{}).problem(http.StatusUnprocessableEntity, "document_missing")
}

func TestEvents(t *testing.T) {
	h := build(t)
	var run engine.Run
	h.post("/runs", api.StartDocumentBody{YAML: hello}).want(http.StatusAccepted).into(&run)
	events := h.get("/runs/" + run.ID + "/events").want(http.StatusOK) // ends with the run
	require.Equal(t, "text/event-stream", events.header.Get("Content-Type"))
	names := map[string]int{}
	lines := bufio.NewScanner(strings.NewReader(string(events.body)))
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			names[name]++
		}
	}
	require.NotZero(t, names["run"])
	require.NotZero(t, names["step"])
	require.Contains(t, string(events.body), `"status":"succeeded"`)
	h.get("/runs/nothing/events").problem(http.StatusNotFound, "run_not_found")
}

const skipping = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: skipping}
spec:
  nodes:
    - {id: one, type: file.read, with: {path: bad.csv, bad_rows: skip}}
    - {id: two, type: file.read, after: [one], with: {path: bad.csv, bad_rows: skip}}
`

// Whoever lost the connection goes on behind the last line that came, whatever the server has sent to others meanwhile.
func TestEventsGoOnWhereTheyBroke(t *testing.T) {
	h := build(t)
	h.do(ours, http.MethodPut, "/files/bad.csv", "", []byte("a,b\n1,2\n3\n")).want(http.StatusOK)
	var run engine.Run
	h.post("/runs", api.StartDocumentBody{YAML: skipping}).want(http.StatusAccepted).into(&run)
	require.Equal(t, engine.Succeeded, h.finish(run.ID).Status)
	logs := func(last string) (ids, lines []string) {
		for block := range strings.SplitSeq(string(h.do(ours, http.MethodGet, "/runs/"+run.ID+"/events", "", nil, "Last-Event-ID", last).want(http.StatusOK).body), "\n\n") {
			id, _, found := strings.Cut(strings.TrimPrefix(block, "id: "), "\n")
			if strings.Contains(block, "event: log\n") {
				require.True(t, found)
				ids, lines = append(ids, id), append(lines, block)
			} else {
				require.NotContains(t, block, "id: ", "a state takes no place among the lines")
			}
		}
		return ids, lines
	}
	ids, _ := logs("")
	require.Len(t, ids, 2)
	require.Equal(t, "2", ids[1])
	_, lines := logs(ids[0])
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], `"node_id":"two"`)
	_, lines = logs(ids[1])
	require.Empty(t, lines)
}

func TestWebhooks(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	h.do(nobody, http.MethodPost, "/hooks/in/hello", jsonDoc, nil).problem(http.StatusNotFound, "webhook_not_found")
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	var got api.HookAnswer
	h.do(nobody, http.MethodPost, "/hooks/in/hello", jsonDoc, []byte(`{}`)).want(http.StatusAccepted).into(&got)
	h.finish(got.RunID)
	h.do(nobody, http.MethodPost, "/hooks/in/hello?wait=20s", jsonDoc, []byte(`{}`)).want(http.StatusOK).into(&got)
	require.Equal(t, engine.Succeeded, got.Status)
	require.Empty(t, got.Outputs, "anybody may call; what a run gives is told only where its flow says so")
	open := h.create(strings.NewReplacer("in/hello", "in/open", "name: hello", "name: open").Replace(strings.Replace(hello, "path: in/hello", "path: in/hello, respond: outputs", 1)))
	h.post("/flows/"+open.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	h.do(nobody, http.MethodPost, "/hooks/in/open?wait=20s", jsonDoc, []byte(`{}`)).want(http.StatusOK).into(&got)
	require.JSONEq(t, `"hello world"`, string(got.Outputs["greet"]["value"]))
	h.do(nobody, http.MethodGet, "/hooks/in/hello", "", nil).problem(http.StatusMethodNotAllowed, "webhook_method")
	h.do(nobody, http.MethodPost, "/hooks/in/hello?wait=1y", "", nil).problem(http.StatusUnprocessableEntity, "query_invalid")
	h.do(ours, http.MethodDelete, "/flows/"+f.ID, "", nil).want(http.StatusNoContent)
	h.do(nobody, http.MethodPost, "/hooks/in/hello", jsonDoc, nil).problem(http.StatusNotFound, "webhook_not_found")
}

// A webhook starts what was published last, from the next call on.
func TestWebhookOfTheNewVersion(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	version := func() int {
		var got api.HookAnswer
		h.do(nobody, http.MethodPost, "/hooks/in/hello?wait=20s", jsonDoc, []byte(`{}`)).want(http.StatusOK).into(&got)
		return h.finish(got.RunID).FlowVersion
	}
	require.Equal(t, 1, version())
	require.Equal(t, 1, version())
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	require.Equal(t, 2, version())
}

// A caller's key tells its events apart to the last byte, however long it is.
func TestKeysOfWebhooks(t *testing.T) {
	h := build(t)
	f := h.create(hello)
	h.post("/flows/"+f.ID+"/publish", api.PublishBody{}).want(http.StatusCreated)
	call := func(key string) string {
		var got api.HookAnswer
		h.do(nobody, http.MethodPost, "/hooks/in/hello", jsonDoc, []byte(`{}`), "Idempotency-Key", key).want(http.StatusAccepted).into(&got)
		return got.RunID
	}
	long := strings.Repeat("k", 300)
	require.Equal(t, call("short"), call("short"))
	require.Equal(t, call(long+"1"), call(long+"1"))
	require.NotEqual(t, call(long+"1"), call(long+"2"))
}

func TestFiles(t *testing.T) {
	h := build(t)
	for _, name := range []string{"a/one.csv", "a/two.html", "a-1.csv", "a.csv", "b.txt"} {
		h.do(ours, http.MethodPut, "/files/"+name, "", []byte("<script>")).want(http.StatusOK)
	}
	var list api.List[files.Info]
	h.get("/files?prefix=a/&limit=1").want(http.StatusOK).into(&list)
	require.Equal(t, "a/one.csv", list.Items[0].Name)
	h.get("/files?prefix=a/&limit=1&cursor=" + list.Next).want(http.StatusOK).into(&list)
	require.Equal(t, "a/two.html", list.Items[0].Name)
	require.Empty(t, list.Next)
	var names []string
	for cursor := ""; ; cursor = list.Next { // page by page, each once
		list = api.List[files.Info]{}
		h.get("/files?limit=1&cursor=" + cursor).want(http.StatusOK).into(&list)
		names = append(names, list.Items[0].Name)
		if list.Next == "" {
			break
		}
	}
	require.Equal(t, []string{"a-1.csv", "a.csv", "a/one.csv", "a/two.html", "b.txt"}, names)
	html := h.get("/files/a/two.html").want(http.StatusOK)
	require.Contains(t, html.header.Get("Content-Disposition"), "attachment", "never shown in our origin")
	require.Contains(t, html.header.Get("Content-Security-Policy"), "sandbox")
	h.get("/files/..%2F..%2Fetc%2Fpasswd").problem(http.StatusUnprocessableEntity, "path_outside")
	h.get("/files/a/onee.csv").problem(http.StatusNotFound, "file_not_found")
	h.do(ours, http.MethodDelete, "/files/b.txt", "", nil).want(http.StatusNoContent)
	h.get("/files/b.txt").problem(http.StatusNotFound, "file_not_found")
}

func TestCatalogue(t *testing.T) {
	h := build(t)
	var types api.NodeTypes
	h.get("/node-types").want(http.StatusOK).into(&types)
	require.Len(t, types.Triggers, 2)
	require.NotEmpty(t, types.Items[0].Config)
	h.get("/system").want(http.StatusOK)
	require.Contains(t, string(h.post("/python/inspect", api.InspectBody{Code: "def main(): ..."}).want(http.StatusOK).body), `"findings":[]`)
}
