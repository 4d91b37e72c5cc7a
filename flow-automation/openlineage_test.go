package automation_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/openlineage"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/telemetry"
)

// receiver takes events as Marquez would, and holds each against the schema.
type receiver struct {
	t      *testing.T
	schema *jsonschema.Schema
	server *httptest.Server

	mu     sync.Mutex
	answer int
	events []openlineage.Event
	bodies []string
	came   chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join("openlineage", "testdata", "runevent.schema.json"))
	require.NoError(t, err)
	r := &receiver{t: t, schema: schema, answer: http.StatusCreated, came: make(chan struct{}, 1000)}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.came <- struct{}{} }()
	w.WriteHeader(r.answer)
	if r.answer >= http.StatusMultipleChoices {
		return
	}
	if got := req.Header.Get("Authorization"); got != "Bearer key" {
		r.t.Errorf("Authorization: %s", got)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	if err == nil {
		err = r.schema.Validate(v)
	}
	if err != nil {
		r.t.Errorf("%v\n%s", err, body)
	}
	var e openlineage.Event
	if err := json.Unmarshal(body, &e); err != nil {
		r.t.Error(err)
	}
	r.events, r.bodies = append(r.events, e), append(r.bodies, string(body))
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = status
}

// wait gives the events once there are so many.
func (r *receiver) wait(n int) []openlineage.Event {
	r.t.Helper()
	for {
		r.mu.Lock()
		got := append([]openlineage.Event{}, r.events...)
		r.mu.Unlock()
		if len(got) >= n {
			require.Len(r.t, got, n)
			return got
		}
		select {
		case <-r.came:
		case <-time.After(20 * time.Second):
			r.t.Fatalf("only %d of %d events came", len(got), n)
		}
	}
}

// world is a folder on which the service is started again and again.
type world struct {
	t       *testing.T
	dir     string
	to      *receiver
	metrics *prometheus.Registry
	stop    func()
}

func (w *world) start() *automation.Service {
	w.t.Helper()
	d, err := db.Open(w.t.Context(), db.Config{Path: filepath.Join(w.dir, "dataflow.db")})
	require.NoError(w.t, err)
	store, err := artifacts.New(filepath.Join(w.dir, "artifacts"))
	require.NoError(w.t, err)
	tables, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(w.dir, "tmp"), MemoryMiB: 512, Threads: 1})
	require.NoError(w.t, err)
	folder, err := files.New(filepath.Join(w.dir, "files"))
	require.NoError(w.t, err)
	w.metrics = prometheus.NewRegistry()
	s, err := automation.New(w.t.Context(), automation.Deps{
		DB: d, Artifacts: store, Tables: tables, Files: folder, HTTP: http.DefaultClient, Clock: clock.System{}, Log: telemetry.Discard(), Metrics: w.metrics,
		OpenLineage: &openlineage.Config{URL: w.to.server.URL + "/api/v1/lineage", Header: http.Header{"Authorization": {"Bearer key"}}, Version: "test"},
		System:      func(context.Context) api.System { return api.System{} },
	})
	require.NoError(w.t, err)
	require.NoError(w.t, s.Start(w.t.Context()))
	w.stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(w.t, s.Stop(ctx))
		require.NoError(w.t, tables.Close())
		require.NoError(w.t, d.Close())
		w.stop = func() {}
	}
	return s
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), to: newReceiver(t)}
	t.Cleanup(func() { w.stop() })
	at := filepath.Join(w.dir, "files", "default", "data")
	require.NoError(t, os.MkdirAll(at, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(at, "orders.csv"), []byte("id,customer,amount\n1,Ada,12\n2,Bob,3\n3,Ada,4\n"), 0o600))
	return w
}

// begin starts a run of a document.
func (w *world) begin(s *automation.Service, text string) engine.Run {
	w.t.Helper()
	doc, _, err := flow.Parse([]byte(text))
	require.NoError(w.t, err)
	r, err := s.Engine().Begin(w.t.Context(), engine.StartRequest{Tenant: "default", Document: doc, By: "test"})
	require.NoError(w.t, err)
	return r
}

const sums = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: sums, description: Sums by customer.}
spec:
  nodes:
    - {id: orders, type: file.read, with: {path: data/orders.csv}, keep: true}
    - {id: large, type: table.filter, in: {table: orders}, with: {where: amount > 3}, keep: true}
    - {id: sums, type: table.aggregate, in: {table: large}, with: {by: [customer], values: [{function: sum, column: amount, as: total}]}, keep: true}
    - {id: out, type: file.write, in: {table: sums}, with: {path: out/sums.csv}}
`

func TestOpenLineageOfARun(t *testing.T) {
	w := newWorld(t)
	s := w.start()
	run := w.begin(s, sums)
	events := w.to.wait(2)
	require.Equal(t, "START", events[0].Type)
	e := events[1]
	require.Equal(t, "COMPLETE", e.Type)
	require.Equal(t, events[0].Run.ID, e.Run.ID)
	require.Equal(t, openlineage.Job{Namespace: "dataflow", Name: "sums", Facets: e.Job.Facets}, e.Job)
	require.False(t, e.Time.Before(events[0].Time))
	require.Len(t, e.Inputs, 1)
	require.Equal(t, "file://dataflow", e.Inputs[0].Namespace)
	require.Equal(t, "data/orders.csv", e.Inputs[0].Name)
	require.Len(t, e.Outputs, 1)
	require.Equal(t, "out/sums.csv", e.Outputs[0].Name)
	require.Contains(t, w.to.bodies[1], `"outputStatistics":{"_producer":"urn:dataflow","_schemaURL":"https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet","rowCount":1,"size":`)
	require.Contains(t, w.to.bodies[1], `"total":{"inputFields":[{"namespace":"file://dataflow","name":"data/orders.csv","field":"amount","transformations":[{"type":"DIRECT","subtype":"AGGREGATION"}]}]}`)
	require.Contains(t, w.to.bodies[1], `"dataset":[{"namespace":"file://dataflow","name":"data/orders.csv","field":"amount","transformations":[{"type":"INDIRECT","subtype":"FILTER"}]},`)
	require.NotEmpty(t, run.ID)
	w.figure("dataflow_openlineage_sent_total", "COMPLETE", 1)
}

func TestOpenLineageOfOtherEnds(t *testing.T) {
	w := newWorld(t)
	s := w.start()
	w.begin(s, `apiVersion: dataflow/v1
kind: Flow
metadata: {name: fails}
spec:
  nodes:
    - {id: no, type: control.fail, with: {message: "It was not to be."}}
`)
	events := w.to.wait(2)
	require.Equal(t, "FAIL", events[1].Type)
	require.NotContains(t, w.to.bodies[1], `It was not to be`)
	require.Contains(t, w.to.bodies[1], ` at no"`)

	waits := w.begin(s, `apiVersion: dataflow/v1
kind: Flow
metadata: {name: waits}
spec:
  nodes:
    - {id: long, type: control.wait, with: {for: 1h}}
`)
	w.to.wait(3)
	require.NoError(t, s.Engine().Cancel(t.Context(), "default", waits.ID, "test"))
	require.Equal(t, "ABORT", w.to.wait(4)[3].Type)

	// A run within a run names the one around it.
	_, err := s.PutFlow(t.Context(), "default", sums, "test")
	require.NoError(t, err)
	w.begin(s, `apiVersion: dataflow/v1
kind: Flow
metadata: {name: outer}
spec:
  nodes:
    - {id: inner, type: control.flow, with: {flow: sums}}
`)
	events = w.to.wait(8)
	var outer, parent string
	for i, e := range events[4:] {
		if e.Job.Name == "outer" {
			outer = e.Run.ID
			continue
		}
		var facets struct{ Run struct{ RunID string } }
		raw, err := json.Marshal(e.Run.Facets["parent"])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &facets))
		parent = facets.Run.RunID
		require.NotEmpty(t, parent, w.to.bodies[4+i])
	}
	require.Equal(t, outer, parent)
}

// A receiver that is away, and a server that is started again meanwhile, lose nothing.
func TestOpenLineageOutlivesReceiverAndServer(t *testing.T) {
	w := newWorld(t)
	w.to.answers(http.StatusServiceUnavailable)
	s := w.start()
	w.begin(s, sums)
	<-w.to.came // it was offered, and not taken
	w.stop()
	w.to.answers(http.StatusCreated)
	w.start()
	events := w.to.wait(2)
	require.Equal(t, "START", events[0].Type)
	require.Equal(t, "COMPLETE", events[1].Type)
	w.stop()
	s = w.start()
	w.begin(s, sums)
	require.Len(t, w.to.wait(4), 4) // none of what was told is told again
}

// What a receiver says is wrong with an event is not offered again.
func TestOpenLineageEventThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.to.answers(http.StatusUnprocessableEntity)
	s := w.start()
	w.begin(s, sums)
	<-w.to.came
	<-w.to.came
	w.to.answers(http.StatusCreated)
	w.begin(s, sums)
	events := w.to.wait(2)
	require.Equal(t, "START", events[0].Type)
	w.figure("dataflow_openlineage_dropped_total", "refused", 2)
}

// figure waits until a figure is what it should be: it is counted once the receiver's answer has been read.
func (w *world) figure(name, label string, want float64) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		families, err := w.metrics.Gather()
		require.NoError(w.t, err)
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == name && m.GetLabel()[0].GetValue() == label {
					return m.GetCounter().GetValue() == want
				}
			}
		}
		return false
	}, 20*time.Second, 10*time.Millisecond)
}
